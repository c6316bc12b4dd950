import { readBalance } from './balance.ts'
import * as keys from './keys.ts'
import { readUsage } from './usage.ts'
import type { Route } from './context.ts'
import { TEXT, route } from './route.ts'

/** A tenant's view of its own account. */
export const ACCOUNT_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/balance',
    access: 'usage:read',
    handle: readBalance,
    operation: { id: 'readBalance', summary: 'Balance and what is reserved' },
  }),
  route({
    method: 'GET',
    path: '/v1/keys',
    access: 'keys:admin',
    handle: keys.listKeys,
    operation: { id: 'listOwnKeys', summary: 'Keys of the tenant' },
  }),
  route({
    method: 'POST',
    path: '/v1/keys',
    access: 'keys:admin',
    body: TEXT,
    handle: keys.mintKey,
    operation: { id: 'mintKey', summary: 'Make a child of the calling key, shown once' },
  }),
  route({
    method: 'DELETE',
    path: '/v1/keys/:key',
    access: 'keys:admin',
    handle: keys.revokeKey,
    operation: { id: 'revokeOwnKey', summary: 'Revoke a key of the tenant' },
  }),
  route({
    method: 'POST',
    path: '/v1/keys/:key/rotate',
    access: 'keys:admin',
    body: TEXT,
    handle: keys.rotateKey,
    operation: { id: 'rotateOwnKey', summary: 'Replace the calling key or a child of it' },
  }),
  route({
    method: 'GET',
    path: '/v1/usage',
    access: 'usage:read',
    handle: readUsage,
    operation: { id: 'readUsage', summary: 'Usage by day, key, model and tag' },
  }),
]
