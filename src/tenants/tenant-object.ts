import { errors } from '../core/error.ts'
import type { JobId, KeyId } from '../core/ids.ts'
import { describeCause, log } from '../core/log.ts'
import type { Micros } from '../core/money.ts'
import type {
  Actor,
  Balance,
  ImagesLeft,
  Join,
  Reservation,
  Reserved,
  ReuseClaim,
  Settlement,
  Summary,
} from '../core/tenant.ts'
import { audited, GATEWAY, readAudit } from './audit.ts'
import { reserveAll } from './group.ts'
import { listJobs } from './index-rows.ts'
import * as keyLife from './key-life.ts'
import { newKey, type FreshKey } from './key.ts'
import { authenticate, listKeys, readKey, type KeyQuery, type Seer } from './keys.ts'
import { bookOpening, credit, creditOf, readLedger } from './ledger.ts'
import { createTables, openTables } from './migrate.ts'
import type {
  AuditQuery,
  AuditRow,
  CreatedKey,
  Credited,
  JobPage,
  JobQuery,
  KeyChange,
  KeyRecord,
  LedgerRow,
  MadeKey,
  NewKey,
  NewTenant,
  Removal,
  TenantChange,
  TenantRecord,
} from './records.ts'
import { beginRemoval, countForgotten, readRemoval, removeSome } from './removal.ts'
import { findReusable } from './reuse.ts'
import { leaveLateRows, type Asked } from './reuse-rows.ts'
import { TENANT_STEPS } from './schema.ts'
import { forget, forgetUnmade, note, settle } from './settlement.ts'
import { grantSlots } from './slots.ts'
import { nextSweep, SWEEP_MS, sweep } from './sweep.ts'
import { changeTenant, insertTenant, readBalance, readTenant } from './tenant-row.ts'
import { readUsage, type UsagePage, type UsageQuery } from './usage-query.ts'
import { hooksOf } from './webhook-endpoints.ts'
import type { Settled } from './webhook-records.ts'
import { WebhookTenant } from './webhook-tenant.ts'

/**
 * One tenant: keys, money, reuse table and job index. Its name is the tenant's id. Anyone can compute
 * a key's checksum, so an object without tables answers null and writes nothing, whatever it is asked.
 */
