import { errors, type PublicError } from '../core/error.ts'
import type { KeyChange, KeyRecord, NewKey } from './records.ts'

/** Minted keys that ended so long ago are deleted when the next is minted, ms: they come in numbers. */
const KEPT_MS = 30 * 24 * 3600_000

/** Minted keys of a tenant and a mode that live at once: each leaves its row, and rows of audit for ever. */
const MAX_LIVING = 1000

/** Why a tenant may not have one more minted key; null = it may. None ends later than its parent. */
export function refusalOfMore(sql: SqlStorage, mode: boolean, now: number): PublicError | null {
  const living = `SELECT count(*) AS n FROM key JOIN key AS p ON p.id = key.parent
    WHERE key.livemode = ? AND key.expires_at > ? AND key.revoked_at IS NULL AND p.revoked_at IS NULL`
  if (sql.exec<{ n: number }>(living, Number(mode), now).one().n < MAX_LIVING) return null
  return errors.invalid(
    null,
    'This tenant has 1,000 child keys that live, as many as it may: revoke some, or let them end sooner.',
  )
}

/** Why a key may not mint this one; null = it may. A child can do nothing that its parent cannot. */
export function refusalOfChild(
  parent: KeyRecord,
  { livemode, scopes = [] }: Pick<NewKey, 'livemode'> & Pick<KeyChange, 'scopes'>,
): PublicError | null {
  const extra = scopes.find((scope) => scope === 'keys:admin' || !parent.scopes.includes(scope))
  if (extra)
    return errors.forbidden(
      `A key cannot give what it lacks, nor 'keys:admin': ${extra}.`,
      'scopes',
    )
  if (livemode && !parent.livemode)
    return errors.forbidden('A test key makes test keys only.', 'test')
  return null
}

/** A child that would outlive its parent says when it really ends. */
export const endOfChild = (parent: KeyRecord, expiresAt: number): number =>
  Math.min(expiresAt, parent.expiresAt ?? Infinity)

/** Children that would outlive their parent say when they really end. */
export function endChildren(sql: SqlStorage, parent: Pick<KeyRecord, 'id' | 'expiresAt'>): void {
  sql.exec(
    'UPDATE key SET expires_at = min(expires_at, ifnull(?, expires_at)) WHERE parent = ?',
    parent.expiresAt,
    parent.id,
  )
}

/** An allowance goes with the last key that is counted on it. */
export function deleteEndedChildren(sql: SqlStorage, now: number): void {
  const ended = sql
    .exec<{ name: string }>(
      `DELETE FROM key WHERE parent IS NOT NULL AND expires_at < ?
       RETURNING coalesce(counts_as, id) AS name`,
      now - KEPT_MS,
    )
    .toArray()
  for (const { name } of ended)
    sql.exec(
      `DELETE FROM allowance WHERE key_id = ?1 AND NOT EXISTS
       (SELECT 1 FROM key WHERE id = ?1 UNION ALL SELECT 1 FROM key WHERE counts_as = ?1)`,
      name,
    )
}
