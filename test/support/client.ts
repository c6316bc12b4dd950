import { exports } from 'cloudflare:workers'

const BASE = 'https://darkroom.test'
/** As test/support/worker.ts binds it. */
const ADMIN_KEY = 'admin-key-for-tests-0123456789abcdef'

export interface Answer {
  status: number
  headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what came, whatever it is
  json: any
}

/** One request to the gateway under test. A body that is no string goes out as JSON. */
export async function call(
  path: string,
  { key, method, body, headers }: CallOptions = {},
): Promise<Response> {
  const sent = new Headers(headers)
  if (key !== undefined) sent.set('authorization', `Bearer ${key}`)
  if (body !== undefined && !sent.has('content-type')) sent.set('content-type', 'application/json')
  const raw =
    typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream
  return exports.default.fetch(new URL(path, BASE).href, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: sent,
    ...(body !== undefined && { body: raw ? body : JSON.stringify(body) }),
  })
}

interface CallOptions {
  key?: string
  method?: string
  body?: unknown
  headers?: Record<string, string>
}

/** As `call`, and reads the JSON. */
export async function ask(path: string, options: CallOptions = {}): Promise<Answer> {
  const answer = await call(path, options)
  return { status: answer.status, headers: answer.headers, json: await answer.json() }
}

export const generate = (
  key: string,
  body: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<Answer> => ask('/v1/images/generations', { key, body, headers })

export const admin = (path: string, body?: unknown, method?: string): Promise<Answer> =>
  ask(`/admin${path}`, {
    key: ADMIN_KEY,
    ...(body !== undefined && { body }),
    ...(method && { method }),
  })

export interface Account {
  tenant: string
  key: string
}

/** A tenant and a key of it, made as an operator makes them. */
export async function account(
  tenant: Record<string, unknown> = {},
  key: Record<string, unknown> = {},
): Promise<Account> {
  const made = await admin('/tenants', { name: 'test', ...tenant })
  const created = await admin(`/tenants/${made.json.id}/keys`, { name: 'test', ...key })
  return { tenant: made.json.id, key: created.json.key }
}
