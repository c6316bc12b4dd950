import type { ExpectStatic } from 'vitest'
import { microsOf, readCsv } from '../support/read-csv.ts'
import { ask, listCharges, listJobs, readBalance, type Account, type NativeJob } from './client.ts'
import { BALANCE } from './upstream-stage.ts'

/** At the same time. */
const CROWD = 16

export interface Asked {
  body: Record<string, unknown>
  cancel: boolean
}

/** What a request came to, by its answer, its job and its receipt. USD. */
interface Told {
  job: NativeJob
  /** As header and body of the answer have it; undefined = they said nothing. */
  header: string | null
  body: number | undefined
  receipt: number
  reused: boolean
}

/** A gateway and one of its tenants, opened with `BALANCE`. */
interface Books {
  url: string
  account: Account
}

async function run({ url, account }: Books, { body, cancel }: Asked): Promise<Told | null> {
  const { key } = account
  const answer = await ask<NativeJob & { meta?: { usage?: { usd_spent: number } } }>(
    `${url}/v1/images/generations`,
    { key, body, headers: cancel ? { prefer: 'respond-async' } : {} },
  )
  const id = answer.headers.get('x-darkroom-job')
  if (id === null) return null
  const at = `${url}/v1/jobs/${id}`
  if (cancel) await ask(`${at}/cancel`, { key, method: 'POST' })
  const { json: job } = await ask<NativeJob>(`${at}?wait=30`, { key })
  const header = answer.status === 202 ? null : answer.headers.get('x-darkroom-cost-usd')
  const reused = answer.headers.get('x-darkroom-cache') !== 'miss'
  const receipt = await ask<{ payload: { charge_usd: number } }>(`${at}/receipt`, { key })
  return {
    job,
    header,
    body: answer.json.meta?.usage?.usd_spent,
    receipt: receipt.json.payload.charge_usd,
    reused,
  }
}

/** Asks for all, some at a time; those without a job are left out. */
export async function runAll(books: Books, asked: Asked[]): Promise<Told[]> {
  const told: Told[] = []
  for (let at = 0; at < asked.length; at += CROWD)
    for (const one of await Promise.all(asked.slice(at, at + CROWD).map((it) => run(books, it))))
      if (one) told.push(one)
  return told
}

const micros = (usd: number): number => Math.round(usd * 1e6)
export const sum = (amounts: number[]): number => amounts.reduce((total, n) => total + n, 0)

async function readUsage({ url, account }: Books, groups: string) {
  const answer = await fetch(`${url}/v1/usage?format=csv&group_by=${groups}`, {
    headers: { authorization: `Bearer ${account.key}` },
  })
  return readCsv(await answer.text())
}

/** Ledger, balance, jobs, usage and receipts, each amount and all together. */
export async function expectBooksToAgree(
  expect: ExpectStatic,
  books: Books,
  told: Told[],
): Promise<void> {
  const { url, account } = books
  const charges = await listCharges(url, account.tenant)
  const lines = new Map(charges.map(({ job, amount_usd }) => [job, amount_usd]))
  expect(lines.size).toBe(charges.length)
  for (const { job, header, body, receipt, reused } of told) {
    const cost = job.cost.usd!
    expect(-(lines.get(job.id) ?? 0), job.id).toBeCloseTo(cost, 9)
    expect(receipt).toBe(cost)
    const own = reused ? 0 : cost
    if (header !== null) expect(Number(header)).toBe(own)
    if (body !== undefined) expect(body).toBe(own)
    if (job.status !== 'succeeded') expect(cost).toBe(0)
  }

  const jobs = new Map(told.map(({ job, receipt }) => [job.id, { job, receipt }]))
  const all = [...jobs.values()]
  const total = sum(all.map(({ job }) => micros(job.cost.usd!)))
  expect(total).toBeGreaterThan(0)
  const { balance_usd, reserved_usd } = await readBalance(url, account.key)
  const list = await listJobs(url, account.key)
  expect({
    ledger: -sum(charges.map(({ amount_usd }) => micros(amount_usd))),
    balance: micros(BALANCE) - micros(balance_usd!),
    list: sum(list.map(({ cost }) => micros(cost.usd!))),
    receipts: sum(all.map(({ receipt }) => micros(receipt))),
  }).toEqual({ ledger: total, balance: total, list: total, receipts: total })
  expect(reserved_usd).toBe(0)
  for (const groups of ['', 'model,day', 'tag:user', 'key,tag']) {
    const rows = await readUsage(books, groups)
    expect(sum(rows.map((row) => microsOf(row['charge_usd']!)))).toBe(total)
    expect(sum(rows.map((row) => Number(row['requests'])))).toBe(told.length)
    for (const kind of ['input_tokens', 'output_tokens'] as const) {
      const used = sum(all.map(({ job }) => job.usage?.[kind] ?? 0))
      expect(sum(rows.map((row) => Number(row[kind]))), kind).toBe(used)
    }
  }
}
