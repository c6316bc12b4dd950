import { reset } from 'cloudflare:test'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import type { Scope } from '../../src/core/tenant.ts'
import { ALL, crowded, family, HOUR_MS, made } from './family.ts'
import { DAY_MS, reservationOf, settlementOf } from './tenant.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)
/** The refusal of one child more. */
const FULL = { refusal: { status: 400, param: null } }

describe('a child key', () => {
  it('does what it was minted for, and no more than its parent may', async ({ expect }) => {
    const { parent, mint, signIn } = await family({ models: ['a', 'b'] })
    const child = await mint({}, { models: ['b'] })
    expect(child).toMatchObject({ parent: parent.id, expiresAt: Date.now() + HOUR_MS })
    expect(await signIn(child)).toMatchObject({
      scopes: ['images:create'],
      models: ['b'],
      modelLists: [['b'], ['a', 'b']],
    })
    expect(await signIn(await mint())).toMatchObject({ modelLists: [['a', 'b']] })
  })

  it.for<Scope>(['usage:read', 'keys:admin'])('is refused with %s', async (more, { expect }) => {
    const { ask } = await family()
    const refused = await ask({ scopes: ['images:create', more] })
    expect(refused).toMatchObject({ refusal: { status: 403, param: 'scopes' } })
  })

  it('of a test key is a test key', async ({ expect }) => {
    const { ask } = await family({ livemode: false })
    expect(await ask({ livemode: true })).toMatchObject({ refusal: { param: 'test' } })
    expect(made(await ask({ livemode: false })).key).toMatch(/^dr_test_/)
  })

  it('ends with its time', async ({ expect }) => {
    const { mint, signIn, tenant } = await family()
    const child = await mint()
    later(HOUR_MS - 1)
    expect(await signIn(child)).toMatchObject({ expiresAt: Date.now() + 1 })
    later(1)
    expect(await signIn(child)).toBeNull()
    const refused = await tenant.reserve(reservationOf(child.id))
    expect(refused).toMatchObject({ refusal: { status: 401 } })
  })

  it('dies with the revocation of its parent', async ({ expect }) => {
    const { tenant, parent, mint, signIn, ask } = await family()
    const child = await mint()
    await tenant.revokeKey(parent.id)
    expect(await signIn(child)).toBeNull()
    const refused = await tenant.reserve(reservationOf(child.id))
    expect(refused).toMatchObject({ refusal: { status: 401 } })
    expect(await ask({})).toMatchObject({ refusal: { status: 401 } })
  })

  it('says that it ends when its parent ends', async ({ expect }) => {
    const { mint, signIn } = await family({ expiresAt: Date.now() + 60_000 })
    const child = await mint()
    expect(child.expiresAt).toBe(Date.now() + 60_000)
    later(60_000)
    expect(await signIn(child)).toBeNull()
  })

  it('has the restrictions of its parent beside its own', async ({ expect }) => {
    const { mint, signIn } = await family({ cidrs: ['10.0.0.0/8'] })
    const child = await mint({ origins: ['https://app.example'] })
    expect((await signIn(child))!.restrictions).toEqual([
      { cidrs: null, origins: ['https://app.example'] },
      { cidrs: ['10.0.0.0/8'], origins: null },
    ])
  })

  it('is minted while fewer than 1,000 of its mode live', async ({ expect }) => {
    const { ask, mint, tenant, id } = await crowded()
    expect(await ask({})).toMatchObject(FULL)
    await mint({}, { livemode: false })
    await tenant.revokeKey(id)
    await mint()
    expect(await ask({})).toMatchObject(FULL)
    later(HOUR_MS - 1)
    expect(await ask({})).toMatchObject(FULL)
    later(1)
    await mint()
  })

  it('is rotated however many live', async ({ expect }) => {
    const { ask, tenant, parent, id } = await crowded()
    expect(made(await tenant.rotateKey(id, 60_000)).parent).toBe(parent.id)
    const heir = made(await tenant.rotateKey(parent.id, 2 * HOUR_MS))
    expect(heir.parent).toBeNull()
    await tenant.revokeKey(parent.id)
    expect(await ask({}, heir)).toMatchObject(FULL)
  })

  it('does not count once its parent is revoked', async ({ expect }) => {
    const { ask, tenant, parent } = await crowded()
    const other = (await tenant.createKey({ name: 'other', livemode: true, scopes: ALL }))!
    expect(await ask({}, other)).toMatchObject(FULL)
    await tenant.revokeKey(parent.id)
    expect(made(await ask({}, other)).parent).toBe(other.id)
  })

  it('is gone from the list 30 days after its end, with what was counted', async ({ expect }) => {
    const { tenant, mint } = await family()
    const child = await mint({ maxImages: 1 })
    await tenant.reserve(reservationOf(child.id))
    later(HOUR_MS + 30 * DAY_MS)
    await mint()
    expect(await tenant.readKey(child.id)).not.toBeNull()
    later(1)
    await mint()
    expect(await tenant.readKey(child.id)).toBeNull()
  })
})

