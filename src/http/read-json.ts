import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import type { BodyReader } from '../images/read.ts'
import type { App } from './context.ts'
import { badJson, inspectJson } from './inspect-json.ts'
import { openBody } from './read-body.ts'

/** Longest time that a text body may take, ms. */
const BODY_TIMEOUT_MS = 30_000

/** The JSON body of a request, within the cap of its route. Type and length are judged before the first byte. */
export async function readJson(c: Context<App>): Promise<unknown> {
  const type = c.req.header('content-type') ?? ''
  if (!isJson(type)) throw wrongType('application/json', type)
  const body = openBody(c.req.raw, c.var.route.body?.json ?? 0, BODY_TIMEOUT_MS)
  return parseJson(await readText(body))
}

export const isJson = (contentType: string): boolean =>
  /^application\/json\s*(;|$)/i.test(contentType)

/** 415 */
export const wrongType = (accepted: string, received: string): GatewayError =>
  new GatewayError(
    errors.mediaType(`Expected 'Content-Type: ${accepted}', received '${received.slice(0, 100)}'.`),
  )

async function readText(body: BodyReader): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let text = ''
  try {
    for (let piece = await body.next(); piece; piece = await body.next())
      text += decode(decoder, piece)
    return text + decode(decoder)
  } finally {
    void body.cancel()
  }
}

function decode(decoder: TextDecoder, bytes?: Uint8Array): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
  } catch {
    throw badJson('The request body is not UTF-8.')
  }
}

function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw badJson('The request body is not valid JSON.')
  }
  return inspectJson(value)
}
