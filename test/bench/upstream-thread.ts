/** The fake upstream, in a thread of its own: `startUpstream` in upstream.ts. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort } from 'node:worker_threads'
import { fileOf, fileOfHash, type BenchFile } from './files.ts'

interface Order {
  form: string
  /** Of each image. */
  bytes: number
  count: number
  /** Input images, as base64. */
  files: string[]
}

/** What the prompt asks for: `b64 15000000` or `url 15000000`. */
function readOrder(body: string): Order {
  const {
    prompt,
    n = 1,
    files = [],
  } = JSON.parse(body) as {
    prompt: string
    n?: number
    files?: string[]
  }
  const [form = '', bytes = ''] = prompt.split(' ')
  return { form, bytes: Number(bytes), count: n, files }
}

/** Inputs have to arrive as one of the files made here. */
const isKnown = (base64: string): boolean =>
  fileOfHash(createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex')) !== null

/** Precomputed pieces, so that an answer costs no more than its writing. */
function pieces(origin: string, { form, bytes, count }: Order): Buffer[] {
  const out: Buffer[] = [Buffer.from('{"created":1790000000,"data":[')]
  for (let i = 0; i < count; i++) {
    if (i > 0) out.push(Buffer.from(','))
    if (form === 'url') {
      out.push(Buffer.from(`{"url":"${origin}/file/${bytes}/${i}"}`))
      continue
    }
    out.push(Buffer.from('{"b64_json":"'), fileOf(bytes, i).base64, Buffer.from('"}'))
  }
  out.push(Buffer.from('],"usage":{"input_tokens":7,"output_tokens":4160,"total_tokens":4167}}'))
  return out
}

function send(res: ServerResponse, type: string, parts: Buffer[]): void {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  res.writeHead(200, { 'content-type': type, 'content-length': length })
  for (const part of parts) res.write(part)
  res.end()
}

const sendFile = (res: ServerResponse, file: BenchFile | null): void => {
  if (file) send(res, 'image/png', [file.bytes])
  else res.writeHead(404).end()
}

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const [, kind, first = '', second = ''] = req.url!.split('/')
  if (kind === 'file') return sendFile(res, fileOf(Number(first), Number(second)))
  if (kind === 'sha256') return sendFile(res, fileOfHash(first))
  const body: Buffer[] = []
  for await (const piece of req as AsyncIterable<Buffer>) body.push(piece)
  const order = readOrder(Buffer.concat(body).toString('latin1'))
  if (!order.files.every(isKnown)) return void res.writeHead(400).end('{}')
  send(res, 'application/json', pieces(`http://${req.headers.host}`, order))
}

const server = createServer((req, res) => void answer(req, res).catch(() => res.destroy()))
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
  parentPort!.postMessage(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
