import type { ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { Refusal, type Api, type Call, type Reply } from './call.ts'
import { locationOf, type Fault } from './faults.ts'

/** Pieces of a dripped body: small enough to split any token of it. */
const DRIPS = 40

const STATUS_WORDS: Record<number, string> = {
  400: 'Bad request.',
  401: 'Unauthorized.',
  402: 'Payment required.',
  403: 'Forbidden.',
  404: 'Not found.',
  408: 'Request timeout.',
  409: 'Conflict.',
  413: 'Payload too large.',
  422: 'Unprocessable entity.',
  429: 'Too many requests.',
  500: 'Internal server error.',
  502: 'Bad gateway.',
  503: 'Service unavailable.',
  504: 'Gateway timeout.',
}

/** What comes instead of an API's answer, without its work or after it. */
function replace(api: Api, call: Call, fault: Fault): Reply | null {
  const html = { 'content-type': 'text/html; charset=utf-8' }
  switch (fault.kind) {
    case 'status': {
      const status = fault.status ?? 500
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }
      const words = fault.message ?? STATUS_WORDS[status] ?? 'Error.'
      const code = fault.code === undefined ? {} : { code: fault.code }
      return api.refuse(new Refusal(status, words, { ...code, headers }), call)
    }
    case 'gone':
      return api.refuse(new Refusal(404, 'Not found.'), call)
    case 'moderation':
      return api.refuse(api.moderation, call)
    case 'no_credit':
      return api.refuse(api.noCredit, call)
    case 'html':
      return { status: 200, headers: html, body: [Buffer.from('<!doctype html><h1>Hello</h1>')] }
    case 'empty':
      return { status: 200, headers: {}, body: [] }
    case 'redirect':
      return { status: 307, headers: { location: locationOf(fault) }, body: [] }
    default:
      return null
  }
}

async function* failing(chunks: AsyncIterable<Buffer[]>): AsyncIterable<Buffer[]> {
  for await (const chunk of chunks) {
    yield chunk
    break
  }
  const error = { type: 'server_error', code: 'server_error', message: 'Stopped.', param: null }
  yield [Buffer.from(`event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`)]
}

/** An answer as the fault has it; the bytes on the way are `send`'s business. */
export function distort(api: Api, call: Call, reply: Reply | null): Reply {
  const { fault } = call
  const replaced = fault && replace(api, call, fault)
  if (replaced) return replaced
  if (!reply) return { status: 200, headers: {}, body: [] }
  if (fault?.kind === 'wrong_type') {
    const type = fault.contentType ?? 'text/plain'
    return { ...reply, headers: { ...reply.headers, 'content-type': type } }
  }
  if (Array.isArray(reply.body)) {
    if (fault?.kind !== 'broken_json') return reply
    const whole = Buffer.concat(reply.body)
    return { ...reply, body: [whole.subarray(0, whole.length >> 1)] }
  }
  return fault?.kind === 'stream_error' ? { ...reply, body: failing(reply.body) } : reply
}

/** Resolves when the bytes are out or the client is gone. */
function write(res: ServerResponse, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (res.destroyed) return resolve()
    res.write(chunk, () => resolve())
  })
}

async function collect(body: Reply['body']): Promise<Buffer> {
  if (Array.isArray(body)) return Buffer.concat(body)
  const chunks: Buffer[] = []
  for await (const pieces of body) chunks.push(...pieces)
  return Buffer.concat(chunks)
}

/** Half of the body, then the end of the connection. */
async function sendHalf(res: ServerResponse, reply: Reply): Promise<void> {
  const whole = await collect(reply.body)
  const length = Array.isArray(reply.body) ? { 'content-length': whole.length } : {}
  res.writeHead(reply.status, { ...reply.headers, ...length })
  await write(res, whole.subarray(0, whole.length >> 1))
  // Given time to arrive: a reset may overtake what was sent.
  await setTimeout(20)
  res.destroy()
}

async function sendDrip(res: ServerResponse, reply: Reply, ms: number): Promise<void> {
  const whole = await collect(reply.body)
  res.writeHead(reply.status, { ...reply.headers, 'content-length': whole.length })
  const piece = Math.ceil(whole.length / DRIPS)
  for (let at = 0; at < whole.length && !res.destroyed; at += piece) {
    await write(res, whole.subarray(at, at + piece))
    await setTimeout(ms)
  }
  res.end()
}

async function sendWhole(res: ServerResponse, { status, headers, body }: Reply): Promise<void> {
  if (Array.isArray(body)) {
    const length = body.reduce((sum, piece) => sum + piece.length, 0)
    res.writeHead(status, { ...headers, 'content-length': length })
    for (const piece of body) await write(res, piece)
  } else {
    res.writeHead(status, headers)
    res.flushHeaders()
    for await (const pieces of body) {
      // A client that left stops the work of a stream.
      if (res.destroyed) return
      for (const piece of pieces) await write(res, piece)
    }
  }
  res.end()
}

export async function send(res: ServerResponse, reply: Reply, fault: Fault | null): Promise<void> {
  switch (fault?.kind) {
    case 'reset_before_headers':
    case 'lost_answer':
      res.socket?.resetAndDestroy()
      return
    case 'hang':
      return
    case 'reset_after_headers':
      res.writeHead(reply.status, { ...reply.headers, 'content-length': 100_000 })
      res.flushHeaders()
      await setTimeout(20)
      res.socket?.resetAndDestroy()
      return
    case 'short_body':
      return sendHalf(res, reply)
    case 'drip':
      return sendDrip(res, reply, fault.ms ?? 20)
    case 'slow_headers':
      await setTimeout(fault.ms ?? 1000)
      return sendWhole(res, reply)
    default:
      return sendWhole(res, reply)
  }
}
