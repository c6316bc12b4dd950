import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface CuttingProxy {
  url: string
  /** Answers that were cut so far. */
  cut(): number
  stop(): Promise<void>
}

/**
 * A network between client and gateway that loses answers: the gateway gets every request whole, but
 * the answers to the first `cuts` tries of each end in a closed connection, without a byte of them
 * having reached the client. Which try it is comes from the stock client's own header.
 */
export async function startCuttingProxy(gateway: string, cuts: number): Promise<CuttingProxy> {
  let lost = 0
  const server = createServer((incoming, outgoing) => {
    const isCut = Number(incoming.headers['x-stainless-retry-count']) < cuts
    const forwarded = request(gateway + incoming.url, {
      method: incoming.method,
      headers: { ...incoming.headers, connection: 'close' },
    })
    forwarded.once('response', (answer) => {
      if (!isCut) return pass(answer, outgoing)
      lost++
      outgoing.destroy()
      return void text(answer)
    })
    incoming.pipe(forwarded)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => lost,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function pass(answer: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(answer.statusCode!, answer.headers)
  answer.pipe(outgoing)
}
