import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import type { TenantId } from '../core/ids.ts'
import { seconds } from '../core/seconds.ts'
import { callObject } from '../outbound/object-call.ts'
import type { Seer } from '../tenants/keys.ts'
import type { KeyChange, KeyRecord, MadeKey } from '../tenants/records.ts'
import { readOptionalBody } from './admin-body.ts'
import { renderBudget, renderLimits } from './admin-limits.ts'
import { answerJson } from './answer.ts'
import { byOf } from './audit.ts'
import type { App } from './context.ts'
import { renderBounds, RotateBody } from './key-body.ts'
import { answerList, pageOf } from './page.ts'

/** How long a rotated key goes on when nothing is said, seconds. */
const OVERLAP_S = 86_400

const renderKey = (key: KeyRecord) => ({
  id: key.id,
  object: 'key',
  name: key.name,
  livemode: key.livemode,
  scopes: key.scopes,
  models: key.models,
  limits: renderLimits(key.limits),
  budget: renderBudget(key),
  ...renderBounds(key),
  replaced_by: key.replacedBy,
  last4: key.last4,
  created_at: seconds(key.createdAt),
  expires_at: seconds(key.expiresAt),
  revoked_at: seconds(key.revokedAt),
  last_used_at: seconds(key.lastUsedAt),
})

const unknownKey = (): GatewayError =>
  new GatewayError(errors.notFound('There is no such key here.'))

/** The answer to its making is the only one that holds the key's text. */
export function answerKey(c: Context<App>, key: KeyRecord | MadeKey): Promise<Response> {
  if (!key) throw unknownKey()
  if ('refusal' in key) throw new GatewayError(key.refusal)
  return answerJson(c, { ...renderKey(key), ...('key' in key && { key: key.key }) })
}

/** Those that the seer sees; all without one. Newest first. */
export async function answerKeys(
  c: Context<App>,
  tenant: TenantId,
  seer?: Seer,
): Promise<Response> {
  const { limit, after } = pageOf(c)
  const query = { limit: limit + 1, seer, after }
  const keys = await callObject(c.env.TENANTS, tenant, async (stub) => stub.listKeys(query))
  if (!keys) throw unknownKey()
  const data = keys.slice(0, limit).map(renderKey)
  return answerList(c, data, keys.length > limit)
}

export async function answerChanged(
  c: Context<App>,
  tenant: TenantId,
  change: KeyChange,
): Promise<Response> {
  const id = c.req.param('key') ?? ''
  const by = byOf(c)
  const ask = async (stub: ReturnType<Env['TENANTS']['getByName']>) =>
    stub.updateKey(id, change, by)
  return answerKey(c, await callObject(c.env.TENANTS, tenant, ask))
}

/** Idempotent. */
export async function answerRevoked(
  c: Context<App>,
  tenant: TenantId,
  seer?: Seer,
): Promise<Response> {
  const id = c.req.param('key') ?? ''
  const by = byOf(c)
  const ask = async (stub: ReturnType<Env['TENANTS']['getByName']>) => stub.revokeKey(id, by, seer)
  return answerKey(c, await callObject(c.env.TENANTS, tenant, ask))
}

export async function answerRotated(c: Context<App>, tenant: TenantId): Promise<Response> {
  const { overlap_s } = await readOptionalBody(c, RotateBody)
  const overlapMs = (overlap_s ?? OVERLAP_S) * 1000
  const id = c.req.param('key') ?? ''
  // Not repeated: a second try would leave a key that nobody has seen.
  return answerKey(c, await c.env.TENANTS.getByName(tenant).rotateKey(id, overlapMs, byOf(c)))
}
