import { Agent, request, type IncomingMessage } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Longest silence of a connection, ms. */
const SILENCE_MS = 40_000

/** One request of the load: a POST when it has a body. */
export interface Shot {
  url: string
  body?: string | Buffer
  headers?: Record<string, string>
}

export interface Hit {
  ms: number
  status: number
  /** Empty when it was not to be kept. */
  body: Buffer
}

function open({ url, body, headers }: Shot): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const type = { 'content-type': 'application/json' }
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  const method = body === undefined ? 'GET' : 'POST'
  const sent = request(url, { agent, method, headers: { ...type, ...length, ...headers } }, resolve)
  sent.setTimeout(SILENCE_MS, () => sent.destroy(new Error(`${url}: silent for ${SILENCE_MS} ms`)))
  sent.on('error', reject)
  sent.end(body)
  return promise
}

/** Sends one request and reads its answer to the end. */
export async function shoot(shot: Shot, keep = true): Promise<Hit> {
  const began = performance.now()
  const answer = await open(shot)
  const pieces: Buffer[] = []
  const status = answer.statusCode ?? 0
  const keeps = keep || status !== 200
  for await (const piece of answer as AsyncIterable<Buffer>) if (keeps) pieces.push(piece)
  const ms = performance.now() - began
  return { ms, status, body: Buffer.concat(pieces) }
}

/** Sends `total` equal requests, `concurrency` at a time. @throws on the first that is not answered 200 */
export async function load(shot: Shot, total: number, concurrency: number): Promise<number[]> {
  const times: number[] = []
  let left = total
  const worker = async () => {
    while (left-- > 0) {
      const { ms, status, body } = await shoot(shot, false)
      if (status !== 200) throw new Error(`${shot.url}: ${status} ${body.toString()}`)
      times.push(ms)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return times
}

export const stopLoad = (): void => agent.destroy()
