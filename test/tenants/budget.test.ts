import { reset } from 'cloudflare:test'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import { newJobId } from '../../src/core/ids.ts'
import { periodOf } from '../../src/tenants/budget.ts'
import type { CreatedKey } from '../../src/tenants/records.ts'
import { codeOf, limited } from './limited.ts'
import { DAY_MS, newTenant, reservationOf, settlementOf } from './tenant.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  // In the middle of a day and of a month.
  vi.setSystemTime(Date.UTC(2026, 10, 20, 12))
})

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)

const usd = (n: number) => n * 1_000_000
const perDay = { budget: { micros: usd(5), period: 'day' as const } }

describe("a key's budget", () => {
  it('counts what is reserved and what was charged, and begins anew each day', async ({
    expect,
  }) => {
    const { ask, tenant } = await limited({}, perDay)
    const job = newJobId()
    expect(codeOf(await ask({ job, amount: usd(3) }))).toBe('ok')
    expect(codeOf(await ask({ amount: usd(2.5) }))).toBe('insufficient_balance')
    await tenant.settle(settlementOf(job, { charge: usd(1) }))
    expect(codeOf(await ask({ amount: usd(4.000001) }))).toBe('insufficient_balance')
    const left = newJobId()
    expect(codeOf(await ask({ job: left, amount: usd(4) }))).toBe('ok')
    // What is still reserved at midnight counts for the new day.
    later(DAY_MS / 2)
    expect(codeOf(await ask({ amount: usd(1.5) }))).toBe('insufficient_balance')
    expect(codeOf(await ask({ amount: usd(1) }))).toBe('ok')
    await tenant.settle(settlementOf(left, { charge: usd(3) }))
    expect(codeOf(await ask({ amount: usd(1.5) }))).toBe('insufficient_balance')
    expect(codeOf(await ask({ amount: usd(1) }))).toBe('ok')
  })

  it('says what it is, what is left and until when', async ({ expect }) => {
    const { ask } = await limited({}, perDay)
    const refused = await ask({ amount: usd(6) })
    expect(refused).toMatchObject({ refusal: { status: 402, code: 'insufficient_balance' } })
    const { message } = (refused as { refusal: { message: string } }).refusal
    expect(message).toContain("key's budget of $5 per day")
    expect(message).toContain('2026-11-21T00:00:00.000Z')
  })

  it('counts what was charged before it was set, and after its period was changed', async ({
    expect,
  }) => {
    const { ask, tenant, keyId } = await limited({})
    const spend = async (micros: number) => {
      const job = newJobId()
      const answer = codeOf(await ask({ job, amount: micros }))
      await tenant.settle(settlementOf(job, { charge: micros }))
      return answer
    }
    await spend(usd(2))
    later(DAY_MS)
    await spend(usd(1))
    await tenant.updateKey(keyId, { budget: { micros: usd(5), period: 'month' } })
    expect(await spend(usd(2.5))).toBe('insufficient_balance')
    expect(await spend(usd(0.5))).toBe('ok')
    await tenant.updateKey(keyId, { budget: { micros: usd(5), period: 'day' } })
    expect(await spend(usd(4))).toBe('insufficient_balance')
    expect(await spend(usd(3))).toBe('ok')
    await tenant.updateKey(keyId, { budget: { micros: usd(7), period: 'month' } })
    expect(await spend(usd(1))).toBe('insufficient_balance')
    expect(await spend(usd(0.5))).toBe('ok')
    await tenant.updateKey(keyId, { budget: null })
    expect(await spend(usd(100))).toBe('ok')
  })

  it('holds for a tenant without a balance, and never takes an unknown price for 0', async ({
    expect,
  }) => {
    const { tenant } = await newTenant({ balance: null })
    const key = await tenant.createKey({ name: 'k', livemode: true, ...perDay })
    const ask = (amount: number | null) => tenant.reserve(reservationOf(key!.id, { amount }))
    expect(codeOf(await ask(null))).toBe('permission_denied')
    expect(codeOf(await ask(usd(5.1)))).toBe('insufficient_balance')
    expect(codeOf(await ask(usd(5)))).toBe('ok')
  })

  it('holds for its children and for the key that takes its place', async ({ expect }) => {
    const { ask, tenant, keyId } = await limited({}, perDay)
    const job = newJobId()
    const wish = { name: 'child', livemode: true, expiresAt: Date.now() + DAY_MS }
    const child = (await tenant.mintKey(keyId, wish)) as CreatedKey
    expect(codeOf(await ask({ job, amount: usd(2) }, child.id))).toBe('ok')
    await tenant.settle(settlementOf(job, { charge: usd(2) }))
    expect(codeOf(await ask({ amount: usd(2) }))).toBe('ok')
    const heir = (await tenant.rotateKey(keyId, 60_000)) as CreatedKey
    expect(codeOf(await ask({ amount: usd(1.5) }, heir.id))).toBe('insufficient_balance')
    expect(codeOf(await ask({ amount: usd(1.5) }, child.id))).toBe('insufficient_balance')
    expect(codeOf(await ask({ amount: usd(1) }, child.id))).toBe('ok')
  })

  it.for<[string, 'day' | 'month', number]>([
    ['a day', 'day', DAY_MS],
    ['a month', 'month', 31 * DAY_MS],
  ])(
    'is not spent twice when the clock goes back %s and on again',
    async ([, period, jump], { expect }) => {
      const { ask, tenant } = await limited({}, { budget: { micros: usd(1), period } })
      const spend = async (micros: number) => {
        const job = newJobId()
        const answer = codeOf(await ask({ job, amount: micros }))
        if (answer === 'ok') await tenant.settle(settlementOf(job, { charge: micros }))
        return answer
      }
      expect(await spend(usd(0.9))).toBe('ok')
      later(-jump)
      expect(await spend(usd(0.6))).toBe('ok')
      expect(await spend(usd(0.6))).toBe('insufficient_balance')
      later(jump)
      expect(await spend(usd(0.2))).toBe('insufficient_balance')
      expect(await spend(usd(0.1))).toBe('ok')
      later(jump)
      expect(await spend(usd(1))).toBe('ok')
      later(-2 * jump)
      expect(await spend(usd(0.5))).toBe('insufficient_balance')
      expect(await spend(usd(0.4))).toBe('ok')
    },
  )

  it('is exact in each of its periods, however the clock jumps', async ({ expect }) => {
    const { tenant, keyOf } = await limited({})
    const step = fc.record({
      hours: fc.constantFrom(0, 1, 13, 24, -24, 24 * 31, -24 * 31),
      micros: fc.nat(600_000),
      period: fc.constantFrom('day' as const, 'month' as const, null),
    })
    const history = fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      vi.setSystemTime(Date.UTC(2026, 10, 20, 12))
      const key = await keyOf({ budget: { micros: usd(1), period: 'day' } })
      let lasting: 'day' | 'month' = 'day'
      const charges: { at: number; micros: number }[] = []
      for (const { hours, micros, period } of steps) {
        later(hours * 3600_000)
        lasting = period ?? lasting
        if (period) await tenant.updateKey(key, { budget: { micros: usd(1), period } })
        const { start, end } = periodOf(lasting, Date.now())
        const spent = charges
          .filter(({ at }) => at >= start && at < end)
          .reduce((sum, charge) => sum + charge.micros, 0)
        const r = reservationOf(key, { amount: micros })
        const { ok } = await tenant.reserve(r)
        expect(ok).toBe(spent + micros <= usd(1))
        if (!ok) continue
        await tenant.settle(settlementOf(r.job, { charge: micros }))
        charges.push({ at: Date.now(), micros })
      }
    })
    await fc.assert(history, { numRuns: 20 })
  })

  it('set on a key whose children have spent counts what they spent', async ({ expect }) => {
    const { ask, tenant, keyId } = await limited({})
    const wish = { name: 'child', livemode: true, expiresAt: Date.now() + DAY_MS }
    const child = (await tenant.mintKey(keyId, wish)) as CreatedKey
    const job = newJobId()
    await ask({ job, amount: usd(4) }, child.id)
    await tenant.settle(settlementOf(job, { charge: usd(4) }))
    await tenant.updateKey(keyId, perDay)
    expect(codeOf(await ask({ amount: usd(2) }))).toBe('insufficient_balance')
    expect(codeOf(await ask({ amount: usd(2) }, child.id))).toBe('insufficient_balance')
    expect(codeOf(await ask({ amount: usd(1) }))).toBe('ok')
  })

  it('of two keys are two', async ({ expect }) => {
    const { ask, keyOf } = await limited({}, perDay)
    expect(codeOf(await ask({ amount: usd(5) }))).toBe('ok')
    expect(codeOf(await ask({ amount: usd(5) }, await keyOf(perDay)))).toBe('ok')
  })

  it('is of calendar periods in UTC', ({ expect }) => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(DAY_MS), max: new Date('2200-01-01'), noInvalidDate: true }),
        (date) => {
          for (const [period, length] of [
            ['day', 10],
            ['month', 7],
          ] as const) {
            const { start, end } = periodOf(period, date.getTime())
            const name = (at: number) => new Date(at).toISOString().slice(0, -24 + length)
            expect([name(start), name(end - 1)]).toEqual([name(+date), name(+date)])
            expect([name(start - 1), name(end)]).not.toContain(name(+date))
          }
        },
      ),
    )
  })
})
