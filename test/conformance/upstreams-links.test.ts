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
const seen: IncomingHttpHeaders[] = []
const store = createServer(({ headers }, res) => {
  seen.push(headers)
  res.writeHead(200, { 'content-type': 'image/png', 'content-length': picture.length }).end(picture)
})

let stage: Stage
beforeAll(async () => {
  store.listen(0, '127.0.0.1')
  await once(store, 'listening')
  // The store of this test has no public address.
  stage = await startStage([{ id: 'lab', kind: 'oxen' }], {}, { ALLOW_PRIVATE_URLS: 'true' })
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
    const location = `http://127.0.0.1:${(store.address() as AddressInfo).port}/a.png`
    server.faults.add({ kind: 'redirect', on: 'result', location, times: 2 })
    const ordered = await order(stage, server.model, {})
    expect(ordered.links).toMatchObject([{ status: 200, sha256: sha256(picture) }])
    expect(submits(server)).toHaveLength(1)
    expect(seen.map(({ authorization }) => authorization)).toEqual([undefined])
  })
})
