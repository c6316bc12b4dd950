import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { encodePng } from './png.ts'

/** An upstream that answers when the test lets it. */
export interface HeldUpstream {
  /** Base URL of OpenAI's Images form; no credential is asked for. */
  url: string
  /** Calls so far. */
  calls(): number
  /** Resolves when a call waits. */
  untilCalled(): Promise<void>
  /** Answers all calls that wait. */
  release(): void
  stop(): Promise<void>
}

const PICTURE = encodePng({
  width: 64,
  height: 64,
  text: 'held',
  transparent: false,
  noisy: false,
  bytes: 0,
})
const ANSWER = JSON.stringify({ created: 1, data: [{ b64_json: PICTURE.toString('base64') }] })

export async function startHeldUpstream(): Promise<HeldUpstream> {
  const waiting: ServerResponse[] = []
  let calls = 0
  const server = createServer((req, res) => {
    req.resume()
    waiting.push(res)
    calls += 1
    server.emit('call')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    async untilCalled() {
      if (waiting.length === 0) await once(server, 'call')
    },
    release() {
      for (const res of waiting.splice(0))
        res.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER)
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      if (server.listening) await once(server, 'close')
    },
  }
}

/** The `UPSTREAMS` variable that makes it the model `held/image`. */
export const heldUpstreams = ({ url }: HeldUpstream): string =>
  JSON.stringify([
    {
      id: 'held',
      base_url: url,
      dialect: 'localai',
      models: [{ name: 'image', price: [{ unit: 'image', usd: 0.01 }] }],
    },
  ])
