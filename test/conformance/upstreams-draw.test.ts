import { afterAll, beforeAll, describe, it } from 'vitest'
import { KINDS, type KindName } from './upstream-kinds.ts'
import { order, sent, submits, told } from './upstream-order.ts'
import { PARAMETERS } from './upstream-parameters.ts'
import { PRICE, startStage, type Stage } from './upstream-stage.ts'

const NAMES = Object.keys(KINDS) as KindName[]

let stage: Stage
beforeAll(async () => {
  const servers = NAMES.flatMap((kind) => [
    { id: `my-${kind}`, kind },
    { id: `other-${kind}`, kind },
  ])
  stage = await startStage(servers)
})
afterAll(() => stage.stop())

/** The gateway's own, those of HTTP, and one that the platform puts on every call of a Worker. */
const HEADERS = [
  'accept',
  'cf-worker',
  'connection',
  'content-length',
  'content-type',
  'host',
  'user-agent',
]

/** What a client may send along; none of it is the upstream's business. */
const THEIRS = {
  'x-canary': 'canary-header',
  cookie: 'session=canary-cookie',
  'openai-organization': 'canary-organization',
  'x-client-request-id': 'canary-request',
  'x-forwarded-for': '203.0.113.9',
  referer: 'https://canary.example/page',
}

describe.concurrent('a request for one image', () => {
  it.for(NAMES)(
    'reaches %s as asked, and its bytes come back unchanged',
    async (kind, { expect }) => {
      const server = stage.servers.get(`my-${kind}`)!
      const { asked, gets } = PARAMETERS[kind]
      const ordered = await order(stage, server.model, { prompt: 'a mill by the sea', ...asked })
      expect(ordered.json).toMatchObject({ data: [{ url: expect.any(String) }] })
      expect(ordered.json).not.toHaveProperty('error')
      expect(submits(server).map(({ body }) => body.json)).toEqual([expect.objectContaining(gets)])

      expect(server.ledger.calls).toMatchObject([{ n: 1, cancelled: false }])
      expect(ordered.links).toEqual([
        expect.objectContaining({ status: 200, sha256: sent(server)[0] }),
      ])
      expect(ordered.job).toMatchObject({
        status: 'succeeded',
        attempts: [{ upstream: `my-${kind}`, outcome: 'succeeded' }],
        cost: { usd: PRICE },
        warnings: [],
      })
    },
  )

  it.for(NAMES)(
    'tells %s its own credential and nothing of the tenant',
    async (kind, { expect }) => {
      const server = stage.servers.get(`other-${kind}`)!
      const ordered = await order(stage, server.model, { prompt: 'a harbour' }, THEIRS)
      expect(ordered.status).toBe(200)
      const { requests } = server.ledger
      const names = new Set(requests.flatMap(({ headers }) => Object.keys(headers)))
      expect([...names].filter((name) => !HEADERS.includes(name))).toEqual([])
      const credentials = requests.map(({ authorization }) => authorization)
      expect(credentials).toEqual(
        requests.map(() => ({ scheme: 'Bearer', sha256: server.credential })),
      )
      const { tenant, key } = stage.account
      const seen = JSON.stringify(requests)
      expect(
        [tenant, key, ...stage.secrets, ...Object.values(THEIRS)].filter((word) =>
          seen.includes(word),
        ),
      ).toEqual([])
      const shown = told(ordered)
      expect(stage.secrets.filter((word) => shown.includes(word))).toEqual([])
    },
  )
})
