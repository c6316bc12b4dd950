import { reset, runInDurableObject } from 'cloudflare:test'
import fc from 'fast-check'
import { afterEach, describe, it, vi } from 'vitest'
import { newJobId } from '../../src/core/ids.ts'
import { reserve } from '../../src/tenants/admission.ts'
import { credit } from '../../src/tenants/ledger.ts'
import { forget, settle } from '../../src/tenants/settlement.ts'
import { newTenant, reservationOf, settlementOf } from './tenant.ts'

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

/** Few jobs and references, so that calls repeat and come in every order. */
const nth = fc.nat({ max: 4 })
const anyCommand = fc.oneof(
  fc.record({
    do: fc.constant('credit'),
    of: fc.nat({ max: 3 }),
    amount: fc.integer({ min: -300, max: 300 }),
  }),
  fc.record({ do: fc.constant('reserve'), of: nth, amount: fc.nat({ max: 200 }) }),
  fc.record({ do: fc.constant('settle'), of: nth, amount: fc.nat({ max: 220 }) }),
  fc.record({ do: fc.constant('forget'), of: nth, amount: fc.constant(0) }),
)

interface Command {
  do: string
  of: number
  amount: number
}

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

/** Runs one history on rows that are taken back at its end; nothing of it reaches the disk. */
function play(storage: DurableObjectStorage, keyId: string, history: Command[]): string[] {
  const model = new Model(storage.sql, keyId)
  const undone = new Error('taken back')
  try {
    storage.transactionSync(() => {
      for (const command of history) model.step(command)
      throw undone
    })
  } catch (caught) {
    if (caught !== undone) throw caught
  }
  return model.broken
}

/** What must be true, kept beside what is: open jobs with what they hold, ended ones with their charge. */
class Model {
  readonly broken: string[] = []
  readonly #sql: SqlStorage
  readonly #keyId: string
  readonly #jobs = Array.from({ length: 5 }, newJobId)
  readonly #open = new Map<string, number>()
  readonly #charged = new Map<string, number>()

  constructor(sql: SqlStorage, keyId: string) {
    this.#sql = sql
    this.#keyId = keyId
  }

  step({ do: what, of, amount }: Command): void {
    const job = this.#jobs[of]!
    if (what === 'credit') credit(this.#sql, { amount, reference: `r${of}` }, Date.now())
    if (what === 'reserve') this.#reserve(job, amount)
    if (what === 'settle') this.#settle(job, amount)
    if (what === 'forget') {
      forget(this.#sql, job, Date.now())
      if (this.#open.delete(job) || !this.#charged.has(job)) this.#charged.set(job, 0)
    }
    this.#checkBooks()
  }

  #reserve(job: string, amount: number): void {
    const { balance, reserved } = readBooks(this.#sql)
    const isNew = !this.#open.has(job) && !this.#charged.has(job)
    const expected = this.#open.has(job) || (isNew && balance - reserved >= amount)
    const { ok } = reserve(this.#sql, reservationOf(this.#keyId, { job, amount }), Date.now())
    this.#law(ok === expected, 'a job is admitted as money and past allow')
    if (ok && isNew) this.#open.set(job, amount)
  }

  #settle(job: string, amount: number): void {
    const held = this.#open.get(job)
    const due = held === undefined ? (this.#charged.get(job) ?? 0) : Math.min(amount, held)
    const { charged } = settle(this.#sql, settlementOf(job, { charge: amount }), Date.now())
    this.#law(charged === due, 'a job is charged what it delivered, once')
    this.#open.delete(job)
    this.#charged.set(job, charged)
  }

  #checkBooks(): void {
    const { sum, balance, reserved, open, charges } = readBooks(this.#sql)
    const held = [...this.#open.values()].reduce((total, amount) => total + amount, 0)
    const due = [...this.#charged].filter(([, amount]) => amount > 0)
    this.#law(sum === balance, 'the sum of the ledger is the balance')
    this.#law(reserved === open && open === held, 'reserved is the sum of what is open')
    this.#law(balance >= reserved, 'nothing is available below zero')
    this.#law(charges.length === due.length, 'one line for each charge')
    for (const { job, amount } of charges)
      this.#law(-amount === this.#charged.get(job), 'the ledger says what settle said')
  }

  #law(holds: boolean, text: string): void {
    if (!holds) this.broken.push(text)
  }
}

describe('money', () => {
  it('adds up after every step of any history', async ({ expect }) => {
    vi.spyOn(console, 'log').mockReturnValue()
    const { tenant, keyId } = await newTenant({ balance: 500 })
    await runInDurableObject(tenant, (_, { storage }) => {
      fc.assert(
        fc.property(fc.array(anyCommand, { minLength: 1, maxLength: 40 }), (history) => {
          expect(play(storage, keyId, history)).toEqual([])
        }),
        { numRuns: 300 },
      )
    })
  })

  it('adds up when all calls of a history arrive at once', async ({ expect }) => {
    vi.spyOn(console, 'log').mockReturnValue()
    await fc.assert(
      fc.asyncProperty(fc.array(anyCommand, { minLength: 10, maxLength: 40 }), async (history) => {
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
      { numRuns: 8 },
    )
  })
})
