import { errors } from '../core/error.ts'
import type { JobId } from '../core/ids.ts'
import type { Join, Reservation, Reserved, ReuseClaim, ReuseKind } from '../core/tenant.ts'
import { REPEAT_MS, type Asked } from './reuse-rows.ts'

/** Who asks for a job of its own. */
type Asking = Asked & Partial<Pick<Reservation, 'again' | 'summary'>>
type Repeat = Extract<ReuseClaim, { kind: 'repeat' }>

const join = (job: JobId, how: ReuseKind): { ok: false } & Join => ({ ok: false, join: job, how })

/** The job that answers for this claim or the refusal that it earns; null = a job of its own. */
export function consult(
  sql: SqlStorage,
  asked: Asking,
  claim: ReuseClaim,
  now: number,
): Exclude<Reserved, { ok: true }> | null {
  switch (claim.kind) {
    case 'idempotency':
      return consultIdempotency(sql, asked.livemode, claim.lookup, claim.body, now)
    case 'seed': {
      const [row] = sql
        .exec<{ job: string }>(
          `SELECT job FROM reuse WHERE lookup = ? AND kind = 'seed' AND livemode = ? AND until > ?
           ORDER BY seq DESC LIMIT 1`,
          claim.lookup,
          Number(asked.livemode),
          now,
        )
        .toArray()
      return row ? join(row.job, 'seed') : null
    }
    case 'repeat': {
      const late = findLate(sql, asked, claim, now)
      if (late) return join(late, 'late')
      if (claim.count === 0) {
        const overtaker = findOvertaker(sql, asked, claim)
        return overtaker ? join(overtaker, 'repeat') : null
      }
      const repeated = claimRepeat(sql, asked, claim, now)
      return repeated ? join(repeated, 'repeat') : null
    }
  }
}

/** Whether a job answers already, for a dry run: repeats are not looked at, because looking claims them. */
export function findReusable(
  sql: SqlStorage,
  asked: Asked,
  claims: ReuseClaim[],
  now: number,
): Join | null {
  for (const claim of claims) {
    const answered = claim.kind === 'repeat' ? null : consult(sql, asked, claim, now)
    if (answered && 'join' in answered) return { join: answered.join, how: answered.how }
  }
  return null
}

function consultIdempotency(
  sql: SqlStorage,
  livemode: boolean,
  lookup: string,
  body: string,
  now: number,
): Exclude<Reserved, { ok: true }> | null {
  const [row] = sql
    .exec<{ job: string; body: string; purged: number }>(
      `SELECT job, body, purged FROM reuse WHERE lookup = ? AND kind = 'idempotency'
       AND livemode = ? AND (until > ? OR purged = 0) ORDER BY seq DESC LIMIT 1`,
      lookup,
      Number(livemode),
      now,
    )
    .toArray()
  if (!row) return null
  if (row.body !== body) return { ok: false, refusal: errors.keyReused() }
  return row.purged ? { ok: false, refusal: errors.purged() } : join(row.job, 'idempotency')
}

function findLate(
  sql: SqlStorage,
  { keyId }: Asked,
  { lookup }: Repeat,
  now: number,
): JobId | null {
  const rows = sql.exec<{ job: string }>(
    `SELECT job FROM reuse WHERE lookup = ? AND kind = 'late' AND key_id = ? AND until > ?
     ORDER BY seq DESC LIMIT 1`,
    lookup,
    keyId,
    now,
  )
  return rows.toArray()[0]?.job ?? null
}

/**
 * A job whose creator died before it asked: its caller has repeated the request since, and the repeat, which
 * could not find this job, is answered already.
 */
function findOvertaker(sql: SqlStorage, { keyId, again, summary }: Asking, { lookup }: Repeat) {
  if (!again || !summary) return null
  const rows = sql.exec<{ job: string }>(
    `SELECT job FROM reuse WHERE lookup = ? AND kind = 'repeat' AND key_id = ? AND claimed > 0
     AND until >= ? ORDER BY seq LIMIT 1`,
    lookup,
    keyId,
    summary.createdAt + REPEAT_MS,
  )
  return rows.toArray()[0]?.job ?? null
}

/** The newest equal request that no repeat of this count stands for, else the newest that still runs. */
function claimRepeat(
  sql: SqlStorage,
  { keyId }: Asked,
  { lookup, count }: Repeat,
  now: number,
): JobId | null {
  const [unclaimed] = sql
    .exec<{ job: string }>(
      `UPDATE reuse SET claimed = ?1 WHERE seq = (
         SELECT seq FROM reuse WHERE lookup = ?2 AND kind = 'repeat' AND key_id = ?3
         AND until > ?4 AND claimed < ?1 ORDER BY seq DESC LIMIT 1
       ) RETURNING job`,
      count,
      lookup,
      keyId,
      now,
    )
    .toArray()
  if (unclaimed) return unclaimed.job
  const [living] = sql
    .exec<{ job: string }>(
      `SELECT reuse.job FROM reuse JOIN reservation ON reservation.job = reuse.job
       WHERE lookup = ? AND kind = 'repeat' AND reuse.key_id = ? AND state = 'open'
       ORDER BY reuse.seq DESC LIMIT 1`,
      lookup,
      keyId,
    )
    .toArray()
  return living?.job ?? null
}
