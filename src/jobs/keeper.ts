import { advance } from '../core/advance.ts'
import type { EventBody } from '../core/event.ts'
import type { Effect, JobEvent } from '../core/job-state.ts'
import type { Unread } from '../core/watchers.ts'
import { eventsBetween, insertEvents, isAnnounced, readEvents } from './events.ts'
import { openRows } from './ladder.ts'
import { insertJob, readJob, termsOf, updateJob, type JobRecord } from './rows.ts'

type PartialBody = Extract<EventBody, { type: 'partial' }>

/** Keeps one job's rows and applies the rule to them. The cache may vanish at any `await`; the rows do not. */
export class Keeper {
  readonly #storage: DurableObjectStorage
  readonly #onEvents: () => void
  #cached: JobRecord | null = null

  /** @param onEvents is called when there are new events to read, or none any more. */
  constructor(storage: DurableObjectStorage, onEvents: () => void) {
    this.#storage = storage
    this.#onEvents = onEvents
  }

  now(): number {
    return Date.now()
  }

  /** Null when there is no job here. */
  record(): JobRecord | null {
    return (this.#cached ??= this.#open())
  }

  insert(record: JobRecord): void {
    this.#storage.transactionSync(() => insertJob(this.#storage.sql, record))
    this.#cached = record
  }

  /** Makes the new state durable and returns what must be done now (`advance`). */
  apply(event: JobEvent, mayCall: boolean): Effect[] {
    const record = this.record()
    if (!record) return []
    const terms = termsOf(record.facts)
    const { state, effects } = advance(record.state, event, terms, this.now(), mayCall)
    this.#write(record, state)
    return effects
  }

  /** The caller is told that the job exists although its reservation is open: it must end in the open. */
  acknowledge(): void {
    const record = this.record()
    if (record?.state.status === 'admitting')
      this.#write(record, { ...record.state, acknowledged: true })
  }

  /** A partial image is in R2. Without effect once its attempt is over. */
  notePartial(attempt: number, partial: Omit<PartialBody, 'type'>): void {
    if (this.record()?.state.attempts[attempt]?.outcome !== null) return
    this.#storage.transactionSync(() =>
      insertEvents(this.#storage.sql, [{ type: 'partial', ...partial }], this.now()),
    )
    this.#onEvents()
  }

  /** Events behind the one named, oldest first. */
  unread(after: number): Unread {
    const record = this.record()
    if (!record) return { rows: [], isOver: true }
    return { rows: readEvents(this.#storage.sql, after), isOver: isAnnounced(record.state) }
  }

  async vanish(): Promise<void> {
    this.#cached = null
    await this.#storage.deleteAlarm()
    await this.#storage.deleteAll()
    this.#onEvents()
  }

  #open(): JobRecord | null {
    openRows(this.#storage)
    return readJob(this.#storage.sql)
  }

  #write(record: JobRecord, state: JobRecord['state']): void {
    if (state === record.state) return
    const { sql } = this.#storage
    const events = eventsBetween(record.state, state)
    this.#storage.transactionSync(() => {
      updateJob(sql, record.state, state)
      insertEvents(sql, events, this.now())
    })
    this.#cached = { ...record, state }
    if (events.length > 0) this.#onEvents()
  }
}
