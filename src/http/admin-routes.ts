import * as admin from './admin.ts'
import { readLedger } from './ledger.ts'
import { deleteTenant, readTenant } from './tenant-removal.ts'
import { readTenantUsage } from './usage.ts'
import type { Route } from './context.ts'
import { TEXT, route } from './route.ts'

/** Routes of the operator. */
export const ADMIN_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/admin/tenants',
    access: 'admin',
    handle: admin.listTenants,
    operation: { id: 'listTenants', summary: 'Tenants' },
  }),
  route({
    method: 'POST',
    path: '/admin/tenants',
    access: 'admin',
    body: TEXT,
    handle: admin.createTenant,
    operation: { id: 'createTenant', summary: 'Make a tenant' },
  }),
  route({
    method: 'GET',
    path: '/admin/tenants/:id',
    access: 'admin',
    handle: readTenant,
    operation: { id: 'readTenant', summary: 'One tenant' },
  }),
  route({
    method: 'DELETE',
    path: '/admin/tenants/:id',
    access: 'admin',
    handle: deleteTenant,
    operation: { id: 'deleteTenant', summary: 'Delete a tenant with all that is its' },
  }),
  route({
    method: 'PATCH',
    path: '/admin/tenants/:id',
    access: 'admin',
    body: TEXT,
    handle: admin.changeTenant,
    operation: { id: 'changeTenant', summary: 'Change settings and limits of a tenant' },
  }),
  route({
    method: 'GET',
    path: '/admin/tenants/:id/keys',
    access: 'admin',
    handle: admin.listKeys,
    operation: { id: 'listKeys', summary: 'Keys of a tenant' },
  }),
  route({
    method: 'POST',
    path: '/admin/tenants/:id/keys',
    access: 'admin',
    body: TEXT,
    handle: admin.createKey,
    operation: { id: 'createKey', summary: 'Make a key, shown once' },
  }),
  route({
    method: 'PATCH',
    path: '/admin/tenants/:id/keys/:key',
    access: 'admin',
    body: TEXT,
    handle: admin.changeKey,
    operation: { id: 'changeKey', summary: 'Change limits, budget and models of a key' },
  }),
  route({
    method: 'DELETE',
    path: '/admin/tenants/:id/keys/:key',
    access: 'admin',
    handle: admin.revokeKey,
    operation: { id: 'revokeKey', summary: 'Revoke a key' },
  }),
  route({
    method: 'POST',
    path: '/admin/tenants/:id/keys/:key/rotate',
    access: 'admin',
    body: TEXT,
    handle: admin.rotateKey,
    operation: { id: 'rotateKey', summary: 'Replace a key, with an overlap' },
  }),
  route({
    method: 'GET',
    path: '/admin/tenants/:id/audit',
    access: 'admin',
    handle: admin.readTenantAudit,
    operation: { id: 'readTenantAudit', summary: 'Who changed a tenant' },
  }),
  route({
    method: 'GET',
    path: '/admin/audit',
    access: 'admin',
    handle: admin.readAudit,
    operation: { id: 'readAudit', summary: 'Tenants that came and went' },
  }),
  route({
    method: 'POST',
    path: '/admin/tenants/:id/credit',
    access: 'admin',
    body: TEXT,
    handle: admin.creditTenant,
    operation: { id: 'creditTenant', summary: 'Add to a balance, once per reference' },
  }),
  route({
    method: 'GET',
    path: '/admin/tenants/:id/ledger',
    access: 'admin',
    handle: readLedger,
    operation: { id: 'readLedger', summary: 'What changed a balance' },
  }),
  route({
    method: 'GET',
    path: '/admin/tenants/:id/usage',
    access: 'admin',
    handle: readTenantUsage,
    operation: { id: 'readTenantUsage', summary: 'Usage of a tenant, with what upstreams took' },
  }),
]
