import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { microsOf, readCsv } from '../support/read-csv.ts'
import { ADMIN_KEY } from '../support/worker.ts'
import type { Fault } from '../upstreams/faults.ts'
import { expectBooksToAgree, runAll, sum, type Asked } from './books-round.ts'
import { openAccount, type NativeJob } from './client.ts'
import { BALANCE, startStage, type Stage } from './upstream-stage.ts'

/** Random requests. */
const REQUESTS = Number(process.env['BOOKED'] ?? 40)

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

/** The gateway's own artist draws it fast. */
const SMALL = { size: '64x64' }

/** Requests of which one in ten fails, some are cancelled and some are asked for again. */
const anyOrder = (models: string[], fanOut: string): fc.Arbitrary<Asked> =>
  fc
    .record({
      body: fc.record(
        {
          model: fc.oneof(
            { weight: 7, arbitrary: fc.constant('priced-1') },
            { weight: 2, arbitrary: fc.constant(fanOut) },
            { weight: 1, arbitrary: fc.constantFrom(...models) },
          ),
          prompt: fc.constantFrom('a mill', 'a quay', 'a hill'),
          n: fc.integer({ min: 1, max: 4 }),
          user: fc.constantFrom('ada', '=2+3', 'bob'),
          seed: fc.nat({ max: 2 * REQUESTS }),
        },
        { requiredKeys: ['model', 'prompt', 'n', 'user'] },
      ),
      cancel: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    })
    .map(({ body, cancel }) => ({ body: { ...body, ...(body.model !== fanOut && SMALL) }, cancel }))

describe('after failures, cancels, fan-outs and repeats', () => {
  it('every book has the same amounts, each and together', async ({ expect }) => {
    const { gateway, account, servers } = stage
    const models = [...servers.values()].map(({ model }) => model)
    for (const [server, fault] of FAULTS) servers.get(server)!.faults.add(fault)
    const sketches = SKETCHES.map((name) => `priced-${name}`)
    const asked = orders([...models, 'by-token', 'priced-1', ...models, ...sketches])
    const books = { url: gateway.url, account }
    const told = await runAll(books, asked)
    await expectBooksToAgree(expect, books, told)

    const statuses = new Set(told.map(({ job }) => job.status))
    expect([...statuses].toSorted()).toEqual(['cancelled', 'failed', 'succeeded'])
    expect(told.filter(({ reused }) => reused).length).toBeGreaterThan(0)
    const some = (holds: (job: NativeJob) => boolean) => told.some(({ job }) => holds(job))
    expect(some(({ attempts }) => attempts.some(({ outcome }) => outcome === 'unknown'))).toBe(true)
    const short = some(({ status, data, urls }) => {
      return status === 'succeeded' && data.length < urls.images.length
    })
    expect(short).toBe(true)
    expect(some(({ usage }) => (usage?.output_tokens ?? 0) > 0)).toBe(true)
  })

  it(
    `so it is after ${REQUESTS} random requests`,
    async ({ expect }) => {
      const { gateway, servers } = stage
      const account = await openAccount(gateway.url, BALANCE)
      const seed = Date.now() % 2 ** 31
      const failing = ['500', '502', 'moderated', '429'].map((name) => `priced-${name}`)
      const any = anyOrder(failing, servers.get('sync')!.model)
      const books = { url: gateway.url, account }
      const told = await runAll(books, fc.sample(any, { numRuns: REQUESTS, seed }))
      expect(told).toHaveLength(REQUESTS)
      console.info(`seed ${seed}`)
      await expectBooksToAgree(expect, books, told)
    },
    // Ten times what it takes.
    60_000 + REQUESTS * 300,
  )

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
