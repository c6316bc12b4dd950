import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, it } from 'vitest'
import { DIRECTORY_STEPS, TENANT_STEPS } from '../../src/tenants/schema.ts'
import { admin, ask, generate } from '../support/client.ts'
import {
  PREVIOUS,
  PREVIOUS_DIRECTORY,
  STORED,
  storePrevious,
  storePreviousDirectory,
  storeTenant,
} from '../support/stored.ts'
import { reservationOf, settlementOf } from './tenant.ts'

beforeEach(storeTenant)
afterEach(reset)

const { key, keyId } = STORED
const NOTHING = { jobs: 0, images: 0, bytes: 0, otherObjects: 0 }
const tenant = () => env.TENANTS.getByName(STORED.tenant)

const versionOf = (stub: DurableObjectStub): Promise<number> =>
  runInDurableObject(
    stub,
    (_, { storage }) =>
      storage.sql.exec<{ version: number }>('SELECT version FROM meta').one().version,
  )

describe('a tenant that an older gateway stored', () => {
  it('has its keys, its money and its ledger', async ({ expect }) => {
    expect((await ask('/v1/balance', { key })).json).toEqual({
      balance_usd: 4.96,
      reserved_usd: 0.12,
    })
    const keys = await admin(`/tenants/${STORED.tenant}/keys`)
    expect(keys.json.data.map(({ name }: { name: string }) => name)).toEqual([
      'phone',
      'ci',
      'laptop',
    ])
    expect(keys.json.data[2]).toMatchObject({ parent: null, cidrs: null, max_usd: null, n: null })
    const ledger = await admin(`/tenants/${STORED.tenant}/ledger`)
    const sum = ledger.json.data.reduce(
      (usd: number, row: { amount_usd: number }) => usd + row.amount_usd,
      0,
    )
    expect(sum).toBeCloseTo(4.96, 6)
    expect(await versionOf(tenant())).toBe(TENANT_STEPS.length)
  })

  it('settles what was reserved, and draws on', async ({ expect }) => {
    await tenant().settle(settlementOf(STORED.queued, { charge: 80_000 }))
    await tenant().forget(STORED.running)
    const made = await generate(key, { prompt: 'on', size: '64x64', model: 'sketch-priced' })
    expect(made.status).toBe(200)
    expect((await ask('/v1/balance', { key })).json).toEqual({ balance_usd: 4.84, reserved_usd: 0 })
  })

  it('mints, rotates and revokes', async ({ expect }) => {
    const made = await admin(`/tenants/${STORED.tenant}/keys`, {
      name: 'm',
      scopes: ['keys:admin', 'images:create'],
    })
    const child = await ask('/v1/keys', { key: made.json.key, body: { n: 1 } })
    expect(child.json).toMatchObject({ parent: made.json.id, n: 1 })
    const heir = await admin(`/tenants/${STORED.tenant}/keys/${keyId}/rotate`, { overlap_s: 0 })
    expect((await ask('/v1/balance', { key: heir.json.key })).status).toBe(200)
    const rotated = await admin(`/tenants/${STORED.tenant}/keys/${STORED.revokedKeyId}/rotate`, {})
    expect(rotated.status).toBe(400)
  })

  it('leaves a reservation in a state of newer code alone', async ({ expect }) => {
    await runInDurableObject(tenant(), (_, { storage }) => {
      storage.sql.exec(`UPDATE reservation SET state = 'disputed' WHERE job = ?`, STORED.running)
    })
    expect(await tenant().settle(settlementOf(STORED.running))).toEqual({ charged: 0 })
    await tenant().forget(STORED.running)
    expect(await tenant().balance()).toEqual({ balance: 4_960_000, reserved: 120_000 })
  })

  it('rests while its status is one of newer code', async ({ expect }) => {
    await runInDurableObject(tenant(), (_, { storage }) => {
      storage.sql.exec(
        `UPDATE tenant SET settings = json_set(settings, '$.settings.status', 'held')`,
      )
    })
    expect(await tenant().reserve(reservationOf(keyId))).toMatchObject({ refusal: { status: 401 } })
    expect(await tenant().update({ name: 'Ada' })).toMatchObject({ status: 'held' })
  })
})

