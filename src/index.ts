import { DurableObject } from 'cloudflare:workers'
export class Job extends DurableObject<Env> {}
export { Tenant } from './tenants/tenant-object.ts'
export { Directory } from './tenants/directory-object.ts'
export default { fetch: () => new Response('not yet') }
