import { reset, runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, it, vi } from 'vitest'
import { newJobId } from '../../src/core/ids.ts'
import { DAY_MS, newTenant, reservationOf, settlementOf } from './tenant.ts'

afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await reset()
})

type Tenant = Awaited<ReturnType<typeof newTenant>>['tenant']

const lines = async (tenant: Tenant) => (await tenant.ledger({ limit: 100 }))!.data

describe('a job that is admitted', () => {
  it('holds its worst price, pays for what was delivered and frees the rest', async ({
    expect,
  }) => {
    const { tenant, keyId } = await newTenant()
    const r = reservationOf(keyId)
    expect(await tenant.reserve(r)).toEqual({ ok: true, position: null })
    expect(await tenant.balance()).toEqual({ balance: 10_000_000, reserved: 1_000_000 })
    expect(await tenant.settle(settlementOf(r.job))).toEqual({ charged: 600_000 })
    expect(await tenant.balance()).toEqual({ balance: 9_400_000, reserved: 0 })
    expect(await lines(tenant)).toMatchObject([
      { kind: 'charge', amount: -600_000, job: r.job, keyId },
      { kind: 'opening', amount: 10_000_000, job: null },
    ])
  })

  it('is held and charged once, however often it asks', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    const r = reservationOf(keyId)
    await Promise.all([tenant.reserve(r), tenant.reserve(r), tenant.reserve(r)])
    expect(await tenant.balance()).toMatchObject({ reserved: 1_000_000 })
    const settled = [settlementOf(r.job), settlementOf(r.job, { charge: 900_000 })]
    const charged = await Promise.all(settled.map((s) => tenant.settle(s)))
    expect(charged).toEqual([{ charged: 600_000 }, { charged: 600_000 }])
    expect(await tenant.balance()).toEqual({ balance: 9_400_000, reserved: 0 })
  })

  it('leaves no line in the ledger when it delivers nothing', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    const r = reservationOf(keyId)
    await tenant.reserve(r)
    await tenant.settle(settlementOf(r.job, { charge: 0 }))
    expect(await tenant.balance()).toEqual({ balance: 10_000_000, reserved: 0 })
    expect(await lines(tenant)).toHaveLength(1)
  })

  it.for([
    ['more than was held', 1_000_001, 1_000_000],
    ['less than nothing', -1, 0],
    ['a fraction of a micro-dollar', 0.5, 0],
    ['no number', Number.NaN, 0],
  ] as const)('never pays %s, and says so in the log', async ([, charge, charged], { expect }) => {
    const logged = vi.spyOn(console, 'log').mockReturnValue()
    const { tenant, keyId } = await newTenant()
    const r = reservationOf(keyId)
    await tenant.reserve(r)
    expect(await tenant.settle(settlementOf(r.job, { charge }))).toEqual({ charged })
    expect(logged).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('charge_out_of_bounds'))
    expect(logged).toHaveBeenCalledWith(expect.stringContaining(r.job))
  })

  it('is refused when it was settled before it asked', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    const r = reservationOf(keyId)
    expect(await tenant.settle(settlementOf(r.job))).toEqual({ charged: 0 })
    expect(await tenant.reserve(r)).toMatchObject({ ok: false, refusal: { code: 'job_cancelled' } })
    expect(await tenant.balance()).toEqual({ balance: 10_000_000, reserved: 0 })
    expect(await tenant.list({ livemode: true, limit: 10 })).toEqual({ data: [], hasMore: false })
  })

  it('gives back what it held when it is purged, and cannot come back', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    const r = reservationOf(keyId)
    await tenant.reserve(r)
    await tenant.forget(r.job)
    await tenant.forget(r.job)
    expect(await tenant.balance()).toEqual({ balance: 10_000_000, reserved: 0 })
    expect(await tenant.settle(settlementOf(r.job))).toEqual({ charged: 0 })
    expect(await tenant.reserve(r)).toMatchObject({ ok: false })
    const unseen = reservationOf(keyId)
    await tenant.forget(unseen.job)
    expect(await tenant.reserve(unseen)).toMatchObject({ ok: false })
  })

  it('leaves no row a day after its purge, but its line in the ledger', async ({ expect }) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { tenant, keyId } = await newTenant()
    const r = reservationOf(keyId, {
      reuse: [{ kind: 'seed', lookup: 's', until: Date.now() + 1 }],
    })
    await tenant.reserve(r)
    await tenant.settle(settlementOf(r.job))
    await tenant.forget(r.job)
    vi.setSystemTime(Date.now() + DAY_MS + 1)
    const other = reservationOf(keyId)
    await tenant.reserve(other)
    const rows = await runInDurableObject(tenant, async (instance, { storage }) => {
      await instance.alarm()
      return ['reservation', 'reuse', 'job_index'].map((table) =>
        storage.sql.exec<{ job: string }>(`SELECT job FROM ${table}`).toArray(),
      )
    })
    expect(rows).toEqual([[{ job: other.job }], [], [{ job: other.job }]])
    expect((await lines(tenant)).map(({ kind }) => kind)).toEqual(['charge', 'opening'])
  })
})