describe('the bounds of a key', () => {
  it('are exact when 100 requests come at once', async ({ expect }) => {
    const { tenant, mint, used } = await family({}, { balance: null })
    const child = await mint({ maxSpend: 10_000_000, maxImages: 15 })
    const asked = Array.from({ length: 100 }, () => reservationOf(child.id, { images: 2 }))
    const answers = await Promise.all(asked.map(async (r) => tenant.reserve(r)))
    // 15 images hold seven requests for two; the money would hold ten.
    expect(answers.filter(({ ok }) => ok)).toHaveLength(7)
    expect(answers.find(({ ok }) => !ok)).toMatchObject({ refusal: { status: 402 } })
    expect(await used(child.id)).toEqual({ spend: 7_000_000, images: 14 })
  })

  it('get back what a job did not use', async ({ expect }) => {
    const { tenant, mint, used } = await family()
    const child = await mint({ maxSpend: 1_000_000, maxImages: 4 })
    const first = reservationOf(child.id, { images: 4 })
    expect(await tenant.reserve(first)).toEqual({ ok: true, position: null })
    expect(await tenant.reserve(first)).toEqual({ ok: true, position: null })
    await tenant.settle(settlementOf(first.job, { charge: 300_000, images: 1 }))
    await tenant.settle(settlementOf(first.job, { charge: 300_000, images: 1 }))
    expect(await used(child.id)).toEqual({ spend: 300_000, images: 1 })
    const second = reservationOf(child.id, { amount: 700_000, images: 3 })
    expect(await tenant.reserve(second)).toEqual({ ok: true, position: null })
    await tenant.forget(second.job)
    expect(await used(child.id)).toEqual({ spend: 300_000, images: 1 })
  })

  it('count all images of a job that older code settles', async ({ expect }) => {
    const { tenant, mint, used } = await family()
    const child = await mint({ maxImages: 4 })
    const job = reservationOf(child.id, { images: 4 })
    await tenant.reserve(job)
    await tenant.settle(settlementOf(job.job))
    expect((await used(child.id)).images).toBe(4)
  })

  it('of a parent hold for all its children together', async ({ expect }) => {
    const { tenant, mint, parent, used } = await family({ maxImages: 3 })
    const [one, two] = [await mint(), await mint({ maxImages: 2 })]
    expect(await tenant.reserve(reservationOf(one.id, { images: 2 }))).toEqual({
      ok: true,
      position: null,
    })
    const refused = await tenant.reserve(reservationOf(two.id, { images: 2 }))
    expect(refused).toMatchObject({ refusal: { message: expect.stringContaining('1 more image') } })
    expect(await tenant.reserve(reservationOf(two.id))).toEqual({ ok: true, position: null })
    expect((await used(parent.id)).images).toBe(3)
    expect((await used(two.id)).images).toBe(1)
  })

  it('refuse models without a price, which could not be counted', async ({ expect }) => {
    const { tenant, mint, signIn } = await family({}, { balance: null })
    const child = await mint({ maxSpend: 1_000_000 })
    expect(await signIn(child)).toMatchObject({ metered: true })
    const refused = await tenant.reserve(reservationOf(child.id, { amount: null }))
    expect(refused).toMatchObject({ refusal: { status: 403, param: 'model' } })
  })

  it('are never passed and never leak, in any history', async ({ expect }) => {
    const { tenant, mint, used } = await family()
    const step = fc.record({
      what: fc.constantFrom('reserve', 'settle', 'forget'),
      job: fc.nat(7),
      amount: fc.nat(400_000),
      images: fc.integer({ min: 1, max: 4 }),
    })
    const history = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const child = await mint({ maxSpend: 1_000_000, maxImages: 10 })
      const jobs = Array.from({ length: 8 }, () => reservationOf(child.id))
      const held = new Map<string, { spend: number; images: number }>()
      const done: { spend: number; images: number }[] = []
      for (const { what, job, amount, images } of steps) {
        const r = { ...jobs[job]!, amount, images }
        const open = held.get(r.job)
        if (what === 'reserve' && (await tenant.reserve(r)).ok && !open)
          held.set(r.job, { spend: amount, images })
        if (what === 'settle' && open) {
          const [charge, kept] = [Math.floor(open.spend / 2), open.images - 1]
          await tenant.settle(settlementOf(r.job, { charge, images: kept }))
          done.push({ spend: charge, images: kept })
        }
        if (what === 'forget') await tenant.forget(r.job)
        if (what !== 'reserve') held.delete(r.job)
        const all = [...held.values(), ...done]
        const sums = await used(child.id)
        expect(sums.spend).toBe(all.reduce((sum, each) => sum + each.spend, 0))
        expect(sums.images).toBe(all.reduce((sum, each) => sum + each.images, 0))
        expect(sums.spend).toBeLessThanOrEqual(1_000_000)
        expect(sums.images).toBeLessThanOrEqual(10)
      }
    })
    await fc.assert(history, { numRuns: 40 })
  })
})

