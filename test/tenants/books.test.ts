import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, it, vi, type ExpectStatic } from 'vitest'
import { receiptOf } from '../../src/core/receipt.ts'
import type { Actor } from '../../src/core/tenant.ts'
import { renderJob } from '../../src/dialects/native-job.ts'
import type { JobRecord } from '../../src/jobs/rows.ts'
import { reserve, settle } from '../../src/jobs/tenant-calls.ts'
import { viewOf } from '../../src/jobs/view.ts'
import type { LedgerRow } from '../../src/tenants/records.ts'
import { call } from '../support/client.ts'
import { microsOf, readCsv } from '../support/read-csv.ts'
import { fates, live, newRandomJob, type Fate } from './random-job.ts'
import { newTenant } from './tenant.ts'

/** Jobs; ten thousand by hand: `VITE_JOBS=10000 npm test -- test/tenants/books`. */
const JOBS = Number(import.meta.env['VITE_JOBS'] ?? 300)
/** At the same time. */
const CROWD = 25
/** What is paid in at first, and again for each crowd, in micro-dollars: not enough for all. */
const FIRST = 3_000_000
const MORE = 250_007

afterAll(async () => {
  vi.restoreAllMocks()
  await reset()
})

/** A tenant with three live keys and one for tests. */
async function openBooks() {
  const made = await newTenant({ balance: FIRST, usageTags: ['team'] })
  const { id, tenant, key } = made
  const more = [true, true, false].map((livemode) => tenant.createKey({ name: 'k', livemode }))
  const keys = [key, ...(await Promise.all(more)).map((created) => created!)]
  const actors = keys.map(({ id: keyId, livemode }): Actor => ({
    tenant: id,
    keyId,
    livemode,
    scopes: [],
    models: null,
    metered: true,
    multiplier: 1,
    responseFormat: null,
    retentionSeconds: 3600,
  }))
  const ended: JobRecord[] = []
  const tally: Record<string, number> = {}
  return { ...made, key, actors, ended, tally }
}

type Books = Awaited<ReturnType<typeof openBooks>>

/** One request through the tenant, as its job asks and settles; twice where the fate has it so. */
async function run({ actors, ended, tally }: Books, fate: Fate): Promise<void> {
  const note = (what: string) => (tally[what] = (tally[what] ?? 0) + 1)
  const job = newRandomJob(fate, actors[fate.key]!)
  for (let again = 0; again < fate.retries; again++)
    await reserve(env.TENANTS, job.record, { times: 0, again: false })
  const reserved = await reserve(env.TENANTS, job.record, { times: 0, again: false })
  if (!reserved.ok) {
    note('join' in reserved ? 'joined' : `refused ${reserved.refusal.status}`)
    return
  }
  const end = live(job, fate)
  for (let n = 0; n < fate.settles; n++) await settle(env.TENANTS, end)
  ended.push(end)
  note(end.state.status)
  const { images, status } = end.state
  const asked = end.facts.plan.parts.reduce((sum, n) => sum + n, 0)
  if (status === 'succeeded' && images.length < asked) note('partial')
  if (end.facts.plan.parts.length > 1) note('fan-out')
}

const costOf = (record: JobRecord): number => {
  const links: string[] = []
  const { cost } = renderJob({ view: viewOf(record), links, watch: '', reused: null })
  return Math.round(cost.usd! * 1e6)
}

const receiptOfJob = (record: JobRecord): number =>
  Math.round(receiptOf(viewOf(record))!.charge_usd! * 1e6)

const sum = (amounts: number[]): number => amounts.reduce((total, n) => total + n, 0)

async function readLedger({ tenant }: Books): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = []
  for (;;) {
    const after = rows.at(-1)?.seq
    const page = await tenant.ledger({ limit: 1000, ...(after !== undefined && { after }) })
    rows.push(...page!.data)
    if (!page!.hasMore) return rows
  }
}

async function readList({ tenant }: Books): Promise<number[]> {
  const charges: number[] = []
  let after: string | undefined
  for (;;) {
    const query = { livemode: true, limit: 100, ...(after !== undefined && { after }) }
    const page = (await tenant.list(query))!
    charges.push(...page.data.map(({ charge }) => charge!))
    if (!page.hasMore) return charges
    after = page.data.at(-1)!.id
  }
}

async function readUsage({ key }: Books, groups: string): Promise<Record<string, string>[]> {
  const path = `/v1/usage?format=csv&group_by=${groups}`
  return readCsv(await (await call(path, { key: key.key })).text())
}

