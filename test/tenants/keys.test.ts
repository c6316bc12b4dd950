import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import { SCOPES } from '../../src/core/tenant.ts'
import { digestOf, newKey, newTenantId, parseKey } from '../../src/tenants/key.ts'
import { crowded, family, made } from './family.ts'
import { newTenant, reservationOf, settlementOf } from './tenant.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

/** What the gateway does with the text of a key. */
async function signIn(text: string) {
  const { tenant, keyId, secret } = parseKey(text)!
  return env.TENANTS.getByName(tenant).authenticate(keyId, await digestOf(secret))
}

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)

describe('a tenant that was created', () => {
  it('is the same when it is created again, with its balance and keys', async ({ expect }) => {
    const { id, tenant } = await newTenant()
    await tenant.credit({ amount: 5_000_000, reference: 'invoice 1' })
    const again = await tenant.create({ id, name: 'Eve', balance: 99_000_000 })
    expect(again).toMatchObject({ id, name: 'Ada', balance: 15_000_000, reserved: 0 })
    expect(await tenant.read()).toEqual(again)
    expect(await tenant.listKeys()).toHaveLength(1)
  })

  it('has the documented defaults', async ({ expect }) => {
    const { tenant } = await newTenant()
    expect(await tenant.read()).toMatchObject({
      status: 'active',
      models: null,
      retentionSeconds: null,
      responseFormat: null,
      multiplier: 1,
      region: null,
    })
  })

  it('keeps the settings that a change does not name', async ({ expect }) => {
    const { tenant, key } = await newTenant({ models: ['flux-2'], multiplier: 1.5 })
    const changed = await tenant.update({
      name: 'Grace',
      retentionSeconds: 3600,
      region: undefined!,
    })
    expect(changed).toMatchObject({
      name: 'Grace',
      models: ['flux-2'],
      multiplier: 1.5,
      region: null,
    })
    expect(await tenant.update({ models: null })).toMatchObject({ name: 'Grace', models: null })
    expect(await signIn(key.key)).toMatchObject({ retentionSeconds: 3600, multiplier: 1.5 })
  })
})

describe('a key', () => {
  it('signs its owner in, as what it was made for', async ({ expect }) => {
    const { id, tenant, key } = await newTenant()
    expect(await signIn(key.key)).toEqual({
      tenant: id,
      keyId: key.id,
      livemode: true,
      scopes: ['images:create', 'jobs:read', 'jobs:cancel', 'usage:read'],
      models: null,
      modelLists: [],
      metered: true,
      multiplier: 1,
      responseFormat: null,
      retentionSeconds: null,
    })
    const test = await tenant.createKey({ name: 'ci', livemode: false, scopes: [...SCOPES] })
    expect(await signIn(test!.key)).toMatchObject({ livemode: false, scopes: SCOPES })
  })

  it('is shown once: neither lists nor rows hold its secret', async ({ expect }) => {
    const { tenant, key } = await newTenant()
    const [listed] = (await tenant.listKeys())!
    expect(listed).toMatchObject({ id: key.id, name: 'laptop', last4: key.key.slice(-4) })
    const rows = await runInDurableObject(tenant, (_, { storage }) =>
      storage.sql.exec('SELECT *, hex(digest) FROM key').toArray(),
    )
    const { secret } = parseKey(key.key)!
    expect(JSON.stringify([listed, rows])).not.toContain(secret)
  })

  it('does not sign in with the secret of another key', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    const other = await tenant.createKey({ name: 'phone', livemode: true })
    const digest = await digestOf(parseKey(other!.key)!.secret)
    expect(await tenant.authenticate(keyId, digest)).toBeNull()
    expect(await tenant.authenticate(keyId, digest.slice(0, 31))).toBeNull()
    expect(await tenant.authenticate(keyId, new Uint8Array())).toBeNull()
  })

  it('ends with its revocation, of which the first counts', async ({ expect }) => {
    const { tenant, key, keyId } = await newTenant()
    const revoked = await tenant.revokeKey(keyId)
    expect(revoked).toMatchObject({ id: keyId, revokedAt: Date.now() })
    later(5000)
    expect(await tenant.revokeKey(keyId)).toEqual(revoked)
    expect(await signIn(key.key)).toBeNull()
    expect(await tenant.revokeKey(`${keyId.slice(0, 10)}zzzzzz`)).toBeNull()
  })

  it('ends when it expires', async ({ expect }) => {
    const { tenant } = await newTenant()
    const brief = await tenant.createKey({
      name: 'an hour',
      livemode: true,
      expiresAt: Date.now() + 3600_000,
    })
    later(3599_999)
    expect(await signIn(brief!.key)).not.toBeNull()
    later(1)
    expect(await signIn(brief!.key)).toBeNull()
  })

  it('rests while its tenant is suspended', async ({ expect }) => {
    const { tenant, key } = await newTenant()
    await tenant.update({ status: 'suspended' })
    expect(await signIn(key.key)).toBeNull()
    await tenant.update({ status: 'active' })
    expect(await signIn(key.key)).not.toBeNull()
  })

  it('is bound by the models of its tenant and by its own', async ({ expect }) => {
    const { tenant } = await newTenant({ models: ['a', 'b'] })
    const models = async (list: string[] | null) => {
      const key = await tenant.createKey({ name: 'k', livemode: true, models: list })
      const actor = (await signIn(key!.key))!
      return { models: actor.models, modelLists: actor.modelLists }
    }
    const its = ['a', 'b']
    const own = ['b', 'c']
    expect(await models(null)).toEqual({ models: its, modelLists: [its] })
    expect(await models(own)).toEqual({ models: ['b'], modelLists: [its, own] })
    await tenant.update({ models: null })
    expect(await models(own)).toEqual({ models: own, modelLists: [own] })
    expect(await models(null)).toEqual({ models: null, modelLists: [] })
  })

  it('shows when it was last used, at most an hour behind', async ({ expect }) => {
    const { tenant, key } = await newTenant()
    const lastUse = async () => (await tenant.listKeys())![0]!.lastUsedAt
    expect(await lastUse()).toBeNull()
    const first = Date.now()
    await signIn(key.key)
    later(3599_999)
    await signIn(key.key)
    expect(await lastUse()).toBe(first)
    later(1)
    await signIn(key.key)
    expect(await lastUse()).toBe(first + 3600_000)
  })

  it('starts nothing paid after its revocation, and frees what it had reserved', async ({
    expect,
  }) => {
    const { tenant, keyId } = await newTenant()
    const admitted = reservationOf(keyId)
    expect(await tenant.reserve(admitted)).toEqual({ ok: true, position: null })
    await tenant.revokeKey(keyId)
    for (const asked of [reservationOf(keyId), admitted])
      expect(await tenant.reserve(asked)).toMatchObject({ ok: false, refusal: { status: 401 } })
    expect(await tenant.balance()).toEqual({ balance: 10_000_000, reserved: 0 })
    expect((await tenant.list({ livemode: true, limit: 10 }))!.data).toEqual([])
  })
})

