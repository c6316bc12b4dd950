import { reset, runInDurableObject } from 'cloudflare:test'
import fc from 'fast-check'
import { afterEach, describe, it, vi } from 'vitest'
import { newJobId } from '../../src/core/ids.ts'
import type { Tenant } from '../../src/tenants/tenant-object.ts'
import { newTenant, reservationOf, settlementOf } from './tenant.ts'

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

/** Few jobs and references, so that calls repeat and come in every order. */
const job = fc.nat({ max: 4 })
const command = fc.oneof(
  fc.record({
    do: fc.constant('credit'),
    of: fc.nat({ max: 3 }),
    amount: fc.integer({ min: -300, max: 300 }),
  }),
  fc.record({ do: fc.constant('reserve'), of: job, amount: fc.nat({ max: 200 }) }),
  fc.record({ do: fc.constant('settle'), of: job, amount: fc.nat({ max: 220 }) }),
  fc.record({ do: fc.constant('forget'), of: job, amount: fc.constant(0) }),
)

interface Books {
  sum: number
  balance: number
  reserved: number
  open: number
  charges: { job: string; amount: number }[]
}

/** Read from the rows themselves, not from the totals that the object keeps. */
const readBooks = (sql: SqlStorage): Books => ({
  ...sql
    .exec<{ sum: number; balance: number; reserved: number; open: number }>(
      `SELECT balance, reserved, (SELECT sum(amount) FROM ledger) AS sum,
       (SELECT coalesce(sum(amount), 0) FROM reservation WHERE state = 'open') AS open FROM tenant`,
    )
    .one(),
  charges: sql
    .exec<{ job: string; amount: number }>(`SELECT job, amount FROM ledger WHERE kind = 'charge'`)
    .toArray(),
})

/** Runs one history and returns what broke a law; the model is the set of open jobs with what they hold. */
async function play(
  tenant: Tenant,
  sql: SqlStorage,
  keyId: string,
  history: { do: string; of: number; amount: number }[],
): Promise<string[]> {
  const jobs = Array.from({ length: 5 }, newJobId)
  const open = new Map<string, number>()
  const ended = new Set<string>()
  const charged = new Map<string, number>()
  const broken: string[] = []
  const law = (holds: boolean, text: string) => {
    if (!holds) broken.push(text)
  }
  for (const { do: what, of, amount } of history) {
    const id = jobs[of]!
    const before = readBooks(sql)
    if (what === 'credit') tenant.credit({ amount, reference: `r${of}` })
    if (what === 'reserve') {
      const { ok } = await tenant.reserve(reservationOf(keyId, { job: id, amount }))
      const isThere = before.balance - before.reserved >= amount
      law(
        ok === (open.has(id) || (!ended.has(id) && isThere)),
        'admitted as the money and the past allow',
      )
      if (ok && !open.has(id)) open.set(id, amount)
    }
    if (what === 'settle') {
      const now = tenant.settle(settlementOf(id, { charge: amount })).charged
      const due = open.has(id) ? Math.min(amount, open.get(id)!) : (charged.get(id) ?? 0)
      law(now === due, 'charged what was delivered, once')
      charged.set(id, now)
    }
    if (what === 'forget') tenant.forget(id)
    if (what === 'settle' || what === 'forget') {
      open.delete(id)
      ended.add(id)
    }
    const after = readBooks(sql)
    law(after.sum === after.balance, 'the sum of the ledger is the balance')
    law(after.reserved === after.open, 'reserved is the sum of what is open')
    law(
      after.reserved === [...open.values()].reduce((sum, held) => sum + held, 0),
      'reserved is what open jobs hold',
    )
    law(after.balance >= after.reserved, 'nothing is available below zero')
    law(
      new Set(after.charges.map((line) => line.job)).size === after.charges.length,
      'nobody is charged twice',
    )
    law(
      after.charges.every((line) => -line.amount === charged.get(line.job)),
      'the ledger says what settle said',
    )
  }
  return broken
}

describe('money', () => {
  it('adds up after every step of any history', async ({ expect }) => {
    vi.spyOn(console, 'log').mockReturnValue()
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 40 }), async (history) => {
        const { tenant, keyId } = await newTenant({ balance: 500 })
        const broken = await runInDurableObject(tenant, (instance, { storage }) =>
          play(instance, storage.sql, keyId, history),
        )
        expect(broken).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('adds up when all calls of a history arrive at once', async ({ expect }) => {
    vi.spyOn(console, 'log').mockReturnValue()
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 40 }), async (history) => {
        const { tenant, keyId } = await newTenant({ balance: 500 })
        const jobs = Array.from({ length: 5 }, newJobId)
        await Promise.all(
          history.map(async ({ do: what, of, amount }) => {
            const id = jobs[of]!
            if (what === 'credit') await tenant.credit({ amount, reference: `r${of}` })
            if (what === 'reserve') await tenant.reserve(reservationOf(keyId, { job: id, amount }))
            if (what === 'settle') await tenant.settle(settlementOf(id, { charge: amount }))
            if (what === 'forget') await tenant.forget(id)
          }),
        )
        const books = await runInDurableObject(tenant, (_, { storage }) => readBooks(storage.sql))
        expect(books.sum).toBe(books.balance)
        expect(books.reserved).toBe(books.open)
        expect(books.balance).toBeGreaterThanOrEqual(books.reserved)
      }),
      { numRuns: 30 },
    )
  })
})
