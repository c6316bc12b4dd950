import * as admin from './admin.ts'
import { readLedger } from './ledger.ts'
import { deleteTenant, readTenant } from './tenant-removal.ts'
import { listUpstreams } from './upstream-health.ts'
import { readTenantUsage } from './usage.ts'
import type { Route } from './context.ts'
import { TEXT, route } from './route.ts'

/** Routes of the operator. */
export const ADMIN_ROUTES: readonly Route[] = [
  route('GET', '/admin/tenants', 'admin', admin.listTenants),
  route('POST', '/admin/tenants', 'admin', admin.createTenant, { body: TEXT }),
  route('GET', '/admin/tenants/:id', 'admin', readTenant),
  route('DELETE', '/admin/tenants/:id', 'admin', deleteTenant),
  route('PATCH', '/admin/tenants/:id', 'admin', admin.changeTenant, { body: TEXT }),
  route('GET', '/admin/tenants/:id/keys', 'admin', admin.listKeys),
  route('POST', '/admin/tenants/:id/keys', 'admin', admin.createKey, { body: TEXT }),
  route('PATCH', '/admin/tenants/:id/keys/:key', 'admin', admin.changeKey, { body: TEXT }),
  route('DELETE', '/admin/tenants/:id/keys/:key', 'admin', admin.revokeKey),
  route('POST', '/admin/tenants/:id/keys/:key/rotate', 'admin', admin.rotateKey, { body: TEXT }),
  route('GET', '/admin/tenants/:id/audit', 'admin', admin.readTenantAudit),
  route('GET', '/admin/audit', 'admin', admin.readAudit),
  route('GET', '/admin/upstreams', 'admin', listUpstreams),
  route('POST', '/admin/tenants/:id/credit', 'admin', admin.creditTenant, { body: TEXT }),
  route('GET', '/admin/tenants/:id/ledger', 'admin', readLedger),
  route('GET', '/admin/tenants/:id/usage', 'admin', readTenantUsage),
]
