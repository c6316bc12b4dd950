import { afterAll, beforeAll, describe, it } from 'vitest'
import { KINDS, type KindName } from './upstream-kinds.ts'
import { order, sent, submits, told } from './upstream-order.ts'
import { PRICE, startStage, type Stage } from './upstream-stage.ts'

const NAMES = Object.keys(KINDS) as KindName[]

let stage: Stage
beforeAll(async () => {
  stage = await startStage(NAMES.map((kind) => ({ id: `my-${kind}`, kind })))
})
afterAll(() => stage.stop())

/** The gateway's own, those of HTTP, and one that the platform puts on every call of a Worker. */
const HEADERS = [
  'accept',
  'cf-worker',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'host',
  'user-agent',
]

describe.concurrent('one image from', () => {
  it.for(NAMES)('%s', async (kind, { expect }) => {
    const server = stage.servers.get(`my-${kind}`)!
    const ordered = await order(stage, server.model, { prompt: `a mill at ${kind}` })
    expect(ordered.status).toBe(200)
    const images = sent(server)
    expect(images).toHaveLength(1)
    expect(ordered.links).toMatchObject([{ status: 200, sha256: images[0] }])
    expect(ordered.job.cost.usd).toBe(PRICE)
    expect(server.ledger.calls).toMatchObject([{ n: 1, prompt: `a mill at ${kind}` }])
    expect(submits(server)).toHaveLength(1)
    for (const { headers, authorization } of server.ledger.requests) {
      expect(HEADERS).toEqual(expect.arrayContaining(Object.keys(headers)))
      expect(authorization).toEqual({ scheme: 'Bearer', sha256: server.credential })
    }
    for (const secret of stage.secrets) expect(told(ordered)).not.toContain(secret)
  })
})
