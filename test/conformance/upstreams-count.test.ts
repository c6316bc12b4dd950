import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Fault } from '../upstreams/faults.ts'
import { order, sent, submits, type Ordered } from './upstream-order.ts'
import { PRICE, startStage, type Server, type Stage } from './upstream-stage.ts'

/** How long a drawing takes in the test of simultaneous calls, ms. */
const DRAWING_MS = 400

let stage: Stage
beforeAll(async () => {
  stage = await startStage([
    { id: 'one-each', kind: 'openai', most: 1 },
    { id: 'four-each', kind: 'together' },
    { id: 'ten-each', kind: 'openai' },
    { id: 'queue', kind: 'oxen' },
    { id: 'one-refused', kind: 'openai', most: 1 },
    { id: 'one-lost', kind: 'openai', most: 1 },
    { id: 'one-flagged', kind: 'oxen' },
    { id: 'too-few', kind: 'vllm-omni' },
    { id: 'too-many', kind: 'vllm-omni' },
    { id: 'one-broken', kind: 'together' },
    { id: 'tokens', kind: 'openai', most: 1 },
  ])
})
afterAll(() => stage.stop())

async function draw(id: string, body: object): Promise<{ server: Server; ordered: Ordered }> {
  const server = stage.servers.get(id)!
  return { server, ordered: await order(stage, server.model, body) }
}

function drawWith(id: string, fault: Fault, n: number) {
  stage.servers.get(id)!.faults.add(fault)
  return draw(id, { n })
}

/** Largest number of calls that were on their way together. */
function mostAtOnce({ ledger }: Server): number {
  const starts = ledger.calls.map(({ at }) => at)
  const overlapping = (at: number) =>
    starts.filter((start) => start <= at && at < start + DRAWING_MS)
  return Math.max(...starts.map((at) => overlapping(at).length))
}

const statuses = ({ links }: Ordered): number[] =>
  links.map(({ status }) => status).toSorted((a, b) => a - b)

const outcomes = ({ job }: Ordered): string[] => job.attempts.map(({ outcome }) => outcome)

describe.concurrent('a request for more images than one call gives', () => {
  it('makes the calls, four at a time, with an attempt for each', async ({ expect }) => {
    const prompt = `ten mills [[latency=${DRAWING_MS}]]`
    const { server, ordered } = await draw('one-each', { prompt, n: 10 })
    expect(server.ledger.calls.map(({ n }) => n)).toEqual(Array(10).fill(1))
    expect(mostAtOnce(server)).toBe(4)
    expect(outcomes(ordered)).toEqual(Array(10).fill('succeeded'))
    expect(ordered.links.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(ordered.job.cost.usd).toBe(10 * PRICE)
    expect(ordered.job.warnings).toEqual([])
  })

  it('asks for the largest shares', async ({ expect }) => {
    const { server, ordered } = await draw('four-each', { n: 10, seed: 7 })
    const shares = submits(server).map(({ body }) => body.json)
    expect(shares).toHaveLength(3)
    expect(shares).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ n: 4, seed: 7 }),
        expect.objectContaining({ n: 4, seed: 11 }),
        expect.objectContaining({ n: 2, seed: 15 }),
      ]),
    )
    const images = ordered.links.map((link) => link.sha256)
    expect(new Set(images).size).toBe(10)
    expect(images.toSorted()).toEqual(sent(server).toSorted())
  })

  it('makes one call where that is enough', async ({ expect }) => {
    const { server, ordered } = await draw('ten-each', { n: 10 })
    expect(server.ledger.calls.map(({ n }) => n)).toEqual([10])
    expect(ordered.links.map((link) => link.sha256)).toEqual(sent(server))
  })

  it('queues a job for each image', async ({ expect }) => {
    const { server, ordered } = await draw('queue', { n: 3, output_format: 'png' })
    expect(server.ledger.calls).toHaveLength(3)
    const handles = ordered.job.attempts.map((attempt) => attempt.upstream_job_id)
    expect(new Set(handles).size).toBe(3)
    expect(ordered.links.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('adds up the tokens of all calls', async ({ expect }) => {
    const body = { n: 3, size: '1024x1024', quality: 'low' }
    const { server, ordered } = await draw('tokens', body)
    const headers = { authorization: 'Bearer k', 'content-type': 'application/json' }
    const asked = { ...body, n: 1, model: 'gpt-image-2', prompt: 'a mill' }
    const request = { method: 'POST', headers, body: JSON.stringify(asked) }
    const direct = await fetch(`${server.url}/openai/v1/images/generations`, request)
    const { usage } = (await direct.json()) as {
      usage: { input_tokens: number; output_tokens: number }
    }
    expect(usage.output_tokens).toBeGreaterThan(0)
    const three = { input_tokens: 3 * usage.input_tokens, output_tokens: 3 * usage.output_tokens }
    expect(ordered.job.usage).toMatchObject(three)
    expect(ordered.json.usage).toMatchObject(three)
  })
})

describe.concurrent('fewer images than were asked for', () => {
  it.for([
    ['one-refused', { kind: 'moderation' }, 'refused'],
    ['one-lost', { kind: 'lost_answer' }, 'unknown'],
    ['one-flagged', { kind: 'job_failed', message: 'flagged by safety checker' }, 'refused'],
  ] as const)('are kept, charged and said (%s)', async ([id, fault, outcome], { expect }) => {
    const { ordered } = await drawWith(id, fault, 3)
    expect(ordered.status).toBe(200)
    expect(ordered.json.data).toHaveLength(2)
    expect(outcomes(ordered).toSorted()).toEqual([outcome, 'succeeded', 'succeeded'].toSorted())
    expect(ordered.job).toMatchObject({ status: 'succeeded', cost: { usd: 2 * PRICE } })
    expect(ordered.job.warnings).toMatchObject([
      { param: 'n', message: expect.stringContaining('2 of 3 images were made') },
    ])
    expect(statuses(ordered)).toEqual([200, 200, 410])
  })

  it('by one call are kept, charged and said', async ({ expect }) => {
    const { ordered } = await drawWith('too-few', { kind: 'wrong_count', count: 2 }, 3)
    expect(ordered.job).toMatchObject({ data: [{}, {}], cost: { usd: 2 * PRICE } })
    expect(ordered.job.warnings).toMatchObject([{ param: 'n' }])
  })

  it('because one of the links is dead', async ({ expect }) => {
    const { ordered } = await drawWith(
      'one-broken',
      { kind: 'status', status: 404, on: 'result', times: 4 },
      2,
    )
    expect(ordered.job).toMatchObject({ data: [{}], cost: { usd: PRICE } })
    expect(statuses(ordered)).toEqual([200, 410])
  })

  it('and never more', async ({ expect }) => {
    const { server, ordered } = await drawWith('too-many', { kind: 'wrong_count', count: 5 }, 3)
    expect(ordered.job.data.map((image) => image.sha256)).toEqual(sent(server).slice(0, 3))
    expect(ordered.job.cost.usd).toBe(3 * PRICE)
    const kept = (await stage.gateway.storedKeys()).filter((key) =>
      key.includes(ordered.job.id.replace('job_', '')),
    )
    expect(kept).toHaveLength(3)
  })
})
