import { createHash } from 'node:crypto'
import type { AuditQuery, AuditRow, By } from './records.ts'

/** Acts that no request asked for. */
export const GATEWAY: By = { who: 'gateway', request: null }

interface Act {
  /** Such as `key.create`. */
  act: string
  /** Id of what is changed. */
  target: string
  /** What there is of the target, as plain data; null = it is not there. */
  look: () => unknown
}

/**
 * Runs a change and writes down who made it, in the caller's transaction; a change that changed nothing
 * leaves no row.
 */
export function audited<T>(
  sql: SqlStorage,
  { who, request }: By,
  at: number,
  { act, target, look }: Act,
  change: () => T,
): T {
  const before = hashOf(look())
  const changed = change()
  const after = hashOf(look())
  if (before !== after)
    sql.exec(
      `INSERT INTO audit (at, who, request, act, target, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      at,
      who,
      request,
      act,
      target,
      before,
      after,
    )
  return changed
}

const hashOf = (value: unknown): string | null =>
  value === null || value === undefined
    ? null
    : createHash('sha256').update(JSON.stringify(value)).digest('hex')

/** Newest first. */
export function readAudit(
  sql: SqlStorage,
  { limit, after }: AuditQuery,
): { data: AuditRow[]; hasMore: boolean } {
  const rows = sql
    .exec<AuditRow & Record<string, SqlStorageValue>>(
      'SELECT * FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?',
      after ?? Number.MAX_SAFE_INTEGER,
      limit + 1,
    )
    .toArray()
  return { data: rows.slice(0, limit), hasMore: rows.length > limit }
}
