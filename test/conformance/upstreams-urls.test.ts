import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { encodePng } from '../upstreams/png.ts'
import { sha256 } from './client.ts'
import { order, submits } from './upstream-order.ts'
import { startStage, type Stage } from './upstream-stage.ts'

const picture = encodePng({
  width: 8,
  height: 8,
  text: 'a mill',
  transparent: false,
  noisy: false,
  bytes: 0,
})
const seen: { url: string; headers: IncomingHttpHeaders }[] = []
const store = createServer(({ url = '', headers }, res) => {
  seen.push({ url, headers })
  res.writeHead(200, { 'content-type': 'image/png', 'content-length': picture.length }).end(picture)
})

const addressOf = (path: string): string =>
  `http://127.0.0.1:${(store.address() as AddressInfo).port}${path}`
const seenAt = (path: string): IncomingHttpHeaders[] =>
  seen.filter(({ url }) => url === path).map(({ headers }) => headers)

let stage: Stage
beforeAll(async () => {
  store.listen(0, '127.0.0.1')
  await once(store, 'listening')
  // The store of this test has no public address.
  const vars = { ALLOW_PRIVATE_URLS: 'true' }
  stage = await startStage(
    ['lab', 'edits'].map((id) => ({ id, kind: 'oxen' as const })),
    {},
    vars,
  )
})
afterAll(async () => {
  await stage.stop()
  store.close()
})

describe('a link to an image', () => {
  it('may lead from the upstream to a store elsewhere, which is told no credential', async ({
    expect,
  }) => {
    const server = stage.servers.get('lab')!
    const location = addressOf('/result.png')
    server.faults.add({ kind: 'redirect', on: 'result', location, times: 2 })
    const ordered = await order(stage, server.model, {})
    expect(ordered.links).toMatchObject([{ status: 200, sha256: sha256(picture) }])
    expect(submits(server)).toHaveLength(1)
    expect(seenAt('/result.png').map(({ authorization }) => authorization)).toEqual([undefined])
  })
})

describe('an input image at a URL', () => {
  it('is downloaded once, however many calls of the job need it', async ({ expect }) => {
    const server = stage.servers.get('edits')!
    const ordered = await order(stage, server.model, { n: 3, image_url: addressOf('/input.png') })
    expect(ordered.links.map(({ status }) => status)).toEqual([200, 200, 200])
    const inputs = server.ledger.calls.map((call) => call.inputs.map((input) => input.sha256))
    expect(inputs).toEqual(Array.from({ length: 3 }, () => [sha256(picture)]))
    expect(seenAt('/input.png')).toHaveLength(1)
  })
})