describe('a rotation', () => {
  it('makes a key with the same settings, and the old one ends after the overlap', async ({
    expect,
  }) => {
    const { tenant, parent, signIn } = await family({ models: ['a'], cidrs: ['10.0.0.0/8'] })
    const heir = made(await tenant.rotateKey(parent.id, 60_000))
    expect(heir.id).not.toBe(parent.id)
    const before = await signIn(parent)
    expect(before).toMatchObject({ expiresAt: Date.now() + 60_000 })
    const { expiresAt: _end, ...settings } = before!
    expect(await signIn(heir)).toEqual({ ...settings, keyId: heir.id })
    later(60_000)
    expect(await signIn(parent)).toBeNull()
    expect(await signIn(heir)).not.toBeNull()
  })

  it('keeps children alive, and one allowance for old and new', async ({ expect }) => {
    const { tenant, parent, mint, signIn } = await family({ maxImages: 3 })
    const child = await mint({ maxImages: 2 })
    const newChild = made(await tenant.rotateKey(child.id, 60_000))
    const heir = made(await tenant.rotateKey(parent.id, 1))
    later(1)
    expect(await signIn(child)).not.toBeNull()
    expect(await tenant.reserve(reservationOf(child.id))).toEqual({ ok: true, position: null })
    expect(await tenant.reserve(reservationOf(newChild.id))).toEqual({ ok: true, position: null })
    for (const { id } of [child, newChild])
      expect(await tenant.reserve(reservationOf(id))).toMatchObject({ refusal: { status: 402 } })
    expect(await tenant.reserve(reservationOf(heir.id))).toEqual({ ok: true, position: null })
    expect(await tenant.reserve(reservationOf(heir.id))).toMatchObject({ ok: false })
    await tenant.revokeKey(heir.id)
    expect(await signIn(newChild)).toBeNull()
  })

  it('gives no key a longer life', async ({ expect }) => {
    const { tenant, parent } = await family({ expiresAt: Date.now() + 60_000 })
    const heir = made(await tenant.rotateKey(parent.id, 3600_000))
    expect(heir.expiresAt).toBe(Date.now() + 60_000)
    expect((await tenant.readKey(parent.id))!.expiresAt).toBe(Date.now() + 60_000)
  })

  it('of a key that has ended is refused', async ({ expect }) => {
    const { tenant, parent } = await family()
    await tenant.revokeKey(parent.id)
    expect(await tenant.rotateKey(parent.id, 0)).toMatchObject({ refusal: { status: 400 } })
    expect(await tenant.rotateKey(`${parent.id.slice(0, 10)}zzzzzz`, 0)).toBeNull()
  })

  it('of a key that was replaced already is refused and names its heir, whose end is its own', async ({
    expect,
  }) => {
    const { tenant, parent, signIn } = await family()
    const heir = made(await tenant.rotateKey(parent.id, 60_000))
    expect(await tenant.rotateKey(parent.id, 60_000)).toMatchObject({
      refusal: { status: 400, message: expect.stringContaining(heir.id) },
    })
    const second = made(await tenant.rotateKey(heir.id, 60_000))
    expect(second.expiresAt).toBeNull()
    later(60_000)
    expect(await Promise.all([parent, heir].map(signIn))).toEqual([null, null])
    expect(await signIn(second)).not.toBeNull()
  })
})
