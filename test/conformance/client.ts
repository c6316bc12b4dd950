import { createHash } from 'node:crypto'
import { ADMIN_KEY } from '../support/worker.ts'

/** A tenant and a key of it. */
export interface Account {
  tenant: string
  key: string
}

/** A job as `/v1/jobs/{id}` and a 202 show it: what the tests read of it. */
export interface NativeJob {
  id: string
  object: string
  status: string
  data: { url: string; sha256: string; bytes: number; width: number; height: number }[]
  error: { code: string } | null
  attempts: { outcome: string }[]
  cost: { usd: number | null }
  usage: { input_tokens: number; output_tokens: number } | null
  reused: boolean
  urls: { get: string; cancel: string; watch: string; images: string[] }
}

export interface LedgerLine {
  kind: string
  amount_usd: number
  job: string | null
}

interface Page<Item> {
  data: Item[]
  has_more: boolean
  last_id: string | number | null
}

interface Options {
  key?: string
  method?: string
  body?: unknown
  headers?: Record<string, string>
}

export interface Answer<Body> {
  status: number
  headers: Headers
  json: Body
}

/** One request without a client library; a body goes out as JSON. */
export async function ask<Body>(
  url: string,
  { key, method, body, headers }: Options = {},
): Promise<Answer<Body>> {
  const answer = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, headers: answer.headers, json: (await answer.json()) as Body }
}

/** A request whose answer must be 200. */
async function mustAsk<Body>(url: string, options: Options): Promise<Body> {
  const { status, json } = await ask<Body>(url, options)
  if (status !== 200) throw new Error(`${url}: ${status} ${JSON.stringify(json)}`)
  return json
}

/** Made as an operator makes them. `balance` in USD; null = no limit. `scopes` beyond the usual ones. */
export async function openAccount(
  gateway: string,
  balance: number | null = null,
  scopes?: string[],
): Promise<Account> {
  const tenants = `${gateway}/admin/tenants`
  const tenant = { name: 'test', balance_usd: balance }
  const { id } = await mustAsk<{ id: string }>(tenants, { key: ADMIN_KEY, body: tenant })
  return { tenant: id, key: await addKey(gateway, id, scopes && { scopes }) }
}

/** The text of a new key of a tenant. */
export async function addKey(gateway: string, tenant: string, settings?: object): Promise<string> {
  const { key } = await mustAsk<{ key: string }>(`${gateway}/admin/tenants/${tenant}/keys`, {
    key: ADMIN_KEY,
    body: { name: 'test', ...settings },
  })
  return key
}

/** All entries of a list, newest first. */
async function all<Item>(url: string, key: string): Promise<Item[]> {
  const items: Item[] = []
  let after = ''
  for (;;) {
    const page = await mustAsk<Page<Item>>(`${url}?limit=100${after}`, { key })
    items.push(...page.data)
    if (!page.has_more) return items
    after = `&after=${page.last_id}`
  }
}

export const listJobs = (gateway: string, key: string): Promise<NativeJob[]> =>
  all<NativeJob>(`${gateway}/v1/jobs`, key)

/** Lines of the ledger that took money. */
export async function listCharges(gateway: string, tenant: string): Promise<LedgerLine[]> {
  const url = `${gateway}/admin/tenants/${tenant}/ledger`
  const lines = await all<LedgerLine>(url, ADMIN_KEY)
  return lines.filter(({ kind }) => kind === 'charge')
}

export const readBalance = (
  gateway: string,
  key: string,
): Promise<{ balance_usd: number | null; reserved_usd: number }> =>
  mustAsk(`${gateway}/v1/balance`, { key })

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

/** What a link gives to somebody without a key. */
export async function download(url: string) {
  const answer = await fetch(url)
  const bytes = Buffer.from(await answer.arrayBuffer())
  const type = answer.headers.get('content-type')
  return { status: answer.status, type, bytes, sha256: sha256(bytes) }
}
