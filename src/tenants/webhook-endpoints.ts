import { REQUEST_ENDPOINT, type Hook } from '../core/delivery.ts'
import { eventTypesOf, wantedOf } from '../core/event-type.ts'
import { shortId } from '../core/ids.ts'
import type { Summary } from '../core/tenant.ts'
import { audited } from './audit.ts'
import type { By } from './records.ts'
import type {
  EndpointAct,
  EndpointChange,
  EndpointPlace,
  EndpointRecord,
  EndpointSettings,
  EndpointTarget,
  NewEndpoint,
} from './webhook-records.ts'

/** Endpoints of one tenant, in both modes. */
const MAX_ENDPOINTS = 16
/** A secret that was replaced still signs for so long, ms. */
const OVERLAP_MS = 24 * 3600_000
/** Secrets that sign beside the one in force. A client that rotates anew after a lost answer does so twice. */
const MAX_OLD = 3
const SECRET_BYTES = 32

type Row = {
  id: string
  livemode: number
  url: string | null
  settings: string
  secret: string
  old_secret: string | null
  old_until: number | null
  older: string | null
  created_at: number
  failing_since: number | null
  disabled_at: number | null
  disabled_why: 'gone' | 'failing' | 'asked' | null
}

const newSecret = (): string =>
  `whsec_${crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toBase64()}`

const settingsOf = (row: Row): EndpointSettings =>
  (JSON.parse(row.settings) as { settings: EndpointSettings }).settings

const toText = (settings: EndpointSettings): string => JSON.stringify({ v: 1, settings })

const toRecord = (row: Row, withSecret: boolean): EndpointRecord => ({
  ...settingsOf(row),
  id: row.url === null ? REQUEST_ENDPOINT : row.id,
  url: row.url,
  createdAt: row.created_at,
  disabled:
    row.disabled_at === null || row.disabled_why === null
      ? null
      : { at: row.disabled_at, why: row.disabled_why },
  hint: `whsec_...${row.secret.slice(-4)}`,
  secret: withSecret || row.url === null ? row.secret : null,
})

