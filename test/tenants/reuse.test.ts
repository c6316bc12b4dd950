import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import { client, DAY_MS, idempotency, newTenant, reservationOf, seed } from './tenant.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)

describe('an idempotency key', () => {
  it('finds its job while that runs and when it has ended, however it ended', async ({
    expect,
  }) => {
    const { ask, end } = await client()
    const first = await ask([idempotency('k')])
    expect(first.answer).toBe(first.job)
    expect((await ask([idempotency('k')])).answer).toBe(`idempotency ${first.job}`)
    await end(first.job, { reusable: false, repeatable: true })
    expect((await ask([idempotency('k')])).answer).toBe(`idempotency ${first.job}`)
  })

  it('of another request is refused', async ({ expect }) => {
    const { ask } = await client()
    await ask([idempotency('k', 'a cat')])
    expect((await ask([idempotency('k', 'a dog')])).answer).toBe('idempotency_key_reused')
  })

  it('is one for live keys and another for test keys', async ({ expect }) => {
    const { ask } = await client()
    await ask([idempotency('k', 'a cat')])
    const test = await ask([idempotency('k', 'a dog')], { livemode: false })
    expect(test.answer).toBe(test.job)
  })

  it('is shared by the keys of a tenant, and by no two tenants', async ({ expect }) => {
    const { ask, tenant } = await client()
    const phone = await tenant.createKey({ name: 'phone', livemode: true })
    const first = await ask([idempotency('k')])
    const second = await ask([idempotency('k')], { keyId: phone!.id })
    expect(second.answer).toBe(`idempotency ${first.job}`)
    const stranger = await (await client()).ask([idempotency('k')])
    expect(stranger.answer).toBe(stranger.job)
  })

  it('starts nothing after the purge of its job, for a day at least', async ({ expect }) => {
    const { ask, end, tenant } = await client()
    const first = await ask([idempotency('k', 'a cat', 1)])
    await end(first.job)
    await tenant.forget(first.job)
    later(DAY_MS - 1)
    expect((await ask([idempotency('k', 'a cat', 1)])).answer).toBe('job_purged')
    later(1)
    const next = await ask([idempotency('k', 'a cat', 1)])
    expect(next.answer).toBe(next.job)
    expect((await ask([idempotency('k', 'a cat', 1)])).answer).toBe(`idempotency ${next.job}`)
  })

  it('is kept past its time until the job is purged', async ({ expect }) => {
    const { ask, tenant } = await client()
    const first = await ask([idempotency('k')])
    later(8 * DAY_MS)
    expect((await ask([idempotency('k')])).answer).toBe(`idempotency ${first.job}`)
    await tenant.forget(first.job)
    const next = await ask([idempotency('k')])
    expect(next.answer).toBe(next.job)
  })

  it('is not used up by a request that could not be paid', async ({ expect }) => {
    const { tenant, keyId } = await newTenant({ balance: 0 })
    const refused = reservationOf(keyId, { reuse: [idempotency('k', 'a cat')] })
    expect(await tenant.reserve(refused)).toMatchObject({ refusal: { status: 402 } })
    await tenant.credit({ amount: 1_000_000, reference: 'r' })
    const other = reservationOf(keyId, { reuse: [idempotency('k', 'a dog')] })
    expect(await tenant.reserve(other)).toEqual({ ok: true, position: null })
  })

  it('stands for the job that its seed has joined', async ({ expect }) => {
    const { ask, end } = await client()
    const first = await ask([seed('s')])
    const joined = await ask([idempotency('k', 'a cat'), seed('s')])
    expect(joined.answer).toBe(`seed ${first.job}`)
    await end(first.job, { reusable: false })
    expect((await ask([idempotency('k', 'a cat'), seed('s')])).answer).toBe(
      `idempotency ${first.job}`,
    )
    expect((await ask([idempotency('k', 'a dog')])).answer).toBe('idempotency_key_reused')
  })
})

describe('a job that its caller was told of', () => {
  it('is joined to no other when it asks again, and stands for its key', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    const claims = { reuse: [idempotency('k', 'a cat'), seed('s')] }
    await tenant.reserve(reservationOf(keyId, { reuse: [seed('s')] }))
    const told = reservationOf(keyId, { ...claims, acknowledged: true })
    expect(await tenant.reserve(told)).toEqual({ ok: true, position: null })
    expect(await tenant.reserve(reservationOf(keyId, claims))).toEqual({
      ok: false,
      join: told.job,
      how: 'idempotency',
    })
  })
})

describe('an equal seed', () => {
  it('finds the job while it runs and when it succeeded, until it expires', async ({ expect }) => {
    const { ask, end } = await client()
    const first = await ask([seed('s', DAY_MS)])
    expect((await ask([seed('s')])).answer).toBe(`seed ${first.job}`)
    await end(first.job)
    later(DAY_MS - 1)
    expect((await ask([seed('s')])).answer).toBe(`seed ${first.job}`)
    later(1)
    const next = await ask([seed('s')])
    expect(next.answer).toBe(next.job)
  })

  it('does not find a job that failed or was purged', async ({ expect }) => {
    const { ask, end, tenant } = await client()
    const failed = await ask([seed('s')])
    await end(failed.job, { reusable: false })
    const purged = await ask([seed('s')])
    expect(purged.answer).toBe(purged.job)
    await tenant.forget(purged.job)
    const next = await ask([seed('s')])
    expect(next.answer).toBe(next.job)
  })

  it('is another one for test keys', async ({ expect }) => {
    const { ask } = await client()
    await ask([seed('s')])
    const test = await ask([seed('s')], { livemode: false })
    expect(test.answer).toBe(test.job)
  })
})

describe('a joined request', () => {
  it('costs nothing, is no job of its own, and is a line in the ledger', async ({ expect }) => {
    const { ask, tenant, keyId } = await client()
    const first = await ask([seed('s')])
    const joined = await ask([seed('s')])
    expect(await tenant.balance()).toEqual({ balance: 10_000_000, reserved: 1_000_000 })
    expect((await tenant.list({ livemode: true, limit: 10 }))!.data).toHaveLength(1)
    expect((await tenant.ledger({ limit: 1 }))!.data).toMatchObject([
      { kind: 'reuse', amount: 0, job: first.job, reference: joined.job, how: 'seed', keyId },
    ])
  })

  it('is answered by the first of its claims that finds a job', async ({ expect }) => {
    const { ask } = await client()
    const [byKey, bySeed] = [await ask([idempotency('k')]), await ask([seed('s')])]
    const both = [idempotency('k'), seed('s')]
    expect((await ask(both)).answer).toBe(`idempotency ${byKey.job}`)
    expect((await ask(both.toReversed())).answer).toBe(`seed ${bySeed.job}`)
  })

  it('is open to a tenant whose money is spent', async ({ expect }) => {
    const { tenant, keyId } = await newTenant({ balance: 1_000_000 })
    const first = reservationOf(keyId, { reuse: [seed('s')] })
    await tenant.reserve(first)
    const second = await tenant.reserve(reservationOf(keyId, { reuse: [seed('s')] }))
    expect(second).toEqual({ ok: false, join: first.job, how: 'seed' })
  })
})
