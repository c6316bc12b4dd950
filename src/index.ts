import { DurableObject } from 'cloudflare:workers'
export class Job extends DurableObject<Env> {}
export class Tenant extends DurableObject<Env> {}
export class Directory extends DurableObject<Env> {}
export default { fetch: () => new Response('not yet') }
