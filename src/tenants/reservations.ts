import type { ChargeLine } from '../core/price.ts'
import type { JobId, KeyId } from '../core/ids.ts'
import type { Micros } from '../core/money.ts'
import { releaseHolds, type Used } from './allowance.ts'
import { bookSpent } from './budget.ts'
import { bookCharge } from './ledger.ts'

/** How long a closed reservation answers late calls after its job was purged, ms. */
const TOMBSTONE_MS = 24 * 3600_000

export type ReservationRow = {
  seq: number
  job: string
  key_id: string | null
  amount: number
  state: 'open' | 'closed'
  charged: number
  counts_as: string
  /** 1: it has no slot yet. */
  waits: number
}

export const findReservation = (sql: SqlStorage, job: JobId): ReservationRow | null =>
  sql.exec<ReservationRow>('SELECT * FROM reservation WHERE job = ?', job).toArray()[0] ?? null

interface NewReservation {
  job: JobId
  keyId: KeyId
  /** See `Scope`. */
  countsAs: string
  amount: Micros
  waits: boolean
  at: number
}

/** Holds the amount and returns the place of the job in the order of admission. */
export function openReservation(
  sql: SqlStorage,
  { job, keyId, countsAs, amount, waits, at }: NewReservation,
): number {
  sql.exec('UPDATE tenant SET reserved = reserved + ?', amount)
  return sql
    .exec<{ seq: number }>(
      `INSERT INTO reservation (job, key_id, counts_as, amount, state, waits, woken_at)
       VALUES (?, ?, ?, ?, 'open', ?, ?) RETURNING seq`,
      job,
      keyId,
      countsAs,
      amount,
      Number(waits),
      at,
    )
    .one().seq
}

/** Charges at most what was held and releases the rest; the caller has seen that it is open. */
export function closeReservation(
  sql: SqlStorage,
  { job, key_id: keyId, counts_as: countsAs, amount }: ReservationRow,
  { charged, lines = null, images }: Used & { lines?: ChargeLine[] | null },
  at: number,
): void {
  // `balance` of an unlimited tenant is null and stays it.
  sql.exec('UPDATE tenant SET reserved = reserved - ?, balance = balance - ?', amount, charged)
  sql.exec(
    `UPDATE reservation SET state = 'closed', charged = ?, waits = 0 WHERE job = ?`,
    charged,
    job,
  )
  releaseHolds(sql, job, { charged, images })
  if (charged === 0) return
  bookCharge(sql, { job, keyId, charged, lines, at })
  bookSpent(sql, countsAs, charged, at)
}

/** A closed reservation for a job never seen, so that a late `reserve` of its dead creator is refused. */
export function buryUnknown(sql: SqlStorage, job: JobId, at: number): void {
  sql.exec(
    `INSERT INTO reservation (job, amount, state, woken_at, keep_until)
     VALUES (?, 0, 'closed', ?, ?)`,
    job,
    at,
    at + TOMBSTONE_MS,
  )
}

/** The job is gone for good; its closed reservation follows a day later. */
export function expireReservation(sql: SqlStorage, job: JobId, at: number): void {
  sql.exec(
    'UPDATE reservation SET keep_until = ? WHERE job = ? AND keep_until IS NULL',
    at + TOMBSTONE_MS,
    job,
  )
}

export function deleteExpiredReservations(sql: SqlStorage, now: number): void {
  sql.exec(`DELETE FROM reservation WHERE keep_until <= ? AND state = 'closed'`, now)
}

export const hasOpenReservations = (sql: SqlStorage): boolean =>
  sql.exec(`SELECT 1 FROM reservation WHERE state = 'open' LIMIT 1`).toArray().length > 0

/** When the next row has had its time, ms; null when none is left. */
export function nextExpiry(sql: SqlStorage): number | null {
  const [row] = sql
    .exec<{ at: number | null }>(
      `SELECT MIN(at) AS at FROM (
         SELECT MIN(until) AS at FROM reuse UNION ALL SELECT MIN(keep_until) FROM reservation
       )`,
    )
    .toArray()
  return row?.at ?? null
}

/** Jobs whose reservation was neither made nor looked after since `before`, those that wait last, longest first; marks them as looked after. */
export function takeStale(
  sql: SqlStorage,
  { before, limit, now }: { before: number; limit: number; now: number },
): JobId[] {
  const rows = sql.exec<{ job: string }>(
    `UPDATE reservation SET woken_at = ? WHERE seq IN (
       SELECT seq FROM reservation WHERE state = 'open' AND woken_at <= ?
       ORDER BY waits, woken_at LIMIT ?
     ) RETURNING job`,
    now,
    before,
    limit,
  )
  return rows.toArray().map(({ job }) => job)
}
