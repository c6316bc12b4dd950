import type { KeyId } from '../core/ids.ts'
import { SCOPES, type Actor, type Caller, type Scope } from '../core/tenant.ts'
import type { FreshKey } from './key.ts'
import { NO_LIMITS, type KeyBounds, type KeyChange, type KeyRecord } from './records.ts'
import type { NewKey, TenantRecord } from './records.ts'
import { settingsText } from './settings.ts'

/** The last use of a key is written at most this often, ms. */
const USE_STAMP_MS = 3600_000

/** What a key may do when its maker names nothing: draw and read, but neither make keys nor set webhooks. */
const DEFAULT_SCOPES: readonly Scope[] = SCOPES.filter((scope) => !scope.endsWith(':admin'))

/** What rows older than these settings mean. */
const UNBOUNDED: KeyBounds = { cidrs: null, origins: null, maxSpend: null, maxImages: null }

/** Older rows lack limits and budget. */
type Settings = Pick<KeyRecord, 'name' | 'scopes' | 'models' | keyof KeyBounds> &
  Partial<Pick<KeyRecord, 'limits' | 'budget'>>

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
  parent: string | null
  counts_as: string | null
  replaced_by: string | null
  spend: number | null
  images: number | null
}

const SELECT = `SELECT key.*, spend, images FROM key
  LEFT JOIN allowance ON key_id = coalesce(counts_as, id)`

