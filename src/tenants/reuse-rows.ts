import type { JobId } from '../core/ids.ts'
import type { Reservation, ReuseClaim, ReuseKind } from '../core/tenant.ts'

/** An idempotency key is remembered at least this long, ms. */
const IDEMPOTENCY_MS = 24 * 3600_000
/** Oldest request that a client's repeat may mean, ms. */
export const REPEAT_MS = 15 * 60_000
/** How long after a 504 an equal request means the same job, ms. */
const LATE_MS = 10 * 60_000

/** What scopes a row besides its lookup. */
export type Asked = Pick<Reservation, 'keyId' | 'livemode'>

/** From now on `job` answers for this claim. */
export function leaveRow(
  sql: SqlStorage,
  { keyId, livemode }: Asked,
  claim: ReuseClaim,
  job: JobId,
  now: number,
): void {
  sql.exec(
    `INSERT INTO reuse (kind, livemode, lookup, key_id, job, body, until, claimed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    claim.kind,
    Number(livemode),
    claim.lookup,
    keyId,
    job,
    claim.kind === 'idempotency' ? claim.body : null,
    untilOf(claim, now),
    claim.kind === 'repeat' ? claim.count : 0,
  )
}

function untilOf(claim: ReuseClaim, now: number): number {
  if (claim.kind === 'repeat') return now + REPEAT_MS
  return claim.kind === 'seed' ? claim.until : Math.max(claim.until, now + IDEMPOTENCY_MS)
}

/** The answer of this job was a 504: equal requests of the same key join it for a while. */
export function leaveLateRows(sql: SqlStorage, job: JobId, now: number): void {
  const rows = sql
    .exec<{ livemode: number; lookup: string; key_id: string }>(
      `SELECT DISTINCT livemode, lookup, key_id FROM reuse
       WHERE job = ? AND kind IN ('repeat', 'late')`,
      job,
    )
    .toArray()
  dropRows(sql, job, ['late'])
  for (const { livemode, lookup, key_id: keyId } of rows)
    sql.exec(
      `INSERT INTO reuse (kind, livemode, lookup, key_id, job, until)
       VALUES ('late', ?, ?, ?, ?, ?)`,
      livemode,
      lookup,
      keyId,
      job,
      now + LATE_MS,
    )
}

export function dropRows(
  sql: SqlStorage,
  job: JobId,
  kinds: readonly Exclude<ReuseKind, 'idempotency'>[],
): void {
  for (const kind of kinds) sql.exec('DELETE FROM reuse WHERE job = ? AND kind = ?', job, kind)
}

/** Idempotency keys outlive their job, so that a replay is told and starts nothing. */
export function markPurged(sql: SqlStorage, job: JobId): void {
  sql.exec(`UPDATE reuse SET purged = 1 WHERE job = ? AND kind = 'idempotency'`, job)
}

/** Kept beyond their time: keys of jobs not yet purged, and repeats of jobs that still run. */
export function deleteExpiredRows(sql: SqlStorage, now: number): void {
  sql.exec(
    `DELETE FROM reuse WHERE until <= ? AND CASE kind
       WHEN 'idempotency' THEN purged = 1
       WHEN 'repeat' THEN job NOT IN (SELECT job FROM reservation WHERE state = 'open')
       ELSE kind IN ('seed', 'late') END`,
    now,
  )
}
