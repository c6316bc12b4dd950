import { reset, runInDurableObject } from 'cloudflare:test'
import fc from 'fast-check'
import { afterEach, describe, it, vi } from 'vitest'
import { newJobId } from '../../src/core/ids.ts'
import { reserve } from '../../src/tenants/admission.ts'
import { changeKey } from '../../src/tenants/keys.ts'
import { forget, settle } from '../../src/tenants/settlement.ts'
import { grantSlots } from '../../src/tenants/slots.ts'
import { changeTenant } from '../../src/tenants/tenant-row.ts'
import { limited, watchWakes } from './limited.ts'
import { reservationOf, settlementOf } from './tenant.ts'

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

const anyCommand = fc.record({
  do: fc.constantFrom('submit', 'submit', 'end', 'die', 'ask', 'tenant', 'key'),
  key: fc.nat({ max: 1 }),
  nth: fc.nat({ max: 30 }),
  limit: fc.constantFrom(null, 1, 2, 3),
  mayWait: fc.boolean(),
})
type Command = typeof anyCommand extends fc.Arbitrary<infer T> ? T : never

type Row = {
  job: string
  key_id: string
  waits: number
}

/** What must be true, told from the rows alone. */
class Model {
  readonly broken: string[] = []
  readonly #sql: SqlStorage
  readonly #keys: string[]
  readonly #limits: (number | null)[] = [null, null, null]
  #running = new Set<string>()

  constructor(sql: SqlStorage, keys: string[]) {
    this.#sql = sql
    this.#keys = keys
  }

  get open(): Row[] {
    return this.#sql
      .exec<Row>(`SELECT job, key_id, waits FROM reservation WHERE state = 'open' ORDER BY seq`)
      .toArray()
  }

