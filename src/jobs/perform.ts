import { hasEnded, type Attempt, type Effect, type JobEvent } from '../core/job-state.ts'
import { describeCause, log } from '../core/log.ts'
import type { ImageSource, Outcome } from '../core/provider.ts'
import { answeredBy, poll, submit } from './calls.ts'
import type { Keeper } from './keeper.ts'
import type { JobRecord } from './rows.ts'
import { deleteImages, deleteUnrecorded, storeImages } from './store.ts'
import { forget, note, settle } from './tenant-calls.ts'

/** Jobs that usually take less are over before somebody looks at a list. */
const NOTED_SECONDS = 3

/** Performs the effects of one job. What an effect brings back is an event for the rule; null = nothing. */
export class Performer {
  readonly #env: Env
  readonly #keeper: Keeper
  /** Images that an upstream has answered with, by attempt, until they are stored. Lost on eviction. */
  readonly #sources = new Map<number, ImageSource[]>()

  constructor(env: Env, keeper: Keeper) {
    this.#env = env
    this.#keeper = keeper
  }

  async perform(effect: Exclude<Effect, { type: 'reserve' }>): Promise<JobEvent | null> {
    const record = this.#keeper.record()
    if (!record) return null
    switch (effect.type) {
      case 'submit':
        return this.#call(record, effect.attempt, submit)
      case 'poll':
        return this.#call(record, effect.attempt, poll)
      case 'store':
        return this.#store(record, effect.attempt)
      case 'settle':
        return this.#settle(record)
      case 'purge':
        return this.#purge(record)
      case 'cancel_upstream':
        return null
    }
  }

  #call(
    record: JobRecord,
    n: number,
    send: (record: JobRecord, attempt: Attempt, now: number) => Outcome,
  ): JobEvent {
    const attempt = record.state.attempts[n]!
    if (n === 0 && attempt.handle === null) this.#note(record)
    try {
      const outcome = send(record, attempt, this.#keeper.now())
      if (outcome.kind === 'done') this.#sources.set(n, outcome.images)
      return answeredBy(attempt, outcome)
    } catch (caught) {
      log('call_failed', { job: record.facts.id, cause: describeCause(caught) })
      return { type: 'lost', attempt: n }
    }
  }

  /** Lists show that the job runs, where that takes long enough to be seen. Nothing waits for it. */
  #note(record: JobRecord): void {
    if (record.facts.plan.usualSeconds < NOTED_SECONDS) return
    note(this.#env.TENANTS, record).catch((caught: unknown) => {
      log('note_failed', { job: record.facts.id, cause: describeCause(caught) })
    })
  }

  async #store(record: JobRecord, n: number): Promise<JobEvent> {
    const attempt = record.state.attempts[n]!
    const sources = this.#sources.get(n) ?? []
    this.#sources.delete(n)
    try {
      const images = await storeImages(this.#env.IMAGES_BUCKET, record, attempt, sources)
      if (this.#isAbandoned()) await deleteImages(this.#env.IMAGES_BUCKET, record.facts)
      return { type: 'stored', attempt: n, images }
    } catch (caught) {
      log('store_failed', { job: record.facts.id, cause: describeCause(caught) })
      return { type: 'lost', attempt: n }
    }
  }

  /** The job ended while bytes were on their way: nobody will be shown them. */
  #isAbandoned(): boolean {
    const status = this.#keeper.record()?.state.status
    return status === undefined || (hasEnded(status) && status !== 'succeeded')
  }

  async #settle(record: JobRecord): Promise<JobEvent> {
    try {
      await this.#dropUncharged(record)
      await settle(this.#env.TENANTS, record)
      return { type: 'settled' }
    } catch (caught) {
      log('settle_failed', { job: record.facts.id, cause: describeCause(caught) })
      return { type: 'settle_failed' }
    }
  }

  /** What is not charged cannot be fetched: images of a job that did not succeed, and left-overs of one that did. */
  async #dropUncharged({ facts, state }: JobRecord): Promise<void> {
    if (state.attempts.length === 0) return
    if (state.status === 'succeeded')
      await deleteUnrecorded(this.#env.IMAGES_BUCKET, facts, state.images)
    else await deleteImages(this.#env.IMAGES_BUCKET, facts)
  }

  /** Repeatable to its end: nothing of the job is left in the tenant, in R2, here. No new request finds it first. */
  async #purge(record: JobRecord): Promise<JobEvent | null> {
    try {
      await forget(this.#env.TENANTS, record)
      await deleteImages(this.#env.IMAGES_BUCKET, record.facts)
      await this.#keeper.vanish()
      return null
    } catch (caught) {
      log('purge_failed', { job: record.facts.id, cause: describeCause(caught) })
      return { type: 'purge_failed' }
    }
  }
}
