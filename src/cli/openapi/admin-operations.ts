import { accepted, file, ok, op, PAGE } from './operation.ts'
import type { Operations } from './operation.ts'

const tenant = '/admin/tenants/:id'

/** What the operator may do. */
export const ADMIN_OPERATIONS: Operations = {
  'GET /admin/tenants': op('listTenants', 'Tenants', ok('Tenants'), { parameters: PAGE }),
  'POST /admin/tenants': op('createTenant', 'Make a tenant', ok('Tenant'), {
    body: 'TenantRequest',
  }),
  [`GET ${tenant}`]: op('readTenant', 'One tenant', ok('Tenant')),
  [`DELETE ${tenant}`]: op('deleteTenant', 'Delete a tenant with all that is its', {
    ...ok('Tenant'),
    ...accepted('Tenant'),
  }),
  [`PATCH ${tenant}`]: op('changeTenant', 'Change settings and limits of a tenant', ok('Tenant'), {
    body: 'TenantChange',
  }),
  [`GET ${tenant}/keys`]: op('listKeys', 'Keys of a tenant', ok('Keys'), { parameters: PAGE }),
  [`POST ${tenant}/keys`]: op('createKey', 'Make a key, shown once', ok('NewKey'), {
    body: 'KeyRequest',
  }),
  [`PATCH ${tenant}/keys/:key`]: op('changeKey', 'Change what a key may do', ok('Key'), {
    body: 'KeyChange',
  }),
  [`DELETE ${tenant}/keys/:key`]: op('revokeKey', 'Revoke a key', ok('Key')),
  [`POST ${tenant}/keys/:key/rotate`]: op(
    'rotateKey',
    'Replace a key, with an overlap',
    ok('NewKey'),
    { body: 'KeyRotation', optional: true },
  ),
  [`GET ${tenant}/audit`]: op('readTenantAudit', 'Who changed a tenant', ok('Audit'), {
    parameters: PAGE,
  }),
  'GET /admin/audit': op('readAudit', 'Tenants that came and went', ok('Audit'), {
    parameters: PAGE,
  }),
  'GET /admin/upstreams': op(
    'listUpstreams',
    'Health of the configured upstreams',
    ok('Upstreams'),
  ),
  [`POST ${tenant}/credit`]: op(
    'creditTenant',
    'Add to a balance, once per reference',
    ok('Credited'),
    { body: 'CreditRequest' },
  ),
  [`GET ${tenant}/ledger`]: op('readLedger', 'What changed a balance', file('Ledger'), {
    parameters: ['Format', ...PAGE],
  }),
  [`GET ${tenant}/usage`]: op(
    'readTenantUsage',
    'Usage of a tenant, with what upstreams took',
    file('Usage'),
    { parameters: ['From', 'To', 'GroupBy', 'Format', ...PAGE] },
  ),
}
