import { DurableObject } from 'cloudflare:workers'
import type { TenantId } from '../core/ids.ts'
import { describeCause, log } from '../core/log.ts'
import { audited, GATEWAY, readAudit } from './audit.ts'
import { createTables, openTables } from './migrate.ts'
import type { AuditQuery, AuditRow, By, DirectoryEntry, DirectoryPage, Gone } from './records.ts'
import { DIRECTORY_STEPS } from './schema.ts'

/** A deleted tenant is remembered this long, ms. */
const REMEMBER_MS = 30 * 24 * 3600_000

type Row = { id: string; name: string; created_at: number; deleted_at: number | null }

/** Names of all tenants, for the admin pages; never on the way of a request. One object. */
export class Directory extends DurableObject<Env> {
  /** Idempotent by id; the newest name counts. */
  add({ id, name, createdAt }: DirectoryEntry, by = GATEWAY): void {
    createTables(this.ctx.storage, DIRECTORY_STEPS)
    const act = this.#placeOf(id) === null ? 'tenant.create' : 'tenant.update'
    this.#audited(by, act, id, (sql) =>
      sql.exec(
        `INSERT INTO tenant (id, name, created_at) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
        id,
        name,
        createdAt,
      ),
    )
  }

  /** Newest first; `limit` 1..100, `after` is the last id seen. Null for an unknown `after`. */
  list({ limit, after }: { limit: number; after?: TenantId | undefined }): DirectoryPage | null {
    const isEmpty = !openTables(this.ctx.storage, DIRECTORY_STEPS)
    if (isEmpty) return after === undefined ? { data: [], hasMore: false } : null
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : this.#placeOf(after)
    if (before === null) return null
    const rows = this.ctx.storage.sql
      .exec<Row>(
        `SELECT id, name, created_at, deleted_at FROM tenant
         WHERE seq < ? ORDER BY seq DESC LIMIT ?`,
        before,
        limit + 1,
      )
      .toArray()
      .map(({ id, name, ...row }) => ({
        id,
        name,
        createdAt: row.created_at,
        deletedAt: row.deleted_at,
      }))
    return { data: rows.slice(0, limit), hasMore: rows.length > limit }
  }

  /** The deletion of the tenant has begun. Idempotent: the first call counts. */
  deleting({ id, name, createdAt }: DirectoryEntry, since: number, by = GATEWAY): void {
    createTables(this.ctx.storage, DIRECTORY_STEPS)
    this.#audited(
      by,
      'tenant.delete',
      id,
      (sql) =>
        sql.exec(
          `INSERT INTO tenant (id, name, created_at, deleting_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET deleting_at = coalesce(deleting_at, excluded.deleting_at)`,
          id,
          name,
          createdAt,
          since,
        ),
      since,
    )
  }

  /** The tenant was deleted. Idempotent: the first call counts. */
  async bury(entry: DirectoryEntry, { deletedAt, deleted }: Gone, by = GATEWAY): Promise<void> {
    this.deleting(entry, deletedAt, by)
    this.ctx.storage.sql.exec(
      'UPDATE tenant SET deleted_at = ?, deleted = ? WHERE id = ? AND deleted_at IS NULL',
      deletedAt,
      JSON.stringify({ v: 1, deleted }),
      entry.id,
    )
    await this.#arm()
  }

  /** Null for a tenant that was not deleted, or so long ago that it is forgotten. */
  findGone(id: TenantId): Gone | null {
    if (!openTables(this.ctx.storage, DIRECTORY_STEPS)) return null
    const [row] = this.ctx.storage.sql
      .exec<{ deleted_at: number; deleted: string }>(
        'SELECT deleted_at, deleted FROM tenant WHERE id = ? AND deleted_at IS NOT NULL',
        id,
      )
      .toArray()
    if (!row) return null
    const { deleted } = JSON.parse(row.deleted) as Pick<Gone, 'deleted'>
    return { deletedAt: row.deleted_at, deleted }
  }

  /** Forgets tenants that were deleted long ago. */
  override async alarm(): Promise<void> {
    try {
      this.ctx.storage.sql.exec(
        'DELETE FROM tenant WHERE deleted_at <= ?',
        Date.now() - REMEMBER_MS,
      )
      await this.#arm()
    } catch (caught) {
      log('forget_failed', { cause: describeCause(caught) })
    }
  }

  async #arm(): Promise<void> {
    const { at } = this.ctx.storage.sql
      .exec<{ at: number | null }>('SELECT MIN(deleted_at) AS at FROM tenant')
      .one()
    if (at !== null) await this.ctx.storage.setAlarm(at + REMEMBER_MS)
  }

  /** Tenants that came, changed their name or went, newest first. */
  audit(query: AuditQuery): { data: AuditRow[]; hasMore: boolean } {
    const isEmpty = !openTables(this.ctx.storage, DIRECTORY_STEPS)
    return isEmpty ? { data: [], hasMore: false } : readAudit(this.ctx.storage.sql, query)
  }

  #audited(
    by: By,
    act: string,
    target: TenantId,
    change: (sql: SqlStorage) => void,
    at = Date.now(),
  ): void {
    const { storage } = this.ctx
    const { sql } = storage
    const look = () => sql.exec('SELECT * FROM tenant WHERE id = ?', target).toArray()[0]
    storage.transactionSync(() => audited(sql, by, at, { act, target, look }, () => change(sql)))
  }

  #placeOf(id: TenantId): number | null {
    const rows = this.ctx.storage.sql.exec<{ seq: number }>(
      'SELECT seq FROM tenant WHERE id = ?',
      id,
    )
    return rows.toArray()[0]?.seq ?? null
  }
}
