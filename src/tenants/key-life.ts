import { errors, type PublicError } from '../core/error.ts'
import type { KeyId } from '../core/ids.ts'
import { audited } from './audit.ts'
import {
  deleteEndedChildren,
  endChildren,
  endOfChild,
  refusalOfChild,
  refusalOfMore,
} from './child-keys.ts'
import type { FreshKey } from './key.ts'
import {
  changeKey,
  insertKey,
  isLiving,
  lineOf,
  readKey,
  revokeKey,
  validLine,
  type Seer,
} from './keys.ts'
import type { By, CreatedKey, KeyChange, KeyRecord, MadeKey, NewKey } from './records.ts'
import { readTenant } from './tenant-row.ts'

/** What lasts of a key, without what its use changes. */
function settled(sql: SqlStorage, id: KeyId): object | null {
  const key = readKey(sql, id)
  if (!key) return null
  const { used: _used, lastUsedAt: _at, ...lasting } = key
  return lasting
}

const act = (sql: SqlStorage, name: string, target: KeyId) => ({
  act: `key.${name}`,
  target,
  look: () => settled(sql, target),
})

function show(sql: SqlStorage, fresh: FreshKey): CreatedKey {
  return { ...readKey(sql, fresh.id)!, key: fresh.text }
}

export function create(
  sql: SqlStorage,
  fresh: FreshKey,
  made: NewKey & { parent?: KeyId },
  by: By,
  now: number,
): CreatedKey {
  const insert = () => insertKey(sql, fresh, made, now)
  audited(sql, by, now, act(sql, 'create', fresh.id), insert)
  return show(sql, fresh)
}

/** A key makes a child of its own; its parent may have ended since it was looked up. */
export function mint(
  sql: SqlStorage,
  fresh: FreshKey,
  parentId: KeyId,
  wish: NewKey & { expiresAt: number },
  by: By,
  now: number,
): MadeKey {
  const tenant = readTenant(sql)
  const parent = tenant && validLine(sql, tenant, parentId, now)?.[0]
  if (!parent) return { refusal: errors.unauthorized('This API key is not valid.') }
  const refusal = refusalOfChild(parent, wish) ?? refusalOfMore(sql, wish.livemode, now)
  if (refusal) return { refusal }
  deleteEndedChildren(sql, now)
  const expiresAt = endOfChild(parent, wish.expiresAt)
  return create(sql, fresh, { ...wish, expiresAt, parent: parent.id }, by, now)
}

/**
 * A new key takes the place of the old one, which goes on for the overlap: same settings, same end, one
 * allowance for both, and the children of the old one are the new one's. Without an overlap the old key
 * leaked, and whoever has it may have minted them: they end with it.
 */
export function rotate(
  sql: SqlStorage,
  fresh: FreshKey,
  { id, overlapMs }: { id: KeyId; overlapMs: number },
  by: By,
  now: number,
): MadeKey {
  const old = readKey(sql, id)
  if (!old) return null
  if (!isLiving(old, now))
    return { refusal: errors.invalid('key', 'This key has ended: there is nothing to rotate.') }
  // Its end is that of the overlap by now, and must not be its second heir's.
  if (old.replacedBy !== null)
    return {
      refusal: errors.invalid('key', `This key was replaced by ${old.replacedBy}: rotate that.`),
    }
  audited(sql, by, now, act(sql, 'create', fresh.id), () => insertKey(sql, fresh, old, now))
  audited(sql, by, now, act(sql, 'rotate', id), () => replace(sql, old, fresh.id, now, overlapMs))
  return show(sql, fresh)
}

function replace(
  sql: SqlStorage,
  old: KeyRecord,
  heir: KeyId,
  now: number,
  overlapMs: number,
): void {
  if (overlapMs > 0) sql.exec('UPDATE key SET parent = ? WHERE parent = ?', heir, old.id)
  else endChildren(sql, { id: old.id, expiresAt: now })
  const end = Math.min(old.expiresAt ?? Infinity, now + overlapMs)
  // Those that it replaced name the newest, too: it is the one to rotate when several answers were lost.
  sql.exec(
    `UPDATE key SET replaced_by = ?1, expires_at = iif(id = ?2, ?3, expires_at)
     WHERE ?2 IN (id, replaced_by)`,
    heir,
    old.id,
    end,
  )
}

/** Null for an unknown key. A child stays within its parent, and its children within it. */
export function change(
  sql: SqlStorage,
  id: KeyId,
  wish: KeyChange,
  by: By,
  now: number,
): KeyRecord | { refusal: PublicError } | null {
  const [key, parent] = lineOf(sql, id)
  if (!key) return null
  const refusal = parent && refusalOfChild(parent, { ...key, scopes: wish.scopes })
  if (refusal) return { refusal }
  const isOver = key.replacedBy !== null || !isLiving(key, now)
  if (isOver && (wish.expiresAt ?? 0) > Number(key.expiresAt))
    return { refusal: errors.invalid('expires_in', 'This key has ended or was replaced.') }
  audited(sql, by, now, act(sql, 'update', id), () => {
    changeKey(sql, id, wish)
    for (const each of lineOf(sql, id)) endChildren(sql, each)
  })
  return readKey(sql, id)
}

/** Idempotent; null for an unknown key, and for one that its seer does not see. */
export function revoke(
  sql: SqlStorage,
  { id, seer }: { id: KeyId; seer: Seer | undefined },
  by: By,
  now: number,
): KeyRecord | null {
  const key = readKey(sql, id)
  if (!key || (seer && key.livemode !== seer.livemode && key.parent !== seer.keyId)) return null
  audited(sql, by, now, act(sql, 'revoke', id), () => revokeKey(sql, id, now))
  return readKey(sql, id)
}
