import { readBalance } from './balance.ts'
import * as keys from './keys.ts'
import { readUsage } from './usage.ts'
import type { Route } from './context.ts'
import { TEXT, route } from './route.ts'

/** A tenant's view of its own account. */
export const ACCOUNT_ROUTES: readonly Route[] = [
  route('GET', '/v1/balance', 'usage:read', readBalance),
  route('GET', '/v1/keys', 'keys:admin', keys.listKeys),
  route('POST', '/v1/keys', 'keys:admin', keys.mintKey, { body: TEXT }),
  route('DELETE', '/v1/keys/:key', 'keys:admin', keys.revokeKey),
  route('POST', '/v1/keys/:key/rotate', 'keys:admin', keys.rotateKey, { body: TEXT }),
  route('GET', '/v1/usage', 'usage:read', readUsage),
]
