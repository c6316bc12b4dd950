import { afterAll, beforeAll, describe, it } from 'vitest'
import { microsOf, readCsv } from '../support/read-csv.ts'
import { ADMIN_KEY } from '../support/worker.ts'
import type { Fault } from '../upstreams/faults.ts'
import { ask, listCharges, listJobs, readBalance, type NativeJob } from './client.ts'
import { BALANCE, startStage, type Stage } from './upstream-stage.ts'

const price = [{ unit: 'image', usd: 0.031 }]
/** Models of the gateway's own artist, with a price. */
const SKETCHES = ['1', 'flaky', '500', '502', 'moderated', '429', 'slow']
const MODELS = Object.fromEntries(
  SKETCHES.map((name) => [`priced-${name}`, { base: `sketch-${name}`, price }]),
)
const byTokens = {
  base: 'gpt-image-2',
  routes: [{ upstream: 'sync', model: 'gpt-image-2' }],
  price: [
    { unit: 'token', of: 'text_in', usd_per_million: 5 },
    { unit: 'token', of: 'image_out', usd_per_million: 33.3 },
  ],
}

let stage: Stage
beforeAll(async () => {
  stage = await startStage(
    [
      { id: 'sync', kind: 'openai', most: 2 },
      { id: 'queue', kind: 'oxen' },
      { id: 'links', kind: 'together', timeoutSeconds: 2 },
    ],
    { ...MODELS, 'by-token': byTokens },
  )
})
afterAll(() => stage.stop())

const lost: Fault = { kind: 'lost_answer' }
/** A fault for an upstream before the request; none for most. */
const FAULTS: [server: string, fault: Fault][] = [
  ['sync', lost],
  ['sync', { kind: 'moderation' }],
  ['sync', { kind: 'wrong_count', count: 1 }],
  ['sync', { kind: 'status', status: 429, retryAfter: '0' }],
  ['sync', { kind: 'truncated_base64' }],
  ['queue', { kind: 'job_failed' }],
  ['queue', { kind: 'status', status: 500 }],
  ['links', { kind: 'hang' }],
  ['links', { kind: 'status', status: 404, on: 'result', times: 4 }],
  ['links', { kind: 'wrong_count', count: 1 }],
]

/** At the same time. */
const CROWD = 16

interface Asked {
  body: Record<string, unknown>
  cancel: boolean
}

/** Everything that may happen to a request, in a fixed order; at the end some are asked for again. */
function orders(models: string[]): Asked[] {
  const asked = Array.from({ length: 48 }, (_, i) => ({
    body: {
      model: models[i % models.length],
      prompt: `a mill [[latency=${(i % 5) * 40}]]`,
      n: 1 + (i % 4),
      user: i % 3 === 0 ? 'ada' : '=2+3',
      response_format: i % 2 === 0 ? 'url' : 'b64_json',
      ...(i % 6 === 0 && { seed: i }),
    },
    cancel: i % 6 === 5,
  }))
  return [...asked, ...asked.filter(({ body }) => body.seed !== undefined)]
}

interface Told {
  job: NativeJob
  /** USD as header and body of the answer have it; undefined = they said nothing. */
  header: string | null
  body: number | undefined
  receipt: number
  reused: boolean
}

async function run({ body, cancel }: Asked): Promise<Told | null> {
  const { gateway, account } = stage
  const { key } = account
  const answer = await ask<NativeJob & { meta?: { usage?: { usd_spent: number } } }>(
    `${gateway.url}/v1/images/generations`,
    { key, body, headers: cancel ? { prefer: 'respond-async' } : {} },
  )
  const id = answer.headers.get('x-darkroom-job')
  if (id === null) return null
  const url = `${gateway.url}/v1/jobs/${id}`
  if (cancel) await ask(`${url}/cancel`, { key, method: 'POST' })
  const { json: job } = await ask<NativeJob>(`${url}?wait=30`, { key })
  const header = answer.status === 202 ? null : answer.headers.get('x-darkroom-cost-usd')
  const reused = answer.headers.get('x-darkroom-cache') !== 'miss'
  const receipt = await ask<{ payload: { charge_usd: number } }>(`${url}/receipt`, { key })
  return {
    job,
    header,
    body: answer.json.meta?.usage?.usd_spent,
    receipt: receipt.json.payload.charge_usd,
    reused,
  }
}