export class Tenant extends WebhookTenant {
  /** The tables exist and are up to date. Eviction costs one look at them. */
  #opened = false
  /** Idempotent: a tenant that exists is answered unchanged. */
  create(made: NewTenant, by = GATEWAY): TenantRecord {
    createTables(this.ctx.storage, TENANT_STEPS)
    return this.#write((sql, now) => {
      const existing = readTenant(sql)
      if (existing) return existing
      const look = () => readTenant(sql)
      audited(sql, by, now, { act: 'tenant.create', target: made.id, look }, () =>
        insertTenant(sql, made, now),
      )
      if (made.balance !== null) bookOpening(sql, made.balance, now)
      return readTenant(sql)!
    })!
  }

  read(): TenantRecord | null {
    return this.#read(readTenant)
  }

  /** Settings that are missing stay as they are. */
  update(change: TenantChange, by = GATEWAY): TenantRecord | null {
    const changed = this.#write((sql, now) => {
      const target = readTenant(sql)?.id ?? ''
      audited(sql, by, now, { act: 'tenant.update', target, look: () => readTenant(sql) }, () =>
        changeTenant(sql, change),
      )
      return readTenant(sql)
    })
    this.#grant()
    return changed
  }

  /** The only answer that holds the key's text. */
  async createKey(made: NewKey, by = GATEWAY): Promise<CreatedKey | null> {
    const fresh = await this.#freshKey(made.livemode)
    return fresh && this.#write((sql, now) => keyLife.create(sql, fresh, made, by, now))
  }

  /** A child of the key that asks. */
  async mintKey(
    parent: KeyId,
    wish: NewKey & { expiresAt: number },
    by = GATEWAY,
  ): Promise<MadeKey> {
    const fresh = await this.#freshKey(wish.livemode)
    return fresh && this.#write((sql, now) => keyLife.mint(sql, fresh, parent, wish, by, now))
  }

  /** A new key in the place of another, which ends after the overlap. */
  async rotateKey(id: KeyId, overlapMs: number, by = GATEWAY): Promise<MadeKey> {
    const old = this.readKey(id)
    const fresh = old && (await this.#freshKey(old.livemode))
    const which = { id, overlapMs }
    return fresh && this.#write((sql, now) => keyLife.rotate(sql, fresh, which, by, now))
  }

  readKey(id: KeyId): KeyRecord | null {
    return this.#read((sql) => readKey(sql, id))
  }

  /** Newest first, revoked ones too; null also for an `after` that is no key. */
  listKeys(query: KeyQuery = { limit: 100 }): KeyRecord[] | null {
    return this.#read((sql) => listKeys(sql, query))
  }

  /** Null for an unknown key. */
  updateKey(id: KeyId, change: KeyChange, by = GATEWAY): ReturnType<typeof keyLife.change> {
    const changed = this.#write((sql, now) => keyLife.change(sql, id, change, by, now))
    this.#grant()
    return changed
  }

  /** Idempotent; null for an unknown key, and for one that its seer does not see. */
  revokeKey(id: KeyId, by = GATEWAY, seer?: Seer): KeyRecord | null {
    return this.#write((sql, now) => keyLife.revoke(sql, { id, seer }, by, now))
  }

  /** Acts that changed this tenant, newest first. */
  audit(query: AuditQuery): { data: AuditRow[]; hasMore: boolean } | null {
    return this.#read((sql) => readAudit(sql, query))
  }

  /** `digest` is the SHA-256 of the key's secret. */
  authenticate(keyId: KeyId, digest: Uint8Array): Actor | null {
    return this.#write((sql, now) => {
      const tenant = readTenant(sql)
      return tenant && authenticate(sql, tenant, keyId, digest, now)
    })
  }

  async reserve(reservation: Reservation): Promise<Reserved> {
    const answer = this.#read((_, now) => reserveAll(this.ctx.storage, reservation, now))
    if (answer?.ok) {
      this.feed.tell(reservation.summary)
      await this.#arm()
    } else this.#grant()
    return answer ?? { ok: false, refusal: errors.unauthorized('This API key is not valid.') }
  }

  /** For a dry run: the job that would answer this request, and nothing changes. */
  findReusable(asked: Asked, claims: ReuseClaim[]): Join | null {
    return this.#read((sql, now) => findReusable(sql, asked, claims, now))
  }

  settle(settlement: Settlement): Settled {
    const settled = this.#write((sql, now) => ({
      ...settle(sql, settlement, now),
      ...hooksOf(sql, settlement.summary),
    }))
    if (settled) this.feed.tell(settlement.summary)
    this.#grant()
    return settled ?? { charged: 0 }
  }

  note(job: JobId, summary: Summary): void {
    this.#write((sql) => note(sql, job, summary))
    this.feed.tell(summary)
  }

  late(job: JobId): void {
    this.#write((sql, now) => leaveLateRows(sql, job, now))
  }

  /** `had` is what the job takes with it. */
  forget(job: JobId, had: ImagesLeft = { images: 0, bytes: 0 }): void {
    this.#write((sql, now) => {
      countForgotten(sql, job, had)
      forget(sql, job, now)
    })
    this.#grant()
  }

  /** Deletes the tenant with all that is its, by alarm. Idempotent; null when there is none. */
  async remove(by = GATEWAY): Promise<Removal | null> {
    const removal = this.#write((sql, now) => beginRemoval(sql, by, now))
    if (removal) await this.ctx.storage.setAlarm(this.#now())
    return removal
  }

  /** Null while it is not being deleted. */
  removal(): Removal | null {
    return this.#read(readRemoval)
  }

  /** Idempotent by reference. An unlimited tenant's credit is a line of its ledger and no more. */
  credit(given: { amount: Micros; reference: string }, by = GATEWAY): Credited | null {
    return this.#write((sql, now) => {
      const look = () => [readBalance(sql)?.balance, creditOf(sql, given.reference)]
      const act = { act: 'tenant.credit', target: given.reference, look }
      return audited(sql, by, now, act, () => credit(sql, given, now))
    })
  }

  balance(): Balance | null {
    return this.#read(readBalance)
  }

  /** Newest first; `limit` 1..100, `after` is the `seq` of the last line seen. */
  ledger(query: { limit: number; after?: number }): { data: LedgerRow[]; hasMore: boolean } | null {
    return this.#read((sql) => readLedger(sql, query))
  }

  usage(query: UsageQuery): UsagePage | null {
    return this.#read((sql) => readUsage(sql, query))
  }

  /** Null also for an `after` that is no job of this tenant. */
  list(query: JobQuery): JobPage | null {
    return this.#read((sql, now) => listJobs(sql, query, now))
  }

  /** Looks after open reservations, and deletes what has had its time. The next is set before what may break. */
  override async alarm(): Promise<void> {
    try {
      if (this.removal()) {
        await removeSome(this.ctx.storage, this.env, () => this.#now())
        this.#opened = false
        return
      }
      if (!this.#opened) return
      const { storage } = this.ctx
      await storage.setAlarm(this.#now() + SWEEP_MS)
      const jobs = this.#write(sweep) ?? []
      this.#grant()
      const at = this.#read(nextSweep)
      await (at === null ? storage.deleteAlarm() : storage.setAlarm(at))
      await Promise.all(jobs.map((job) => this.#look(job)))
    } catch (caught) {
      log('sweep_failed', { cause: describeCause(caught) })
    }
  }

  /** A job that lost its own alarm goes on; a reservation whose job is not there is released. */
  async #look(job: JobId): Promise<void> {
    if (await this.#wake(job)) return
    this.#write((sql, now) => forgetUnmade(sql, job, now))
    this.#grant()
  }

  /** False when there is no such job, or not yet: those of a group are made after their reservation. */
  async #wake(job: JobId): Promise<boolean> {
    try {
      return await this.env.JOBS.getByName(job).wake()
    } catch (caught) {
      log('wake_failed', { job, cause: describeCause(caught) })
      return true
    }
  }

  /** Slots that became free in the same stretch are given on. The sweep repeats a wake that is lost. */
  #grant(): void {
    for (const job of this.#write(grantSlots) ?? []) void this.#wake(job)
  }

  /** After the reservation is written: an alarm run that ends meanwhile has then seen it. */
  async #arm(): Promise<void> {
    const at = await this.ctx.storage.getAlarm()
    const soon = this.#now() + SWEEP_MS
    // One that is a whole sweep overdue was missed by the platform.
    if (at === null || at > soon || at < soon - 2 * SWEEP_MS) await this.ctx.storage.setAlarm(soon)
  }

  async #freshKey(livemode: boolean): Promise<FreshKey | null> {
    const tenant = this.read()
    return tenant && newKey(tenant.id, livemode)
  }

  #read<T>(ask: (sql: SqlStorage, now: number) => T): T | null {
    this.#opened ||= openTables(this.ctx.storage, TENANT_STEPS)
    return this.#opened ? ask(this.ctx.storage.sql, this.#now()) : null
  }

  #write<T>(change: (sql: SqlStorage, now: number) => T): T | null {
    return this.#read((sql, now) => this.ctx.storage.transactionSync(() => change(sql, now)))
  }

  #now(): number {
    return Date.now()
  }
}