const previous = () => env.TENANTS.getByName(PREVIOUS.tenant)
const used = async () => {
  const { data } = (await ask('/v1/keys', { key: PREVIOUS.key })).json
  return data.map(({ used_n, used_usd }: Record<string, number>) => [used_n, used_usd])
}
const draw = (by: string) => generate(by, { prompt: 'on', size: '64x64', model: 'sketch-priced' })

describe('a tenant that the previous version stored', () => {
  beforeEach(storePrevious)

  it('has what its keys used and hold, its usage and its audit', async ({ expect }) => {
    const by = { key: PREVIOUS.key }
    const balance = { balance_usd: 4.88, reserved_usd: 0.04 }
    expect((await ask('/v1/balance', by)).json).toEqual(balance)
    expect(await versionOf(previous())).toBe(TENANT_STEPS.length)
    expect(await used()).toEqual([
      [3, 0.12],
      [4, 0.16],
    ])
    const usage = await ask('/v1/usage?from=2026-11-26&to=2026-11-26', by)
    expect(usage.json.data).toMatchObject([{ requests: 3, reused: 1, images: 3, charge_usd: 0.12 }])
    expect((await admin(`/tenants/${PREVIOUS.tenant}/audit`)).json.data).toHaveLength(3)
    const url = 'https://hooks.pictures.com/'
    const made = await ask('/v1/webhook_endpoints', { ...by, body: { url } })
    const rotate = `/v1/webhook_endpoints/${made.json.id}/rotate_secret`
    expect((await ask(rotate, { ...by, method: 'POST' })).status).toBe(200)
  })

  it('keeps the bounds of its keys, and counts on', async ({ expect }) => {
    expect((await draw(PREVIOUS.child)).status).toBe(402)
    await previous().forget(PREVIOUS.open)
    expect((await draw(PREVIOUS.child)).status).toBe(200)
    expect((await draw(PREVIOUS.child)).status).toBe(402)
    expect(await used()).toEqual([
      [3, 0.12],
      [4, 0.16],
    ])
    const spent = await runInDurableObject(previous(), (_, { storage }) =>
      storage.sql.exec('SELECT amount FROM spent').toArray(),
    )
    expect(spent).toEqual([{ amount: 160_000 }])
    expect(await previous().settle(settlementOf(PREVIOUS.open))).toEqual({ charged: 0 })
  })
})

describe('a directory that an older gateway stored', () => {
  it('lists its tenants, and audits from now on', async ({ expect }) => {
    const { json } = await admin('/tenants')
    expect(json.data).toMatchObject([{ id: STORED.tenant, name: 'Ada' }])
    expect(await versionOf(env.DIRECTORY.getByName('directory'))).toBe(DIRECTORY_STEPS.length)
    const made = await admin('/tenants', { name: 'Bob' })
    const audit = await admin('/audit')
    expect(audit.json.data).toMatchObject([{ act: 'tenant.create', target: made.json.id }])
  })
})

describe('a directory that the previous version stored', () => {
  it('knows who was deleted and by whom, and buries the next', async ({ expect }) => {
    const { renamed, deleted } = PREVIOUS_DIRECTORY
    const directory = env.DIRECTORY.getByName('previous')
    await storePreviousDirectory(directory)
    const data = (await directory.list({ limit: 10 }))!.data
    expect(data).toMatchObject([
      { id: deleted, name: 'Bob', deletedAt: expect.any(Number) },
      { id: renamed, name: 'Ada Lovelace', deletedAt: null },
    ])
    expect(await versionOf(directory)).toBe(DIRECTORY_STEPS.length)
    const gone = {
      deletedAt: data[0]!.deletedAt!,
      deleted: { ...NOTHING, jobs: 1, images: 1, bytes: 3589 },
    }
    expect(await directory.findGone(deleted)).toEqual(gone)
    await directory.bury(data[0]!, { ...gone, deletedAt: 7 })
    expect(await directory.findGone(deleted)).toEqual(gone)
    await directory.bury(data[1]!, { deletedAt: Date.now(), deleted: NOTHING })
    expect(await directory.findGone(renamed)).toMatchObject({ deleted: NOTHING })
    const acts = (await directory.audit({ limit: 10 })).data.map(({ act, target }) => [act, target])
    expect(acts.at(0)).toEqual(['tenant.delete', renamed])
    expect(acts.slice(-4)).toEqual([
      ['tenant.delete', deleted],
      ['tenant.update', renamed],
      ['tenant.create', deleted],
      ['tenant.create', renamed],
    ])
  })
})
