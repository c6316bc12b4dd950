import { DurableObject } from 'cloudflare:workers'
import type { TenantId } from '../core/ids.ts'
import { createTables, openTables } from './migrate.ts'
import type { DirectoryEntry, DirectoryPage } from './records.ts'
import { DIRECTORY_STEPS } from './schema.ts'

type Row = { id: string; name: string; created_at: number }

/** Names of all tenants, for the admin pages; never on the way of a request. One object. */
export class Directory extends DurableObject<Env> {
  /** Idempotent by id; the newest name counts. */
  add({ id, name, createdAt }: DirectoryEntry): void {
    createTables(this.ctx.storage, DIRECTORY_STEPS)
    this.ctx.storage.sql.exec(
      `INSERT INTO tenant (id, name, created_at) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
      id,
      name,
      createdAt,
    )
  }

  /** Newest first; `limit` 1..100, `after` is the last id seen. Null for an unknown `after`. */
  list({ limit, after }: { limit: number; after?: TenantId }): DirectoryPage | null {
    const isEmpty = !openTables(this.ctx.storage, DIRECTORY_STEPS)
    if (isEmpty) return after === undefined ? { data: [], hasMore: false } : null
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : this.#placeOf(after)
    if (before === null) return null
    const rows = this.ctx.storage.sql
      .exec<Row>(
        `SELECT id, name, created_at FROM tenant WHERE seq < ? ORDER BY seq DESC LIMIT ?`,
        before,
        limit + 1,
      )
      .toArray()
      .map(({ id, name, created_at: createdAt }) => ({ id, name, createdAt }))
    return { data: rows.slice(0, limit), hasMore: rows.length > limit }
  }

  remove(id: TenantId): void {
    if (!openTables(this.ctx.storage, DIRECTORY_STEPS)) return
    this.ctx.storage.sql.exec('DELETE FROM tenant WHERE id = ?', id)
  }

  #placeOf(id: TenantId): number | null {
    const rows = this.ctx.storage.sql.exec<{ seq: number }>(
      'SELECT seq FROM tenant WHERE id = ?',
      id,
    )
    return rows.toArray()[0]?.seq ?? null
  }
}
