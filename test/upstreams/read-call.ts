import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Call, World } from './call.ts'
import type { Form, Json, Upload } from './shapes.ts'

async function readBytes(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** @throws TypeError when the body is no such form. */
async function readForm(type: string, raw: Buffer): Promise<Form> {
  const headers = { 'content-type': type }
  const data = await new Response(new Uint8Array(raw), { headers }).formData()
  const form: Form = { fields: [], files: [] }
  const uploads: Promise<Upload>[] = []
  for (const [name, value] of data) {
    if (typeof value === 'string') {
      form.fields.push({ name, value })
      continue
    }
    uploads.push(
      value.arrayBuffer().then((bytes) => ({
        name,
        filename: value.name,
        type: value.type,
        bytes: Buffer.from(bytes),
      })),
    )
  }
  form.files = await Promise.all(uploads)
  return form
}

/** Null when the text is no JSON object. */
function readJson(raw: Buffer): Json | null {
  try {
    const value: unknown = JSON.parse(raw.toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Json)
      : null
  } catch {
    return null
  }
}

export interface ReadCall {
  call: Call
  raw: Buffer
  type: string
  /** The body claims a form that it is not, or is neither a form nor JSON. */
  unreadable: boolean
}

/** Reads the whole request, whatever will become of it. */
export async function readCall(req: IncomingMessage, world: World): Promise<ReadCall> {
  const url = new URL(req.url ?? '/', `http://${req.headers.host ?? 'localhost'}`)
  const raw = await readBytes(req)
  const type = req.headers['content-type'] ?? ''
  const isForm = type.startsWith('multipart/form-data')
  const form = isForm ? await readForm(type, raw).catch(() => null) : null
  const body = isForm ? {} : readJson(raw)
  const call: Call = {
    api: '',
    method: req.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: req.headers,
    params: [],
    json: body ?? {},
    form,
    key: /^bearer (.+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? null,
    requestId: `req_${randomUUID().replaceAll('-', '')}`,
    origin: url.origin,
    fault: null,
    world,
  }
  const unreadable = isForm ? form === null : raw.length > 0 && body === null
  return { call, raw, type, unreadable }
}