/** `countsAs` is for a key that takes the place of another. */
export function insertKey(
  sql: SqlStorage,
  key: FreshKey,
  made: NewKey & { parent?: KeyId | null; countsAs?: KeyId },
  now: number,
): void {
  const { name, livemode, scopes = [...DEFAULT_SCOPES], models = null, expiresAt = null } = made
  const { cidrs = null, origins = null, maxSpend = null, maxImages = null, budget = null } = made
  const limits = { ...NO_LIMITS, ...made.limits }
  const bounds = { cidrs, origins, maxSpend, maxImages, limits, budget }
  const settings: Settings = { name, scopes, models, ...bounds }
  sql.exec(
    `INSERT INTO key (id, digest, livemode, settings, last4, created_at, expires_at, parent, counts_as)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key.id,
    key.secretDigest,
    Number(livemode),
    JSON.stringify({ v: 1, settings }),
    key.last4,
    now,
    expiresAt,
    made.parent ?? null,
    made.countsAs ?? null,
  )
}

const rowOf = (sql: SqlStorage, id: KeyId): Row | undefined =>
  sql.exec<Row>(`${SELECT} WHERE id = ?`, id).toArray()[0]

function toRecord(row: Row): KeyRecord {
  const { settings } = JSON.parse(row.settings) as { settings: Settings }
  return {
    ...UNBOUNDED,
    limits: NO_LIMITS,
    budget: null,
    ...settings,
    id: row.id,
    parent: row.parent,
    replacedBy: row.replaced_by,
    countsAs: row.counts_as ?? row.id,
    used: { spend: row.spend ?? 0, images: row.images ?? 0 },
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

export interface KeyQuery {
  limit: number
  /** The last one seen. */
  after?: KeyId | undefined
  seer?: Seer | undefined
}

/** A key sees those of its mode, and the children that it minted for the other. */
export type Seer = Pick<Caller, 'keyId' | 'livemode'>

/** Newest first, revoked ones too; null for an unknown `after`. */
export function listKeys(sql: SqlStorage, { limit, after, seer }: KeyQuery): KeyRecord[] | null {
  const last = sql
    .exec<{ at: number }>('SELECT rowid AS at FROM key WHERE id = ?', after ?? null)
    .toArray()[0]
  if (after !== undefined && !last) return null
  return sql
    .exec<Row>(
      `${SELECT} WHERE key.rowid < ?1 AND (?2 IS NULL OR livemode = ?2 OR parent = ?3)
       ORDER BY key.rowid DESC LIMIT ?4`,
      last?.at ?? Number.MAX_SAFE_INTEGER,
      seer ? Number(seer.livemode) : null,
      seer?.keyId ?? null,
      limit,
    )
    .toArray()
    .map(toRecord)
}

export function changeKey(
  sql: SqlStorage,
  id: KeyId,
  { expiresAt = null, ...change }: KeyChange,
): void {
  const row = rowOf(sql, id)
  if (!row) return
  const { settings } = JSON.parse(row.settings) as { settings: Settings }
  sql.exec(
    'UPDATE key SET settings = ?, expires_at = coalesce(?, expires_at) WHERE id = ?',
    settingsText(settings, change),
    expiresAt,
    id,
  )
}

/** The first revocation counts. */
export function revokeKey(sql: SqlStorage, id: KeyId, now: number): void {
  sql.exec('UPDATE key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', now, id)
}

export const isLiving = ({ revokedAt, expiresAt }: KeyRecord, now: number): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > now)

/** The key and those that it descends from, as far as they are there. */
export function lineOf(sql: SqlStorage, id: KeyId): KeyRecord[] {
  const line: KeyRecord[] = []
  for (let next: KeyId | null = id; next !== null; next = line.at(-1)!.parent) {
    const key = readKey(sql, next)
    if (!key) break
    line.push(key)
  }
  return line
}

/** Whose limits hold for a job that was admitted: its key may have been replaced since. */
export const heirLineOf = (sql: SqlStorage, id: KeyId): KeyRecord[] =>
  lineOf(sql, readKey(sql, id)?.replacedBy ?? id)

/** As `lineOf`; null when one of them is not there or not valid now, or its tenant is not. */
export function validLine(
  sql: SqlStorage,
  tenant: TenantRecord,
  id: KeyId,
  now: number,
): KeyRecord[] | null {
  const line = lineOf(sql, id)
  const isWhole = line.at(-1)?.parent === null
  const isValid = tenant.status === 'active' && line.every((key) => isLiving(key, now))
  return isWhole && isValid ? line : null
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
  if (!row || !isSame(digest, row.digest)) return null
  const line = validLine(sql, tenant, id, now)
  if (!line) return null
  if (row.last_used_at === null || now - row.last_used_at >= USE_STAMP_MS)
    sql.exec('UPDATE key SET last_used_at = ? WHERE id = ?', now, id)
  return toActor(tenant, line)
}

/** `timingSafeEqual` throws on unequal lengths; a digest's length is no secret. */
const isSame = (digest: Uint8Array, stored: ArrayBuffer): boolean =>
  digest.byteLength === stored.byteLength && crypto.subtle.timingSafeEqual(digest, stored)

function toActor(tenant: TenantRecord, line: KeyRecord[]): Actor {
  const [key] = line as [KeyRecord]
  const expiresAt = Math.min(...line.map((each) => each.expiresAt ?? Infinity))
  const lists = [tenant, ...line].flatMap(({ models }) => (models ? [models] : []))
  const restrictions = line
    .map(({ cidrs, origins }) => ({ cidrs, origins }))
    .filter(({ cidrs, origins }) => cidrs !== null || origins !== null)
  return {
    tenant: tenant.id,
    keyId: key.id,
    livemode: key.livemode,
    scopes: key.scopes.filter((scope) => line.every(({ scopes }) => scopes.includes(scope))),
    models: lists[0]?.filter((name) => lists.every((list) => list.includes(name))) ?? null,
    modelLists: lists,
    metered:
      tenant.balance !== null ||
      line.some(({ maxSpend, budget }) => maxSpend !== null || budget !== null),
    multiplier: tenant.multiplier,
    responseFormat: tenant.responseFormat,
    retentionSeconds: tenant.retentionSeconds,
    ...(expiresAt < Infinity && { expiresAt }),
    ...(restrictions.length > 0 && { restrictions }),
  }
}