describe('an unknown tenant', () => {
  // 20 objects and not 1,000: each is a file of its own, and what is asked here depends on no name.
  it('has no tables after 1,000 well-formed keys of 20 tenants were tried', async ({ expect }) => {
    const probes = Array.from({ length: 20 }, async () => {
      const id = newTenantId()
      const tenant = env.TENANTS.getByName(id)
      const keys = await Promise.all(Array.from({ length: 50 }, () => newKey(id, true)))
      const actors = await Promise.all(
        keys.map((key) => tenant.authenticate(parseKey(key.text)!.keyId, key.secretDigest)),
      )
      const tables = await runInDurableObject(tenant, (_, { storage }) =>
        storage.sql.exec('SELECT * FROM sqlite_master').toArray(),
      )
      return { actors, tables }
    })
    const left = await Promise.all(probes)
    expect(left.flatMap(({ actors }) => actors)).toEqual(Array.from({ length: 1000 }, () => null))
    expect(left.flatMap(({ tables }) => tables)).toEqual([])
  })

  it('answers nothing and stores nothing, whatever it is asked', async ({ expect }) => {
    const tenant = env.TENANTS.getByName(newTenantId())
    const r = reservationOf('0000000000000000')
    expect(await tenant.read()).toBeNull()
    expect(await tenant.update({ name: 'Eve' })).toBeNull()
    expect(await tenant.createKey({ name: 'k', livemode: true })).toBeNull()
    expect(await tenant.listKeys()).toBeNull()
    expect(await tenant.revokeKey(r.keyId)).toBeNull()
    expect(await tenant.reserve(r)).toMatchObject({ ok: false, refusal: { status: 401 } })
    expect(await tenant.settle(settlementOf(r.job))).toEqual({ charged: 0 })
    await tenant.note(r.job, r.summary)
    await tenant.late(r.job)
    await tenant.forget(r.job)
    expect(await tenant.credit({ amount: 1, reference: 'r' })).toBeNull()
    expect(await tenant.balance()).toBeNull()
    expect(await tenant.ledger({ limit: 10 })).toBeNull()
    expect(await tenant.list({ livemode: true, limit: 10 })).toBeNull()
    const left = await runInDurableObject(tenant, async (instance, { storage }) => {
      await instance.alarm()
      return {
        tables: storage.sql.exec('SELECT * FROM sqlite_master').toArray(),
        alarm: await storage.getAlarm(),
      }
    })
    expect(left).toEqual({ tables: [], alarm: null })
  })
})

describe('a rotation', () => {
  it('without an overlap ends the children of the old key with it, and they say so', async ({
    expect,
  }) => {
    const { tenant, parent, mint, signIn: actorOf } = await family()
    const child = await mint()
    const heir = made(await tenant.rotateKey(parent.id, 0))
    expect(await Promise.all([child, parent, heir].map(actorOf))).toMatchObject([
      null,
      null,
      { keyId: heir.id },
    ])
    expect(await tenant.readKey(child.id)).toMatchObject({
      parent: parent.id,
      expiresAt: Date.now(),
    })
    const refused = await tenant.reserve(reservationOf(child.id))
    expect(refused).toMatchObject({ refusal: { status: 401 } })
  })

  it('without an overlap makes room for other children', async ({ expect }) => {
    const { ask, tenant, parent } = await crowded()
    expect(await ask({})).toMatchObject({ refusal: { status: 400 } })
    const heir = made(await tenant.rotateKey(parent.id, 0))
    expect(made(await ask({}, heir)).parent).toBe(heir.id)
  })
})
