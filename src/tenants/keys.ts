import type { KeyId } from '../core/ids.ts'
import { SCOPES, type Actor, type Scope } from '../core/tenant.ts'
import type { FreshKey } from './key.ts'
import type { KeyRecord, NewKey, TenantRecord } from './records.ts'

/** The last use of a key is written at most this often, ms. */
const USE_STAMP_MS = 3600_000

/** What a key may do when its maker names nothing: draw and read, but neither make keys nor set webhooks. */
const DEFAULT_SCOPES: readonly Scope[] = SCOPES.filter((scope) => !scope.endsWith(':admin'))

type Settings = Pick<KeyRecord, 'name' | 'scopes' | 'models'>

type Row = {
  id: string
  digest: ArrayBuffer
  livemode: number
  settings: string
  last4: string
  created_at: number
  expires_at: number | null
  revoked_at: number | null
  last_used_at: number | null
}

export function insertKey(sql: SqlStorage, key: FreshKey, made: NewKey, now: number): void {
  const { name, livemode, scopes = [...DEFAULT_SCOPES], models = null, expiresAt = null } = made
  const settings: Settings = { name, scopes, models }
  sql.exec(
    `INSERT INTO key (id, digest, livemode, settings, last4, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    key.id,
    key.secretDigest,
    Number(livemode),
    JSON.stringify({ v: 1, settings }),
    key.last4,
    now,
    expiresAt,
  )
}

const rowOf = (sql: SqlStorage, id: KeyId): Row | undefined =>
  sql.exec<Row>('SELECT * FROM key WHERE id = ?', id).toArray()[0]

function toRecord(row: Row): KeyRecord {
  const { settings } = JSON.parse(row.settings) as { settings: Settings }
  return {
    id: row.id,
    ...settings,
    livemode: row.livemode === 1,
    last4: row.last4,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  }
}

export function readKey(sql: SqlStorage, id: KeyId): KeyRecord | null {
  const row = rowOf(sql, id)
  return row ? toRecord(row) : null
}

export const listKeys = (sql: SqlStorage): KeyRecord[] =>
  sql.exec<Row>('SELECT * FROM key ORDER BY rowid DESC').toArray().map(toRecord)

/** The first revocation counts. */
export function revokeKey(sql: SqlStorage, id: KeyId, now: number): void {
  sql.exec('UPDATE key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', now, id)
}

const isValid = ({ status }: TenantRecord, row: Row, now: number): boolean =>
  status === 'active' &&
  row.revoked_at === null &&
  (row.expires_at === null || row.expires_at > now)

export function isKeyValid(sql: SqlStorage, tenant: TenantRecord, id: KeyId, now: number): boolean {
  const row = rowOf(sql, id)
  return row !== undefined && isValid(tenant, row, now)
}

/** Null for an unknown, revoked or expired key, a wrong secret and a suspended tenant alike. */
export function authenticate(
  sql: SqlStorage,
  tenant: TenantRecord,
  id: KeyId,
  digest: Uint8Array,
  now: number,
): Actor | null {
  const row = rowOf(sql, id)
  if (!row || !isSame(digest, row.digest) || !isValid(tenant, row, now)) return null
  if (row.last_used_at === null || now - row.last_used_at >= USE_STAMP_MS)
    sql.exec('UPDATE key SET last_used_at = ? WHERE id = ?', now, id)
  return toActor(tenant, toRecord(row))
}

/** `timingSafeEqual` throws on unequal lengths; a digest's length is no secret. */
const isSame = (digest: Uint8Array, stored: ArrayBuffer): boolean =>
  digest.byteLength === stored.byteLength && crypto.subtle.timingSafeEqual(digest, stored)

const toActor = (tenant: TenantRecord, key: KeyRecord): Actor => ({
  tenant: tenant.id,
  keyId: key.id,
  livemode: key.livemode,
  scopes: key.scopes,
  models: inBoth(tenant.models, key.models),
  metered: tenant.balance !== null,
  multiplier: tenant.multiplier,
  responseFormat: tenant.responseFormat,
  retentionSeconds: tenant.retentionSeconds,
})

/** Null allows all. */
function inBoth(tenant: string[] | null, key: string[] | null): string[] | null {
  if (!tenant || !key) return tenant ?? key
  return key.filter((model) => tenant.includes(model))
}