const chargesOf = (rows: Record<string, string>[]): number[] =>
  rows.map((row) => microsOf(row['charge_usd']!))

/** What the tenant paid in all, in micro-dollars: one line for each book that says so. */
async function readBooks(books: Books): Promise<Record<string, number>> {
  const lines = await readLedger(books)
  const { balance } = (await books.tenant.balance())!
  const paidIn = sum(lines.filter(({ amount }) => amount > 0).map(({ amount }) => amount))
  const usage = ['', 'day', 'key,model', 'tag', 'day,key,model,tag', 'tag:team,tag:user']
  return {
    ledger: -sum(lines.filter(({ kind }) => kind === 'charge').map(({ amount }) => amount)),
    balance: paidIn - balance!,
    jobs: sum(books.ended.map(costOf)),
    list: sum(await readList(books)),
    receipts: sum(books.ended.map(receiptOfJob)),
    ...Object.fromEntries(
      await Promise.all(
        usage.map(async (groups) => [
          `usage by ${groups}`,
          sum(chargesOf(await readUsage(books, groups))),
        ]),
      ),
    ),
  }
}

describe('the books of a tenant', () => {
  it(
    `agree to the micro-dollar after ${JOBS} random jobs`,
    async ({ expect }) => {
      vi.spyOn(console, 'log').mockReturnValue()
      const seed = Date.now() % 2 ** 31
      const books = await openBooks()
      const crowd = fates(JOBS, seed)
      for (let at = 0; at < JOBS; at += CROWD) {
        await Promise.all(crowd.slice(at, at + CROWD).map((fate) => run(books, fate)))
        await books.tenant.credit({ amount: MORE, reference: `crowd ${at}` })
      }

      const totals = await readBooks(books)
      expect(totals.ledger, `seed ${seed}`).toBeGreaterThan(0)
      const agreed = Object.keys(totals).map((book) => [book, totals.ledger])
      expect(totals, `seed ${seed}`).toEqual(Object.fromEntries(agreed))
      expect((await books.tenant.balance())!.reserved).toBe(0)

      const lines = await readLedger(books)
      expectRunningBalance(expect, lines)
      const charges = lines.filter(({ kind }) => kind === 'charge')
      const paid = books.ended.filter((record) => costOf(record) > 0)
      expect(Object.fromEntries(charges.map(({ job, amount }) => [job, -amount]))).toEqual(
        Object.fromEntries(paid.map((record) => [record.facts.id, costOf(record)])),
      )
      for (const { job, lines: parts, amount } of charges)
        expect(sum(parts!.map(({ micros }) => micros)), `${job}`).toBe(-amount)

      await expectUsageByKey(expect, books, charges)
      console.info(`seed ${seed}:`, books.tally, totals)
      const happened = [
        'succeeded',
        'failed',
        'cancelled',
        'expired',
        'joined',
        'fan-out',
        'partial',
      ]
      expect(Object.keys(books.tally)).toEqual(expect.arrayContaining([...happened, 'refused 402']))
    },
    // Ten times what it takes.
    10_000 + JOBS * 100,
  )
})

function expectRunningBalance(expect: ExpectStatic, lines: LedgerRow[]): void {
  let balance = 0
  for (const line of lines.toReversed()) {
    balance += line.amount
    expect(line.balance).toBe(balance)
  }
}

/** Usage and ledger know each key's money, and each request that ended or was joined. */
async function expectUsageByKey(
  expect: ExpectStatic,
  books: Books,
  charges: LedgerRow[],
): Promise<void> {
  const rows = await readUsage(books, 'key')
  for (const row of rows) {
    const own = charges.filter(({ keyId }) => keyId === row['key'])
    expect(microsOf(row['charge_usd']!)).toBe(-sum(own.map(({ amount }) => amount)))
  }
  const counted = (name: string) => sum(rows.map((row) => Number(row[name])))
  const ended = books.ended.filter(({ facts }) => facts.actor.livemode)
  expect(counted('requests') - counted('reused')).toBe(ended.length)
  const delivered = ended.filter(({ state }) => state.status === 'succeeded')
  expect(counted('images')).toBe(sum(delivered.map(({ state }) => state.images.length)))
  const attempts = ended.flatMap(({ state }) => state.attempts)
  expect(counted('possibly_billed_upstream')).toBe(
    attempts.filter(({ outcome }) => outcome === 'unknown').length,
  )
}
