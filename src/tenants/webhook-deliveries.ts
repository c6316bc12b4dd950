import type { EventType } from '../core/event-type.ts'
import type { DeliveryNote, DeliveryPage, DeliveryQuery, EndpointPlace } from './webhook-records.ts'
import { audited, GATEWAY } from './audit.ts'
import { disableEndpoint, findRow, onEndpoint, rowAt } from './webhook-endpoints.ts'

/** Newest deliveries that are kept of each endpoint. */
const MAX_ROWS = 1000
/** An endpoint that took nothing for so long is switched off, ms (docs.svix.com/retries). */
const FAILING_MS = 5 * 24 * 3600_000
/** Failures further apart are not of one time of failing, ms: tries of one event are 10 h apart at most. */
const QUIET_MS = 24 * 3600_000

type Row = {
  event: string
  type: string
  at: number
  outcome: 'delivered' | 'dead' | null
  tries: number
  status: number | null
  due: number
}

/**
 * How a delivery stands. Nothing for an endpoint that was deleted meanwhile. What is over stays so until it is
 * tried again, or begun again by hand (`step` 0): calls may overtake each other.
 */
export function noteDelivery(sql: SqlStorage, note: DeliveryNote, now: number): void {
  const { livemode = true, event, type, outcome, tries, step, status, due } = note
  const row = rowAt(sql, { id: note.endpoint, livemode }, now)
  if (!row) return
  const endpoint = row.id
  if (row.url !== null && step > 0) judge(sql, note, now)
  sql.exec(
    `INSERT INTO webhook_delivery (endpoint, event, type, at, outcome, tries, status, due)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
     ON CONFLICT (endpoint, event) DO UPDATE
     SET at = ?4, outcome = ?5, tries = ?6, status = ?7, due = ?8
     WHERE ?5 IS NOT NULL OR ?6 > tries OR ?9 = 0`,
    endpoint,
    event,
    type,
    now,
    outcome,
    tries,
    status,
    due,
    step,
  )
  sql.exec(
    `DELETE FROM webhook_delivery WHERE endpoint = ?1 AND seq <= (
       SELECT seq FROM webhook_delivery WHERE endpoint = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2
     )`,
    endpoint,
    MAX_ROWS,
  )
}

/** Before the note is written. Addresses of requests are many, so they are not judged together. */
function judge(sql: SqlStorage, { endpoint, outcome, status }: DeliveryNote, now: number): void {
  if (outcome === 'delivered') {
    sql.exec(
      'UPDATE webhook_endpoint SET failing_since = NULL WHERE id = ? AND failing_since IS NOT NULL',
      endpoint,
    )
    return
  }
  const { since } = sql
    .exec<{ since: number }>(
      `UPDATE webhook_endpoint SET failing_since = iif(
         (SELECT max(at) FROM webhook_delivery
          WHERE endpoint = ?1 AND tries > 0 AND outcome IS NOT 'delivered') > ?3,
         coalesce(failing_since, ?2), ?2)
       WHERE id = ?1 RETURNING failing_since AS since`,
      endpoint,
      now,
      now - QUIET_MS,
    )
    .one()
  const why = status === 410 ? 'gone' : now - since >= FAILING_MS ? 'failing' : null
  if (why)
    audited(sql, GATEWAY, now, onEndpoint(sql, 'disable', endpoint), () =>
      disableEndpoint(sql, endpoint, why, now),
    )
}

/** Newest first; null for an unknown endpoint, `unknown` when `after` is none of its deliveries. */
export function listDeliveries(
  sql: SqlStorage,
  place: EndpointPlace,
  { limit, after }: DeliveryQuery,
  now: number,
): DeliveryPage | 'unknown' | null {
  const endpoint = findRow(sql, place, now)?.id
  if (endpoint === undefined) return null
  const before = after === undefined ? Number.MAX_SAFE_INTEGER : seqOf(sql, endpoint, after)
  if (before === undefined) return 'unknown'
  const rows = sql
    .exec<Row>(
      `SELECT event, type, at, outcome, tries, status, due FROM webhook_delivery
       WHERE endpoint = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
      endpoint,
      before,
      limit + 1,
    )
    .toArray()
    .map((row) => ({ ...row, type: row.type as EventType }))
  return { data: rows.slice(0, limit), hasMore: rows.length > limit }
}

const seqOf = (sql: SqlStorage, endpoint: string, event: string): number | undefined =>
  sql
    .exec<{ seq: number }>(
      'SELECT seq FROM webhook_delivery WHERE endpoint = ? AND event = ?',
      endpoint,
      event,
    )
    .toArray()[0]?.seq