const micros = (usd: number): number => Math.round(usd * 1e6)
const sum = (amounts: number[]): number => amounts.reduce((total, n) => total + n, 0)

async function readUsage(groups: string): Promise<Record<string, string>[]> {
  const { gateway, account } = stage
  const url = `${gateway.url}/v1/usage?format=csv&group_by=${groups}`
  const answer = await fetch(url, { headers: { authorization: `Bearer ${account.key}` } })
  return readCsv(await answer.text())
}

describe('after failures, cancels, fan-outs and repeats', () => {
  it('every book has the same amounts, each and together', async ({ expect }) => {
    const { gateway, account, servers } = stage
    const models = [...servers.values()].map(({ model }) => model)
    for (const [server, fault] of FAULTS) servers.get(server)!.faults.add(fault)
    const sketches = SKETCHES.map((name) => `priced-${name}`)
    const asked = orders([...models, 'by-token', 'priced-1', ...models, ...sketches])
    const told: Told[] = []
    for (let at = 0; at < asked.length; at += CROWD)
      for (const one of await Promise.all(asked.slice(at, at + CROWD).map(run)))
        if (one) told.push(one)

    const jobs = new Map(told.map(({ job }) => [job.id, job]))
    const charges = await listCharges(gateway.url, account.tenant)
    const lineOf = (id: string) => charges.find(({ job }) => job === id)?.amount_usd ?? 0
    for (const { job, header, body, receipt, reused } of told) {
      const cost = job.cost.usd!
      expect(-lineOf(job.id), job.id).toBeCloseTo(cost, 9)
      expect(receipt).toBe(cost)
      const own = reused ? 0 : cost
      if (header !== null) expect(Number(header)).toBe(own)
      if (body !== undefined) expect(body).toBe(own)
      if (job.status !== 'succeeded') expect(cost).toBe(0)
    }

    const total = sum([...jobs.values()].map(({ cost }) => micros(cost.usd!)))
    const { balance_usd, reserved_usd } = await readBalance(gateway.url, account.key)
    const list = await listJobs(gateway.url, account.key)
    const books = {
      ledger: -sum(charges.map(({ amount_usd }) => micros(amount_usd))),
      balance: micros(BALANCE) - micros(balance_usd!),
      list: sum(list.map(({ cost }) => micros(cost.usd!))),
    }
    expect(total).toBeGreaterThan(0)
    expect(books).toEqual({ ledger: total, balance: total, list: total })
    expect(reserved_usd).toBe(0)
    for (const groups of ['', 'model,day', 'tag:user', 'key,tag']) {
      const rows = await readUsage(groups)
      expect(sum(rows.map((row) => microsOf(row['charge_usd']!)))).toBe(total)
      expect(sum(rows.map((row) => Number(row['requests'])))).toBe(told.length)
    }

    const statuses = new Set(told.map(({ job }) => job.status))
    expect([...statuses].toSorted()).toEqual(['cancelled', 'failed', 'succeeded'])
    expect(told.filter(({ reused }) => reused).length).toBeGreaterThan(0)
    const some = (holds: (job: NativeJob) => boolean) => [...jobs.values()].some(holds)
    expect(some(({ attempts }) => attempts.some(({ outcome }) => outcome === 'unknown'))).toBe(true)
    const short = some(({ status, data, urls }) => {
      return status === 'succeeded' && data.length < urls.images.length
    })
    expect(short).toBe(true)
  })

  it('the operator sees what upstreams took, and the ledger as a file', async ({ expect }) => {
    const { gateway, account } = stage
    const url = `${gateway.url}/admin/tenants/${account.tenant}`
    const read = async (path: string) => {
      const answer = await fetch(url + path, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
      return readCsv(await answer.text())
    }
    const [usage] = await read('/usage?format=csv&group_by=')
    const ledger = await read('/ledger?format=csv')
    const charged = ledger.filter(({ kind }) => kind === 'charge')
    expect(sum(charged.map((row) => microsOf(row['amount_usd']!)))).toBe(
      -microsOf(usage!['charge_usd']!),
    )
    // Upstreams took more: what was drawn and could not be delivered is nobody's to pay.
    expect(microsOf(usage!['cost_usd']!)).toBeGreaterThan(microsOf(usage!['charge_usd']!))
    expect(Number(usage!['possibly_billed_upstream'])).toBeGreaterThan(0)
    expect(ledger.filter(({ kind }) => kind === 'reuse').length).toBe(Number(usage!['reused']))
  })
})
