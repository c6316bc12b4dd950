import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

interface LocalKey {
  key: string
  /** Made just now. */
  isNew: boolean
}

/**
 * The key kept in `file`, while the gateway takes it; else a new one of the
 * tenant `local`, made through the admin API and kept there.
 */
export async function localKey(url: string, adminKey: string, file: string): Promise<LocalKey> {
  const kept = readKey(file)
  const isNew = kept === null || !(await isTaken(url, kept))
  const key = isNew ? await makeKey(url, adminKey) : kept
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ url, key })}\n`, { mode: 0o600 })
  // `mode` counts for new files only.
  chmodSync(file, 0o600)
  return { key, isNew }
}

function readKey(file: string): string | null {
  if (!existsSync(file)) return null
  try {
    const { key } = JSON.parse(readFileSync(file, 'utf8')) as { key?: unknown }
    return typeof key === 'string' ? key : null
  } catch {
    return null
  }
}

/** False only for a key that the gateway refuses: its state was removed, or the key revoked. */
async function isTaken(url: string, key: string): Promise<boolean> {
  const answer = await fetch(`${url}/v1/balance`, { headers: { authorization: `Bearer ${key}` } })
  await answer.body?.cancel()
  return answer.status !== 401
}

async function makeKey(url: string, adminKey: string): Promise<string> {
  const tenants = `${url}/admin/tenants`
  const { id } = await post<{ id: string }>(tenants, adminKey)
  const { key } = await post<{ key: string }>(`${tenants}/${id}/keys`, adminKey)
  return key
}

/** Both the tenant and its key are called `local`. */
async function post<T>(url: string, adminKey: string): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'local' }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`POST ${url}: ${answer.status} ${text}`)
  return JSON.parse(text) as T
}
