import { errors, GatewayError } from '../core/error.ts'
import { callObject } from '../outbound/object-call.ts'
import { findModel } from '../models/find-model.ts'
import { readBody } from './admin-body.ts'
import { byOf } from './audit.ts'
import type { Handler } from './context.ts'
import { deploymentOf } from './deployment.ts'
import { answerKey, answerKeys, answerRevoked, answerRotated } from './key-answers.ts'
import { ChildKeyBody, readBounds } from './key-body.ts'

/** A child that says nothing lives so long, seconds, and may do this: enough for a page that draws. */
const CHILD_S = 3600
const CHILD_SCOPES = ['images:create' as const]

/** `POST /v1/keys`: a child of the calling key. */
export const mintKey: Handler = async (c) => {
  const body = await readBody(c, ChildKeyBody)
  const { actor } = c.var
  const deployment = await deploymentOf(c.env)
  const foreign =
    actor.models && body.models?.find((name) => !findModel(name, actor, deployment).ok)
  if (foreign)
    throw new GatewayError(
      errors.forbidden(`This key may not use ${foreign}, so it cannot allow it.`, 'models'),
    )
  const wish = {
    name: body.name ?? `child of ${actor.keyId}`,
    livemode: body.test == null ? actor.livemode : !body.test,
    scopes: body.scopes ?? CHILD_SCOPES,
    models: body.models ?? null,
    expiresAt: Date.now() + 1000 * (body.expires_in ?? CHILD_S),
    ...readBounds(body),
  }
  // Not repeated: a second try would leave a key that nobody has seen.
  return answerKey(
    c,
    await c.env.TENANTS.getByName(actor.tenant).mintKey(actor.keyId, wish, byOf(c)),
  )
}

/** `GET /v1/keys?limit&after`: the tenant's keys of the caller's mode, and its own children. */
export const listKeys: Handler = (c) => answerKeys(c, c.var.caller.tenant, c.var.caller)

export const revokeKey: Handler = (c) => answerRevoked(c, c.var.caller.tenant, c.var.caller)

/**
 * `POST /v1/keys/{key}/rotate`: of itself, its children, and what replaced it while nobody has used that: the
 * answer that showed it may be lost. Any other key would be a way to what it may not do, or does no more.
 */
export const rotateKey: Handler = async (c) => {
  const { tenant, keyId } = c.var.actor
  const id = c.req.param('key') ?? ''
  if (id !== keyId) {
    const isForeign = await callObject(c.env.TENANTS, tenant, async (stub) => {
      const key = await stub.readKey(id)
      if (!key || key.parent === keyId) return false
      return key.lastUsedAt !== null || (await stub.readKey(keyId))?.replacedBy !== id
    })
    if (isForeign)
      throw new GatewayError(
        errors.forbidden('A key may rotate itself, its unused heir and its children.'),
      )
  }
  return answerRotated(c, tenant)
}
