import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Fault } from '../upstreams/faults.ts'
import { order, sent, submits, type Ordered } from './upstream-order.ts'
import { PRICE, startStage, type Server, type Stage } from './upstream-stage.ts'

const poll = { kind: 'status', on: 'poll' } as const

/** What its upstream answers in the place of what it should, one call after the other. */
const FAULTS: Record<string, Fault[]> = {
  pace: [],
  twice: [{ kind: 'gone', times: 2 }],
  lost: [{ kind: 'gone', times: 99 }],
  401: [{ ...poll, status: 401 }],
  403: [{ ...poll, status: 403 }],
  429: [{ ...poll, status: 429, retryAfter: '2' }],
  503: [{ ...poll, status: 503, times: 2 }],
  expired: [{ kind: 'expired_url' }],
  'always-expired': [{ kind: 'expired_url', times: 99 }],
}
const NAMES = Object.keys(FAULTS)

let stage: Stage
beforeAll(async () => {
  stage = await startStage(NAMES.map((id) => ({ id, kind: 'oxen' as const })))
})
afterAll(() => stage.stop())

interface Told {
  ordered: Ordered
  server: Server
  /** When the upstream was asked: for the work, then for how it stands. ms. */
  times: number[]
}

async function draw(name: string, prompt = 'a mill', body: object = {}): Promise<Told> {
  const server = stage.servers.get(name)!
  server.faults.add(...FAULTS[name]!)
  const ordered = await order(stage, server.model, { prompt, ...body })
  const asked = server.ledger.requests.filter(({ path }) => path.includes('/ai/queue'))
  return { ordered, server, times: asked.map(({ at }) => at) }
}

const pauses = (times: number[]): number[] => times.slice(1).map((at, i) => at - times[i]!)

/** Asked for once, drawn once, charged once, and there to be fetched. */
const drawn = ({ ordered, server }: Told) => ({
  status: ordered.status,
  submits: submits(server).length,
  cost: ordered.job.cost.usd,
  images: ordered.links.map(({ sha256 }) => sha256),
})
const wanted = ({ server }: Told) => ({
  status: 200,
  submits: 1,
  cost: PRICE,
  images: sent(server),
})

describe.concurrent('a handle', () => {
  describe('of work that an upstream holds', () => {
    it('is polled at a pace that slows down', async ({ expect }) => {
      const told = await draw('pace', 'a mill [[latency=5000]]')
      expect(drawn(told)).toEqual(wanted(told))
      const [first, second, third, fourth] = pauses(told.times)
      // What a busy machine adds has no upper bound.
      expect(first).toBeGreaterThanOrEqual(699)
      expect(second).toBeGreaterThanOrEqual(999)
      expect(third).toBeGreaterThanOrEqual(1499)
      expect(fourth).toBeGreaterThanOrEqual(2099)
      expect(told.times.length).toBeLessThanOrEqual(6)
    })

    it('survives two answers that know nothing of it', async ({ expect }) => {
      const told = await draw('twice')
      expect(drawn(told)).toEqual(wanted(told))
      expect(told.times).toHaveLength(4)
    })

    it('is lost after three', async ({ expect }) => {
      const { ordered, times } = await draw('lost')
      expect(ordered).toMatchObject({
        status: 502,
        json: { error: { code: 'upstream_outcome_unknown' } },
        job: { attempts: [{ outcome: 'unknown' }], cost: { usd: 0 } },
      })
      expect(times).toHaveLength(4)
    })

    it.for(['401', '403'])('is given up after one %s', async (name, { expect }) => {
      const { ordered, times } = await draw(name, 'a mill', { gateway: { on_unknown: 'resubmit' } })
      expect(ordered).toMatchObject({
        status: 502,
        json: { error: { code: 'upstream_outcome_unknown' } },
        job: { attempts: [{ outcome: 'unknown' }] },
      })
      expect(times).toHaveLength(2)
    })

    it('is polled when the upstream wishes it', async ({ expect }) => {
      const told = await draw('429')
      expect(drawn(told)).toEqual(wanted(told))
      expect(pauses(told.times)[1]).toBeGreaterThanOrEqual(1999)
    })

    it('outlives an upstream that fails for a while', async ({ expect }) => {
      const told = await draw('503')
      expect(drawn(told)).toEqual(wanted(told))
      expect(told.times).toHaveLength(4)
    })
  })

  describe('of a finished image whose link has expired', () => {
    it('gives a fresh one, and nothing is drawn again', async ({ expect }) => {
      const told = await draw('expired')
      expect(drawn(told)).toEqual(wanted(told))
      expect(told.times).toHaveLength(3)
      const files = told.server.ledger.requests.filter(({ path }) => path.includes('/repos/'))
      expect(files.map(({ status }) => status)).toEqual([403, 403, 403, 403, 200])
    })

    it('each time it is read has failed, costs nothing and is not drawn again', async ({
      expect,
    }) => {
      const body = { gateway: { on_unknown: 'resubmit' } }
      const { ordered, server, times } = await draw('always-expired', 'a mill', body)
      expect(ordered).toMatchObject({
        status: 502,
        json: { error: { code: 'upstream_failed' } },
        job: { attempts: [{ outcome: 'failed' }], cost: { usd: 0 } },
      })
      expect(submits(server)).toHaveLength(1)
      expect(times).toHaveLength(4)
    })
  })
})
