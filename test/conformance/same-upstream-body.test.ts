import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { Enqueued } from '../support/oxen-schemas.ts'
import { PICTURE } from '../upstreams/png.ts'
import { ask, sha256 } from './client.ts'
import { CLIENT_APIS, oxenListBody, type ClientApi } from './dialects.ts'
import type { KindName } from './upstream-kinds.ts'
import { submits, type Job } from './upstream-order.ts'
import { startStage, type Stage } from './upstream-stage.ts'

type Api = Pick<ClientApi, 'name' | 'path' | 'body' | 'answer'>
/** Those that wait, and the one that never does. */
const APIS: readonly Api[] = [
  ...CLIENT_APIS,
  { name: 'queue', path: '/api/ai/queue', body: oxenListBody, answer: Enqueued },
]
const WISH = {
  prompt: 'a mill by the sea',
  seed: 7,
  steps: 4,
  guidance: 3,
  negative: 'boats',
  format: 'png',
}
/** Upstreams that draw sizes, and one that takes none. */
const ASKED: Partial<Record<KindName, string | null>> = {
  openai: '1536x1024',
  together: '768x512',
  max: '768x512',
  oxen: null,
}
const KINDS = Object.keys(ASKED) as KindName[]

let stage: Stage
let pictures: Server
let link: string
beforeAll(async () => {
  const servers = APIS.flatMap(({ name }) => [
    ...KINDS.map((kind) => ({ id: `${name}-${kind}`, kind })),
    { id: `${name}-link`, kind: 'max' as const },
  ])
  stage = await startStage(servers, {}, { ALLOW_PRIVATE_URLS: 'true' })
  pictures = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'image/png' }).end(PICTURE)
  }).listen(0, '127.0.0.1')
  await once(pictures, 'listening')
  link = `http://127.0.0.1:${(pictures.address() as AddressInfo).port}/mill.png`
})
afterAll(async () => {
  await stage.stop()
  pictures.close()
})

/** What the upstream was sent for the wish in the words of this API. */
async function sentFor({ name, path, body, answer }: Api, at: string, wish: object) {
  const { gateway, account, servers } = stage
  const server = servers.get(`${name}-${at}`)!
  const { status, headers, json } = await ask(gateway.url + path, {
    key: account.key,
    body: body({ model: server.model, ...WISH, ...wish }),
  })
  if (status !== 200 || answer.safeParse(json).error)
    throw new Error(`${name}: ${status} ${JSON.stringify(json)}`)
  const queued = Enqueued.safeParse(json).data?.generations[0]?.generation_id
  const id = queued ?? headers.get('x-darkroom-job')!
  const job = await ask<Job>(`${gateway.url}/v1/jobs/${id}?wait=30`, { key: account.key })
  if (job.json.status !== 'succeeded') throw new Error(`${name}: ${JSON.stringify(job.json)}`)
  const sent = submits(server)
  if (sent.length !== 1) throw new Error(`${name}: ${sent.length} calls`)
  return { server, path: sent[0]!.path, json: sent[0]!.body.json as object }
}

describe.concurrent('the same wish', () => {
  it.for(KINDS)(
    'reaches %s as the same body, whatever API it came by',
    async (kind, { expect }) => {
      const size = ASKED[kind]
      const wish = size ? { size } : {}
      const calls = await Promise.all(APIS.map((api) => sentFor(api, kind, wish)))
      const [first, ...others] = calls.map(({ path, json }) => ({ path, json }))
      expect(Object.values(first!.json)).toContain(WISH.prompt)
      for (const other of others) expect(other).toEqual(first)
      if (kind !== 'max') return
      const { prompt: _, ...rest } = WISH
      const options = JSON.stringify(first!.json)
      for (const value of Object.values(rest))
        expect(options).toContain(`:${JSON.stringify(value)}`)
    },
  )

  it('for an image behind a link brings that image, whatever API it came by', async ({
    expect,
  }) => {
    const calls = await Promise.all(APIS.map((api) => sentFor(api, 'link', { image: link })))
    for (const { json, server } of calls) {
      expect(json).toEqual(calls[0]!.json)
      expect(server.ledger.calls.map(({ inputs }) => inputs)).toEqual([
        [{ sha256: sha256(PICTURE), bytes: PICTURE.length }],
      ])
    }
  })
})