function insert(
  sql: SqlStorage,
  row: Pick<Row, 'id' | 'url' | 'livemode' | 'settings'>,
  now: number,
): void {
  sql.exec(
    `INSERT INTO webhook_endpoint (id, livemode, url, settings, secret, created_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    row.id,
    row.livemode,
    row.url,
    row.settings,
    newSecret(),
    now,
  )
}

export const onEndpoint = (sql: SqlStorage, name: string, id: string) => ({
  act: `webhook_endpoint.${name}`,
  target: id,
  look: () => rowOf(sql, id),
})

/** `full` where there are as many as there may be. */
export function insertEndpoint(
  sql: SqlStorage,
  { livemode, url, settings }: NewEndpoint,
  by: By,
  now: number,
): EndpointRecord | 'full' {
  const count = 'SELECT count(*) AS n FROM webhook_endpoint WHERE url IS NOT NULL'
  if (sql.exec<{ n: number }>(count).one().n >= MAX_ENDPOINTS) return 'full'
  const id = `whe_${shortId(crypto.randomUUID())}`
  audited(sql, by, now, onEndpoint(sql, 'create', id), () =>
    insert(sql, { id, url, livemode: Number(livemode), settings: toText(settings) }, now),
  )
  return toRecord(rowOf(sql, id)!, true)
}

const rowOf = (sql: SqlStorage, id: string): Row | undefined =>
  sql.exec<Row>('SELECT * FROM webhook_endpoint WHERE id = ?', id).toArray()[0]

/** The row of a place, as its keys see it. */
export function findRow(sql: SqlStorage, place: EndpointPlace, now: number): Row | null {
  const row = rowAt(sql, place, now)
  return row && row.livemode === Number(place.livemode) ? row : null
}

/** In whichever mode; what is named `request` has a row for each, which is made when it is first needed. */
export function rowAt(sql: SqlStorage, place: EndpointPlace, now: number): Row | undefined {
  if (place.id !== REQUEST_ENDPOINT) return rowOf(sql, place.id)
  const id = place.livemode ? place.id : `${place.id}_test`
  const known = rowOf(sql, id)
  if (known) return known
  const settings = toText({ name: '', description: '', events: [] })
  insert(sql, { id, url: null, livemode: Number(place.livemode), settings }, now)
  return rowOf(sql, id)
}

/** Null for an unknown endpoint, and for a change of the place that stands for requests. */
export function act(
  sql: SqlStorage,
  place: EndpointPlace,
  wanted: EndpointAct,
  by: By,
  now: number,
): EndpointRecord | null {
  const row = findRow(sql, place, now)
  if (!row || (row.url === null && wanted.type === 'update')) return null
  audited(sql, by, now, onEndpoint(sql, wanted.type, row.id), () => {
    if (wanted.type === 'update') changeEndpoint(sql, row, wanted.change, now)
    if (wanted.type === 'rotate') rotateSecret(sql, row, wanted.keep, now)
  })
  return toRecord(rowOf(sql, row.id)!, wanted.type === 'rotate')
}

/** Newest first. */
export const listEndpoints = (sql: SqlStorage, livemode: boolean): EndpointRecord[] =>
  sql
    .exec<Row>(
      `SELECT * FROM webhook_endpoint WHERE livemode = ? AND url IS NOT NULL ORDER BY seq DESC`,
      Number(livemode),
    )
    .toArray()
    .map((row) => toRecord(row, false))

/** What is missing stays. Switched on again, an endpoint's failures are forgotten. */
function changeEndpoint(
  sql: SqlStorage,
  row: Row,
  { url, enabled, ...settings }: EndpointChange,
  now: number,
): void {
  sql.exec(
    'UPDATE webhook_endpoint SET url = ?, settings = ? WHERE id = ?',
    url ?? row.url,
    toText({ ...settingsOf(row), ...settings }),
    row.id,
  )
  if (enabled === false) disableEndpoint(sql, row.id, 'asked', now)
  if (enabled)
    sql.exec(
      `UPDATE webhook_endpoint SET disabled_at = NULL, disabled_why = NULL, failing_since = NULL
       WHERE id = ?`,
      row.id,
    )
}

/** The first reason stays. */
export function disableEndpoint(
  sql: SqlStorage,
  id: string,
  why: 'gone' | 'failing' | 'asked',
  now: number,
): void {
  sql.exec(
    `UPDATE webhook_endpoint SET disabled_at = ?, disabled_why = ?
     WHERE id = ? AND disabled_at IS NULL`,
    now,
    why,
    id,
  )
}

export function deleteEndpoint(
  sql: SqlStorage,
  place: EndpointPlace,
  by: By,
  now: number,
): boolean {
  const row = findRow(sql, place, now)
  if (!row || row.url === null) return false
  sql.exec('DELETE FROM webhook_delivery WHERE endpoint = ?', row.id)
  audited(sql, by, now, onEndpoint(sql, 'delete', row.id), () =>
    sql.exec('DELETE FROM webhook_endpoint WHERE id = ?', row.id),
  )
  return true
}

type OldSecret = [secret: string, until: number]

/** Those that still sign, newest first: receivers may know any of them. */
function oldSecrets({ old_secret, old_until, older }: Row, now: number): OldSecret[] {
  const { old = [] } = JSON.parse(older ?? '{}') as { old?: OldSecret[] }
  const all: OldSecret[] = [[old_secret ?? '', old_until ?? 0], ...old]
  return all.filter(([, until]) => until > now)
}

function rotateSecret(sql: SqlStorage, row: Row, keep: boolean, now: number): void {
  const old = oldSecrets(row, now).slice(0, MAX_OLD - 1)
  sql.exec(
    `UPDATE webhook_endpoint SET secret = ?, old_secret = ?, old_until = ?, older = ? WHERE id = ?`,
    newSecret(),
    ...(keep ? [row.secret, now + OVERLAP_MS, JSON.stringify({ v: 1, old })] : [null, null, null]),
    row.id,
  )
}

/** Null for an endpoint that is gone or switched off. */
export function targetOf(
  sql: SqlStorage,
  place: EndpointPlace,
  now: number,
): EndpointTarget | null {
  const row = rowAt(sql, place, now)
  if (!row || row.disabled_at !== null) return null
  return { url: row.url, secrets: [row.secret, ...oldSecrets(row, now).map(([it]) => it)] }
}

/** Who is told of the end of a job. */
export function hooksOf(
  sql: SqlStorage,
  { dialect, status, livemode }: Summary,
): { hooks?: Hook[] } {
  const types = eventTypesOf(dialect, status)
  const hooks = sql
    .exec<Row>(
      `SELECT * FROM webhook_endpoint
       WHERE livemode = ? AND url IS NOT NULL AND disabled_at IS NULL ORDER BY seq`,
      Number(livemode),
    )
    .toArray()
    .flatMap((row) =>
      wantedOf(types, settingsOf(row).events).map((type) => ({
        endpoint: row.id,
        url: null,
        type,
      })),
    )
  return hooks.length > 0 ? { hooks } : {}
}
