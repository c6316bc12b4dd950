import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import type { App } from './context.ts'

/** Longest time that a text body may take, ms. */
const BODY_TIMEOUT_MS = 30_000
/** Limits of reliability.md: deeper or larger documents are not requests. */
const MAX_DEPTH = 16
const MAX_NODES = 2000
const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype']

const refuse = (message: string, code = 'invalid_json'): GatewayError =>
  new GatewayError(errors.invalid(null, message, code))

/** The JSON body of a request, within the cap of its route. Type and length are judged before the first byte. */
export async function readJson(c: Context<App>): Promise<unknown> {
  const cap = c.var.route.bodyBytes ?? 0
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    const message = `Expected 'Content-Type: application/json', received '${type.slice(0, 100)}'.`
    throw new GatewayError(errors.mediaType(message))
  }
  if (Number(c.req.header('content-length') ?? 0) > cap) throw tooLarge(cap)
  return parseJson(await readText(c.req.raw.body, cap))
}

const tooLarge = (cap: number): GatewayError =>
  new GatewayError(errors.tooLarge(`The request body is larger than ${cap} bytes.`))

async function readText(body: ReadableStream<Uint8Array> | null, cap: number): Promise<string> {
  if (!body) throw refuse('The request body is empty.')
  const reader = body.getReader()
  const late = setTimeout(() => void reader.cancel('too slow').catch(() => {}), BODY_TIMEOUT_MS)
  const started = Date.now()
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let text = ''
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (Date.now() - started >= BODY_TIMEOUT_MS) throw new GatewayError(errors.tooSlow())
      if (done) return text + decode(decoder)
      bytes += value.byteLength
      if (bytes > cap) throw tooLarge(cap)
      text += decode(decoder, value)
    }
  } finally {
    clearTimeout(late)
    void reader.cancel().catch(() => {})
  }
}

function decode(decoder: TextDecoder, bytes?: Uint8Array): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
  } catch {
    throw refuse('The request body is not UTF-8.')
  }
}

/** @throws GatewayError 400 for what is no JSON object, too deep, too large or out to change prototypes. */
function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refuse('The request body is not valid JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse('The request body must be a JSON object.', 'invalid_type')
  inspect(value)
  return value
}

/** Walks without recursion: the depth is the attacker's choice. */
function inspect(root: object): void {
  const pending: { value: object; depth: number }[] = [{ value: root, depth: 1 }]
  let nodes = 0
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (next.depth > MAX_DEPTH)
      throw refuse(`The request body is nested deeper than ${MAX_DEPTH} levels.`, 'json_too_deep')
    for (const [key, child] of Object.entries(next.value)) {
      nodes += 1
      if (nodes > MAX_NODES)
        throw refuse(`The request body holds more than ${MAX_NODES} values.`, 'json_too_large')
      if (FORBIDDEN_KEYS.includes(key))
        throw new GatewayError(errors.invalid(key, `The key '${key}' is not accepted.`))
      if (typeof child === 'object' && child !== null)
        pending.push({ value: child as object, depth: next.depth + 1 })
    }
  }
}
