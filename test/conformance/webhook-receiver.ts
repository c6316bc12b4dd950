import { createServer } from 'node:http'

/** One event as it arrived. */
export interface Received {
  path: string
  /** `webhook-id`. */
  id: string
  /** Header names are in lower case. */
  headers: Record<string, string>
  body: string
  /** What it was answered. */
  status: number
}

export interface Receiver {
  /** Origin, without a slash at its end. */
  url: string
  received: Received[]
  /** Those of one path, oldest first. */
  at(path: string): Received[]
  stop(): Promise<void>
}

/**
 * A tenant's server on 127.0.0.1, told by `answer` which status it gives to an event that came so often
 * before.
 */
export async function startReceiver(
  answer: (event: { path: string; id: string; before: number }) => number = () => 204,
): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const headers = request.headers as Record<string, string>
      const [path, id] = [request.url!, headers['webhook-id'] ?? '']
      const before = received.filter((it) => it.id === id && it.path === path).length
      const status = answer({ path, id, before })
      received.push({ path, id, headers, body: Buffer.concat(pieces).toString(), status })
      response.writeHead(status).end()
    })
  })
  // One that is closed just when it is used again would fail unasked.
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    at: (path) => received.filter((it) => it.path === path),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
