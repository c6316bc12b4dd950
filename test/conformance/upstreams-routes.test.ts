import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Fault } from '../upstreams/faults.ts'
import { order, sent, submits } from './upstream-order.ts'
import { PRICE, startStage, type Stage } from './upstream-stage.ts'

/** Answers that say that nothing was done, so that another upstream may. */
const PASSED_ON: Record<string, Fault> = {
  rate: { kind: 'status', status: 429 },
  capacity: { kind: 'status', status: 503 },
  auth: { kind: 'status', status: 401 },
  credit: { kind: 'no_credit' },
  notfound: { kind: 'status', status: 404 },
}
/** Answers that no other upstream may or can make good. */
const KEPT: Record<string, [Fault, number, string]> = {
  unclear: [{ kind: 'status', status: 500 }, 502, 'upstream_outcome_unknown'],
  invalid: [{ kind: 'status', status: 400 }, 400, 'invalid_value'],
  refused: [{ kind: 'moderation' }, 400, 'moderation_blocked'],
}
const CASES = [...Object.keys(PASSED_ON), ...Object.keys(KEPT), 'alone']

const price = [{ unit: 'image', usd: PRICE }]
const routes = (name: string) => [
  { upstream: `${name}-first`, model: 'gpt-image-2', priority: 1 },
  { upstream: `${name}-second`, model: 'gpt-image-2', priority: 2 },
]

let stage: Stage
beforeAll(async () => {
  const servers = CASES.flatMap((name) => [
    { id: `${name}-first`, kind: 'openai' as const },
    { id: `${name}-second`, kind: 'openai' as const },
  ])
  const models = CASES.map((name) => [name, { routes: routes(name), price }])
  const paced = ['paced', 'paced-date'].map((id) => ({ id, kind: 'openai' as const }))
  stage = await startStage([...servers, ...paced], Object.fromEntries(models))
})
afterAll(() => stage.stop())

const serversOf = (name: string) => ({
  first: stage.servers.get(`${name}-first`)!,
  second: stage.servers.get(`${name}-second`)!,
})

describe.concurrent('a model with two routes', () => {
  it.for(Object.entries(PASSED_ON))(
    'is drawn by the second one after %s at the first',
    async ([name, fault], { expect }) => {
      const { first, second } = serversOf(name)
      first.faults.add(fault)
      const ordered = await order(stage, name, {})
      expect(ordered.status).toBe(200)
      expect(ordered.headers.get('x-darkroom-provider')).toBe(`${name}-second`)
      expect(ordered.job.attempts).toMatchObject([
        { upstream: `${name}-first`, outcome: 'failed' },
        { upstream: `${name}-second`, outcome: 'succeeded' },
      ])
      expect(ordered.job.cost.usd).toBe(PRICE)
      expect([first.ledger.calls.length, second.ledger.calls.length]).toEqual([0, 1])
      expect(ordered.links[0]!.sha256).toBe(sent(second)[0])
      const told = second.ledger.requests.map(({ authorization }) => authorization?.sha256)
      expect(told).toEqual([second.credential])
    },
  )

  it.for(Object.entries(KEPT))(
    'is not passed on when the first answer is %s',
    async ([name, [fault, status, code]], { expect }) => {
      const { first, second } = serversOf(name)
      first.faults.add(fault)
      const ordered = await order(stage, name, {})
      expect(ordered).toMatchObject({ status, json: { error: { code } } })
      expect([submits(first).length, submits(second).length]).toEqual([1, 0])
    },
  )

  it('stays at the first where fallback is false', async ({ expect }) => {
    const { first, second } = serversOf('alone')
    first.faults.add({ kind: 'status', status: 401 })
    const ordered = await order(stage, 'alone', { gateway: { fallback: false } })
    expect(ordered).toMatchObject({ status: 502, json: { error: { code: 'upstream_failed' } } })
    expect(submits(second)).toEqual([])
  })
})

describe.concurrent('an upstream that asks for a pause', () => {
  it.for([
    ['paced', '2'],
    ['paced-date', null],
  ] as const)('gets it, then the request (%s)', async ([id, seconds], { expect }) => {
    const server = stage.servers.get(id)!
    const retryAfter = seconds ?? new Date(Date.now() + 3000).toUTCString()
    server.faults.add({ kind: 'status', status: 429, retryAfter })
    const ordered = await order(stage, server.model, {})
    expect(ordered.status).toBe(200)
    const [first, second, ...more] = submits(server).map(({ at }) => at)
    expect(more).toEqual([])
    // An HTTP date has whole seconds, on both sides of the difference.
    expect(second! - first!).toBeGreaterThanOrEqual(seconds === null ? 1000 : 2000)
    expect(ordered.job.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded'])
  })
})
