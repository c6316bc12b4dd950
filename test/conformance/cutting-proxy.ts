import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { PassThrough } from 'node:stream'
import { faultOf } from '../support/answer-shapes.ts'
import { faults } from '../support/watched-fetch.ts'

export interface CuttingProxy {
  url: string
  /** Answers that were cut so far. */
  cut(): number
  stop(): Promise<void>
}

/**
 * A network between client and gateway that loses answers: the gateway gets every request whole, but
 * the answers to the first `cuts` tries of each end in a closed connection, without a byte of them
 * having reached the client. Which try it is comes from the stock client's own header. Each answer is
 * held against the shapes, whoever asked for it.
 */
export async function startCuttingProxy(gateway: string, cuts = 0): Promise<CuttingProxy> {
  let lost = 0
  const looks: Promise<void>[] = []
  const server = createServer((incoming, outgoing) => {
    const isCut = Number(incoming.headers['x-stainless-retry-count']) < cuts
    const forwarded = request(gateway + incoming.url, {
      method: incoming.method,
      // Plain, so that it can be read here.
      headers: { ...incoming.headers, connection: 'close', 'accept-encoding': 'identity' },
    })
    forwarded.once('response', (answer) => {
      looks.push(look(incoming, answer))
      if (!isCut) return pass(answer, outgoing)
      lost++
      outgoing.destroy()
    })
    incoming.pipe(forwarded)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => lost,
    async stop() {
      await Promise.all(looks)
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

/** Reads the answer to its end, beside whoever else does. */
async function look({ method, url }: IncomingMessage, answer: IncomingMessage): Promise<void> {
  const { statusCode: status = 0, headers } = answer
  const type = headers['content-type'] ?? ''
  if (!type.startsWith('application/json') || method === 'HEAD') return void answer.resume()
  const seen = new Response(await buffer(answer.pipe(new PassThrough())), {
    status,
    headers: { 'content-type': type },
  })
  const fault = await faultOf(method!, `http://gateway${url}`, seen)
  if (fault !== null) faults.push(fault)
}
