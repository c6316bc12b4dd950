import type { JobId } from '../core/ids.ts'
import type { Summary } from '../core/tenant.ts'
import type { JobPage, JobQuery } from './records.ts'

/** Newest rows kept of each mode, and how old they may be, ms: whichever is less. */
const MAX_ROWS = 10_000
const MAX_AGE_MS = 30 * 24 * 3600_000

/** JSON columns carry the version of their shape. */
const toText = (summary: Summary): string => JSON.stringify({ v: 1, summary })

export function insertIndexRow(sql: SqlStorage, seq: number, summary: Summary): void {
  sql.exec(
    `INSERT INTO job_index (seq, job, livemode, status, model, created_at, summary)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    seq,
    summary.id,
    Number(summary.livemode),
    summary.status,
    summary.model,
    summary.createdAt,
    toText(summary),
  )
}

/** Does nothing for a job without a row. */
export function updateIndexRow(sql: SqlStorage, job: JobId, summary: Summary): void {
  sql.exec(
    'UPDATE job_index SET status = ?, model = ?, summary = ? WHERE job = ?',
    summary.status,
    summary.model,
    toText(summary),
    job,
  )
}

export function deleteIndexRow(sql: SqlStorage, job: JobId): void {
  sql.exec('DELETE FROM job_index WHERE job = ?', job)
}

/** In order of admission, newest first; null when `after` is no job of this tenant. */
export function listJobs(sql: SqlStorage, query: JobQuery, now: number): JobPage | null {
  const before = query.after === undefined ? Number.MAX_SAFE_INTEGER : placeOf(sql, query.after)
  if (before === null) return null
  const where = ['livemode = ?', 'seq < ?', 'created_at > ?']
  const bound: (string | number)[] = [Number(query.livemode), before, now - MAX_AGE_MS]
  for (const column of ['status', 'model'] as const) {
    const wanted = query[column]
    if (!wanted) continue
    where.push(`${column} = ?`)
    bound.push(wanted)
  }
  for (const [test, values] of [
    [`status IN (${query.statuses?.map(() => '?').join()})`, query.statuses],
    [`summary ->> '$.summary.dialect' = ?`, query.dialect],
    // Rows of older code are not filed, and may be anywhere.
    ...Object.entries(query.filed ?? {}).map(
      ([name, value]) =>
        [
          `(summary -> '$.summary.filed' IS NULL OR summary ->> '$.summary.filed.${name}' = ?)`,
          value,
        ] as const,
    ),
  ] as const) {
    if (values === undefined) continue
    where.push(test)
    bound.push(...[values].flat())
  }
  const rows = sql
    .exec<{ summary: string }>(
      `SELECT summary FROM job_index WHERE ${where.join(' AND ')} ORDER BY seq DESC LIMIT ?`,
      ...bound,
      query.limit + 1,
    )
    .toArray()
    .map((row) => (JSON.parse(row.summary) as { summary: Summary }).summary)
  return { data: rows.slice(0, query.limit), hasMore: rows.length > query.limit }
}

/** From the reservation, which outlives the index row: a caller may delete each job that it pages over. */
function placeOf(sql: SqlStorage, job: JobId): number | null {
  const rows = sql.exec<{ seq: number }>('SELECT seq FROM reservation WHERE job = ?', job)
  return rows.toArray()[0]?.seq ?? null
}

export function trimIndex(sql: SqlStorage, now: number, maxRows = MAX_ROWS): void {
  sql.exec('DELETE FROM job_index WHERE created_at <= ?', now - MAX_AGE_MS)
  for (const livemode of [0, 1])
    sql.exec(
      `DELETE FROM job_index WHERE livemode = ?1 AND seq <= (
         SELECT seq FROM job_index WHERE livemode = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2
       )`,
      livemode,
      maxRows,
    )
}
