import { createApp } from './http/app.ts'

export { Job } from './jobs/job-object.ts'
export { UpstreamGate } from './outbound/gate-object.ts'
export { Directory } from './tenants/directory-object.ts'
export { Tenant } from './tenants/tenant-object.ts'

export default createApp()