  step({ do: what, key, nth, limit, mayWait }: Command): void {
    const keyId = this.#keys[key]!
    const rows = this.open
    const chosen = rows[nth % Math.max(1, rows.length)]
    const now = Date.now()
    if (what === 'submit') {
      const wasFree = this.#isFree(keyId, rows)
      const told = reserve(this.#sql, reservationOf(keyId, { amount: 0, mayWait }), now)
      this.#law(told.ok === (wasFree || mayWait), 'admitted where there is a slot or a queue')
      if (told.ok) this.#law((told.position === null) === wasFree, 'waits only for a slot')
    }
    if (what === 'ask' && chosen) {
      const { job, key_id: asks } = chosen
      const told = reserve(this.#sql, reservationOf(asks, { job, amount: 0 }), now)
      this.#law(told.ok && (told.position === null) === (chosen.waits === 0), 'told as it is')
    }
    if (what === 'end' && chosen) settle(this.#sql, settlementOf(chosen.job, { charge: 0 }), now)
    if (what === 'die' && chosen) forget(this.#sql, chosen.job, now)
    if (what === 'tenant') this.#change(2, limit)
    if (what === 'key') this.#change(key, limit)
    grantSlots(this.#sql)
    this.#check(rows)
  }

  #change(at: number, running: number | null): void {
    this.#limits[at] = running
    if (at === 2) changeTenant(this.#sql, { limits: { running } })
    else changeKey(this.#sql, this.#keys[at]!, { limits: { running } })
  }

  #isFree(keyId: string, rows: Row[]): boolean {
    const running = rows.filter(({ waits }) => waits === 0)
    const ofKey = running.filter((row) => row.key_id === keyId)
    const most = (at: number): number => this.#limits[at] ?? Infinity
    return running.length < most(2) && ofKey.length < most(this.#keys.indexOf(keyId))
  }

  #check(before: Row[]): void {
    const rows = this.open
    const running = rows.filter(({ waits }) => waits === 0)
    const started = running.filter(({ job }) => !this.#running.has(job))
    const stayed = running.filter(({ job }) => this.#running.has(job))
    // A limit that was lowered stops nothing that runs.
    if (started.length > 0)
      this.#law(running.length <= (this.#limits[2] ?? Infinity), 'never more than the tenant may')
    for (const [at, keyId] of this.#keys.entries())
      if (started.some((row) => row.key_id === keyId))
        this.#law(
          running.filter((row) => row.key_id === keyId).length <= (this.#limits[at] ?? Infinity),
          'never more than the key may',
        )
    const kept = before.filter(
      ({ job, waits }) => waits === 0 && rows.some((row) => row.job === job),
    )
    this.#law(stayed.length === kept.length, 'a job that may start keeps its slot')
    const waiting = rows.filter(({ waits }) => waits === 1)
    this.#law(
      !waiting.some((row) => this.#isFree(row.key_id, rows)),
      'no job waits while a slot is free',
    )
    for (const { job, key_id: keyId } of started) {
      const place = before.findIndex((row) => row.job === job)
      const passed = before.slice(0, Math.max(0, place)).filter((row) => row.key_id === keyId)
      this.#law(
        !passed.some((row) => waiting.some(({ job: left }) => left === row.job)),
        'in order',
      )
    }
    this.#running = new Set(running.map(({ job }) => job))
  }

  #law(holds: boolean, text: string): void {
    if (!holds) this.broken.push(text)
  }
}

/** Runs one history on rows that are taken back at its end. */
function play(storage: DurableObjectStorage, keys: string[], history: Command[]) {
  const model = new Model(storage.sql, keys)
  const undone = new Error('taken back')
  let left = 0
  try {
    storage.transactionSync(() => {
      for (const command of history) model.step(command)
      while (model.open.length > 0) model.step({ ...history[0]!, do: 'end' })
      left = model.open.length
      throw undone
    })
  } catch (caught) {
    if (caught !== undone) throw caught
  }
  return { broken: model.broken, left }
}

describe('slots', () => {
  it('are never too many, never idle while a job waits, and all free at rest', async ({
    expect,
  }) => {
    const { tenant, keyId, keyOf } = await limited({})
    const keys = [keyId, await keyOf({})]
    await runInDurableObject(tenant, (_, { storage }) => {
      fc.assert(
        fc.property(fc.array(anyCommand, { minLength: 1, maxLength: 40 }), (history) => {
          expect(play(storage, keys, history)).toEqual({ broken: [], left: 0 })
        }),
        { numRuns: 200 },
      )
    })
  })

  it('stay whole when submissions, ends, deaths and lost wakes come at once', async ({
    expect,
  }) => {
    vi.spyOn(console, 'log').mockReturnValue()
    await fc.assert(
      fc.asyncProperty(fc.array(anyCommand, { minLength: 20, maxLength: 40 }), async (history) => {
        watchWakes(() => Math.random() < 0.3)
        const { ask, tenant } = await limited({ running: 2 })
        const jobs = history.map(() => newJobId())
        const count = () =>
          runInDurableObject(tenant, (_, { storage }) =>
            storage.sql
              .exec<{ running: number; open: number }>(
                `SELECT count(*) AS open, coalesce(sum(waits = 0), 0) AS running FROM reservation
                 WHERE state = 'open'`,
              )
              .one(),
          )
        await Promise.all(
          history.map(async ({ do: what, nth, mayWait }, i) => {
            await ask({ job: jobs[i]!, mayWait })
            const other = jobs[nth % jobs.length]!
            if (what === 'end') await tenant.settle(settlementOf(other, { charge: 0 }))
            if (what === 'die') await tenant.forget(other)
            expect((await count()).running).toBeLessThanOrEqual(2)
          }),
        )
        const { running, open } = await count()
        expect(running).toBe(Math.min(2, open))
        for (const job of jobs) await tenant.settle(settlementOf(job, { charge: 0 }))
        expect(await count()).toEqual({ running: 0, open: 0 })
      }),
      { numRuns: 8 },
    )
  })
})
