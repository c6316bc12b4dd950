import { advance } from '../core/advance.ts'
import type { Effect, JobEvent } from '../core/job-state.ts'
import { insertJob, readJob, termsOf, updateJob, type JobRecord } from './rows.ts'

/** Keeps one job's rows and applies the rule to them. The cache may vanish at any `await`; the rows do not. */
export class Keeper {
  readonly #storage: DurableObjectStorage
  #cached: JobRecord | null = null

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  now(): number {
    return Date.now()
  }

  /** Null when there is no job here. */
  record(): JobRecord | null {
    return (this.#cached ??= readJob(this.#storage.sql))
  }

  insert(record: JobRecord): void {
    this.#storage.transactionSync(() => insertJob(this.#storage.sql, record))
    this.#cached = record
  }

  /** Makes the new state durable and returns what must be done now. */
  apply(event: JobEvent): Effect[] {
    const record = this.record()
    if (!record) return []
    const { state, effects } = advance(record.state, event, termsOf(record.facts), this.now())
    this.#write(record, state)
    return effects
  }

  /** The caller is told that the job exists although its reservation is open: it must end in the open. */
  acknowledge(): void {
    const record = this.record()
    if (record?.state.status === 'admitting')
      this.#write(record, { ...record.state, acknowledged: true })
  }

  async vanish(): Promise<void> {
    this.#cached = null
    await this.#storage.deleteAlarm()
    await this.#storage.deleteAll()
  }

  #write(record: JobRecord, state: JobRecord['state']): void {
    if (state === record.state) return
    const { sql } = this.#storage
    this.#storage.transactionSync(() => updateJob(sql, record.state, state))
    this.#cached = { ...record, state }
  }
}
