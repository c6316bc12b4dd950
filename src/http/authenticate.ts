import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import { callObject } from '../outbound/object-call.ts'
import type { Actor } from '../core/tenant.ts'
import { digestOf, parseKey, type ParsedKey } from '../tenants/key.ts'
import { refusalOf } from '../tenants/restrictions.ts'
import type { App } from './context.ts'
import { ActorCache } from './actor-cache.ts'

/** Shortest ADMIN_KEY that is accepted, bytes. */
const MIN_ADMIN_KEY = 32

const actors = new ActorCache()

/** Key -> tenant. A malformed key is refused without any I/O; one known for 30 s costs reads and images no call. */
export async function authenticate(c: Context<App>): Promise<void> {
  const { access } = c.var.route
  const started = Date.now()
  if (access === 'admin') await requireAdmin(c.env.ADMIN_KEY, bearerOf(c.req.raw))
  else if (access !== 'open' && access !== 'link') {
    // For reads, and for what asks the tenant again when it reserves.
    const mayRemember = ['images:create', 'jobs:read', 'usage:read'].includes(access)
    const actor = await actorOf(c.env, bearerOf(c.req.raw), mayRemember)
    if (!actor.scopes.includes(access)) {
      const message = `This key may not do this: it lacks the scope '${access}'.`
      throw new GatewayError(errors.forbidden(message))
    }
    requirePlace(actor, c.req.raw.headers)
    const { tenant, keyId, livemode, retentionSeconds } = actor
    c.set('actor', actor)
    c.set('caller', { tenant, keyId, livemode, retentionSeconds })
    c.var.logged['tenant'] = tenant
    c.var.timing['auth'] = Date.now() - started
  }
}

const bearerOf = (request: Request): string | null =>
  /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null

async function actorOf(env: Env, token: string | null, mayRemember: boolean): Promise<Actor> {
  if (token === null) {
    const message = "You didn't send an API key: expected 'Authorization: Bearer <key>'."
    throw new GatewayError(errors.unauthorized(message))
  }
  const key = parseKey(token)
  const digest = key && (await digestOf(key.secret))
  const actor = key && digest && (await lookUp(env, key, digest, mayRemember))
  if (!actor) throw new GatewayError(errors.unauthorized('This API key is not valid.'))
  return actor
}

async function lookUp(
  env: Env,
  { tenant, keyId }: ParsedKey,
  digest: Uint8Array,
  mayRemember: boolean,
): Promise<Actor | null> {
  const known = actors.get(keyId, digest, Date.now())
  if (known === null || (known && mayRemember)) return known
  const actor = await callObject(env.TENANTS, tenant, async (stub) =>
    stub.authenticate(keyId, digest),
  )
  actors.set(keyId, digest, actor, Date.now())
  return actor
}

function requirePlace({ restrictions }: Actor, headers: Headers): void {
  if (!restrictions) return
  const address = headers.get('cf-connecting-ip')
  const refusal = refusalOf(restrictions, { address, origin: headers.get('origin') })
  if (refusal !== null)
    throw new GatewayError(errors.forbidden(`This key may not be used ${refusal}.`))
}

/**
 * Keys with commas between them all hold, so that one takes the place of another. Blank, or one of them
 * weak: the admin API does not exist. Compared as digests, in constant time.
 */
async function requireAdmin(expected: string | undefined, given: string | null): Promise<void> {
  const keys = (expected ?? '').split(',').map((key) => key.trim())
  if (keys.some((key) => new TextEncoder().encode(key).length < MIN_ADMIN_KEY))
    throw new GatewayError(errors.notFound('There is no such route.'))
  const [asked, ...all] = await Promise.all([given ?? '', ...keys].map(digestOf))
  const same = all.filter((digest) => crypto.subtle.timingSafeEqual(digest, asked!))
  if (same.length === 0) throw new GatewayError(errors.unauthorized('The admin key is not valid.'))
}