describe('a balance', () => {
  it('for ten jobs admits ten of 200 that ask at once', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    const asked = Array.from({ length: 200 }, () => tenant.reserve(reservationOf(keyId)))
    const answers = await Promise.all(asked)
    expect(answers.filter(({ ok }) => ok)).toHaveLength(10)
    expect(await tenant.balance()).toEqual({ balance: 10_000_000, reserved: 10_000_000 })
  })

  it('that is too small is told, with what is needed and what is there', async ({ expect }) => {
    const { tenant, keyId } = await newTenant({ balance: 120_000 })
    await tenant.reserve(reservationOf(keyId, { amount: 100_000 }))
    const answer = await tenant.reserve(reservationOf(keyId, { amount: 40_000 }))
    expect(answer).toMatchObject({
      ok: false,
      refusal: { status: 402, code: 'insufficient_balance' },
    })
    const { message } = (answer as unknown as { refusal: { message: string } }).refusal
    for (const amount of ['$0.04', '$0.02', '$0.12', '$0.1 ']) expect(message).toContain(amount)
    expect(await tenant.reserve(reservationOf(keyId, { amount: 20_000 }))).toEqual({
      ok: true,
      position: null,
    })
  })

  it('admits no model without a price', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    expect(await tenant.reserve(reservationOf(keyId, { amount: null }))).toMatchObject({
      ok: false,
      refusal: { status: 403, param: 'model' },
    })
  })

  it('is not touched by test keys', async ({ expect }) => {
    const { tenant, keyId } = await newTenant({ balance: 0 })
    for (const amount of [null, 1_000_000]) {
      const r = reservationOf(keyId, { livemode: false, amount })
      expect(await tenant.reserve(r)).toEqual({ ok: true, position: null })
      expect(await tenant.balance()).toEqual({ balance: 0, reserved: 0 })
    }
  })

  it('that is unlimited stays it, and its ledger tells what was used', async ({ expect }) => {
    const { tenant, keyId } = await newTenant({ balance: null })
    const [priced, unpriced] = [reservationOf(keyId), reservationOf(keyId, { amount: null })]
    expect(await tenant.reserve(priced)).toEqual({ ok: true, position: null })
    expect(await tenant.reserve(unpriced)).toEqual({ ok: true, position: null })
    expect(await tenant.balance()).toEqual({ balance: null, reserved: 1_000_000 })
    await tenant.settle(settlementOf(priced.job))
    const credited = await tenant.credit({ amount: 50, reference: 'gift' })
    expect(credited).toEqual({ ok: true, balance: null, duplicate: false })
    expect(await tenant.balance()).toEqual({ balance: null, reserved: 0 })
    expect((await lines(tenant)).map(({ amount }) => amount)).toEqual([50, -600_000])
  })
})

describe('credit', () => {
  it('counts once for each reference', async ({ expect }) => {
    const { tenant } = await newTenant()
    const paid = { amount: 2_500_000, reference: 'invoice 7' }
    expect(await tenant.credit(paid)).toEqual({ ok: true, balance: 12_500_000, duplicate: false })
    expect(await tenant.credit(paid)).toEqual({ ok: true, balance: 12_500_000, duplicate: true })
    expect(await tenant.credit({ ...paid, amount: 1 })).toMatchObject({
      ok: false,
      refusal: { status: 400, param: 'reference' },
    })
    expect(await tenant.balance()).toMatchObject({ balance: 12_500_000 })
  })

  it.for([0, 0.5, Number.NaN, 2e15, 999_999_999_000_000, -9_000_001])(
    'is refused: %d micro-dollars on 10 USD, of which 1 is reserved',
    async (amount, { expect }) => {
      const { tenant, keyId } = await newTenant()
      await tenant.reserve(reservationOf(keyId))
      expect(await tenant.credit({ amount, reference: 'r' })).toMatchObject({
        ok: false,
        refusal: { status: 400, param: 'amount_usd' },
      })
      expect(await lines(tenant)).toHaveLength(1)
    },
  )

  it('may be taken back as far as no job has reserved it', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    await tenant.reserve(reservationOf(keyId))
    const taken = await tenant.credit({ amount: -9_000_000, reference: 'refund' })
    expect(taken).toMatchObject({ ok: true, balance: 1_000_000 })
  })
})

describe('the ledger', () => {
  const parts = [
    { unit: 'text_in' as const, quantity: 11, micros: 55 },
    { unit: 'image_out' as const, quantity: 4160, micros: 599_945 },
  ]

  it('keeps what makes up a charge', async ({ expect }) => {
    const { tenant, keyId } = await newTenant()
    const r = reservationOf(keyId)
    await tenant.reserve(r)
    await tenant.settle(settlementOf(r.job, { lines: parts }))
    expect((await lines(tenant)).map((row) => row.lines)).toEqual([parts, null])
  })

  it('leaves out what does not make up the charge', async ({ expect }) => {
    vi.spyOn(console, 'log').mockReturnValue()
    const { tenant, keyId } = await newTenant()
    const r = reservationOf(keyId)
    await tenant.reserve(r)
    await tenant.settle(settlementOf(r.job, { charge: 2_000_000, lines: parts }))
    expect((await lines(tenant))[0]).toMatchObject({ amount: -1_000_000, lines: null })
  })

  it('is read page by page, newest first', async ({ expect }) => {
    const { tenant } = await newTenant()
    for (const reference of ['a', 'b', 'c']) await tenant.credit({ amount: 1, reference })
    const first = (await tenant.ledger({ limit: 2 }))!
    expect(first).toMatchObject({ data: [{ reference: 'c' }, { reference: 'b' }], hasMore: true })
    const rest = await tenant.ledger({ limit: 2, after: first.data[1]!.seq })
    expect(rest).toMatchObject({ data: [{ reference: 'a' }, { kind: 'opening' }], hasMore: false })
  })

  it('belongs to one tenant', async ({ expect }) => {
    const [ada, eve] = await Promise.all([newTenant(), newTenant()])
    const r = reservationOf(ada.keyId)
    await ada.tenant.reserve(r)
    expect(await eve.tenant.settle(settlementOf(r.job))).toEqual({ charged: 0 })
    expect(await eve.tenant.reserve(reservationOf(ada.keyId, { job: newJobId() }))).toMatchObject({
      refusal: { status: 401 },
    })
    expect(await ada.tenant.balance()).toMatchObject({ reserved: 1_000_000 })
  })
})
