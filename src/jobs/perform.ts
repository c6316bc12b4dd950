import { hasEnded, type Attempt, type Effect, type JobEvent } from '../core/job-state.ts'
import { describeCause, log } from '../core/log.ts'
import type { ImageSource, Outcome } from '../core/provider.ts'
import { forget, settle } from './admission.ts'
import { answeredBy, poll, submit } from './calls.ts'
import type { Keeper } from './keeper.ts'
import type { JobRecord } from './rows.ts'
import { deleteImages, storeImages } from './store.ts'

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
        await this.#purge(record)
        return null
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
    try {
      const outcome = send(record, attempt, this.#keeper.now())
      if (outcome.kind === 'done') this.#sources.set(n, outcome.images)
      return answeredBy(attempt, outcome)
    } catch (caught) {
      log('call_failed', { job: record.facts.id, cause: describeCause(caught) })
      return { type: 'lost', attempt: n }
    }
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
      await settle(this.#env.TENANTS, record)
      return { type: 'settled' }
    } catch (caught) {
      log('settle_failed', { job: record.facts.id, cause: describeCause(caught) })
      return { type: 'settle_failed' }
    }
  }

  /** Repeatable to its end: nothing of the job is left in R2, in the tenant, here. */
  async #purge(record: JobRecord): Promise<void> {
    await deleteImages(this.#env.IMAGES_BUCKET, record.facts)
    await forget(this.#env.TENANTS, record)
    await this.#keeper.vanish()
  }
}
