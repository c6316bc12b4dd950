import { hasEnded, type Effect, type JobEvent } from '../core/job-state.ts'
import { describeCause, log } from '../core/log.ts'
import type { Handle, ImageSource } from '../core/provider.ts'
import { answeredBy, type CallResult, type UpstreamCallContext } from './calls.ts'
import { deliver } from './deliver.ts'
import { callEmbedded } from './embedded-call.ts'
import type { Keeper } from './keeper.ts'
import { drawPartials } from './partials.ts'
import type { JobRecord } from './rows.ts'
import { deleteImages, deleteUnrecorded, storeImages, type Delivered } from './store.ts'
import { forget, note, settle, tell } from './tenant-calls.ts'
import { cancelUpstream, pollUpstream, submitUpstream } from './upstream-call.ts'

/** A call that takes longer is told to the tenant's index, so that lists show the job as running. ms. */
const NOTE_AFTER_MS = 1000

/** How long a purge waits for calls that were aborted and images on their way, ms. */
const LIVE_MS = 1000

type Paid = Extract<Effect, { type: 'submit' | 'poll' | 'store' }>

/** Performs the effects of one job. What an effect brings back is an event for the rule; null = nothing. */
export class Performer {
  readonly #env: Env
  readonly #keeper: Keeper
  /** Images that an upstream has answered with, by attempt, until they are stored. Lost on eviction. */
  readonly #delivered = new Map<number, Delivered>()
  /** Whatever may put something into R2 while it is live in this instance: calls, and images on their way. */
  readonly #live = new Map<Promise<JobEvent>, AbortController>()

  constructor(env: Env, keeper: Keeper) {
    this.#env = env
    this.#keeper = keeper
  }

  /** The job has ended: what is still on its way is not wanted. */
  abortCalls(): void {
    for (const controller of this.#live.values()) controller.abort()
  }

  async perform(effect: Exclude<Effect, { type: 'reserve' }>): Promise<JobEvent | null> {
    const record = this.#keeper.record()
    if (!record) return null
    switch (effect.type) {
      case 'submit':
      case 'poll':
      case 'store':
        return this.#alive(record, effect)
      case 'settle':
        return this.#settle(record)
      case 'deliver':
        return deliver(this.#env, record, effect.delivery, this.#keeper.now())
      case 'tell':
        return this.#tell(record, effect.delivery)
      case 'purge':
        return this.#purge(record)
      case 'cancel_upstream':
        void this.#cancel(record, effect.attempt)
        return null
    }
  }

  async #alive(record: JobRecord, { type, attempt: n }: Paid): Promise<JobEvent> {
    const controller = new AbortController()
    const { signal } = controller
    const work =
      type === 'store' ? this.#store(record, n, signal) : this.#call(record, n, type, signal)
    this.#live.set(work, controller)
    try {
      return await work
    } finally {
      this.#live.delete(work)
    }
  }

  async #call(
    record: JobRecord,
    n: number,
    kind: 'submit' | 'poll',
    signal: AbortSignal,
  ): Promise<JobEvent> {
    const attempt = record.state.attempts[n]!
    const late = setTimeout(() => this.#note(record), NOTE_AFTER_MS)
    try {
      const result = await this.#send(this.#context(record, n, signal), kind)
      if (kind === 'submit' && result.outcome.kind === 'pending') this.#note(record)
      if (result.outcome.kind === 'done')
        this.#delivered.set(n, { sources: result.outcome.images, found: result.found })
      await this.#dropAbandoned(record, n, result)
      return answeredBy(attempt, result)
    } catch (caught) {
      if (!signal.aborted)
        log('call_failed', { job: record.facts.id, cause: describeCause(caught) })
      await this.#dropAbandoned(record, n, null)
      return { type: 'lost', attempt: n }
    } finally {
      clearTimeout(late)
    }
  }

  #context(record: JobRecord, n: number, signal: AbortSignal): UpstreamCallContext {
    const attempt = record.state.attempts[n]!
    const { first } = record.state.parts[attempt.part]!
    return {
      env: this.#env,
      record,
      attempt,
      signal,
      now: this.#keeper.now(),
      onPartial: (i, k, image) => this.#keeper.notePartial(n, { n: first + i, k, image }),
    }
  }

  async #send(context: UpstreamCallContext, kind: 'submit' | 'poll'): Promise<CallResult> {
    const embedded = callEmbedded(context, kind)
    if (embedded && kind === 'submit') await drawPartials(context, embedded.outcome)
    if (embedded) return embedded
    return kind === 'submit' ? submitUpstream(context) : pollUpstream(context)
  }

  /** The job ended while a call was live: what came with it is not kept, and work that goes on is stopped. */
  async #dropAbandoned(record: JobRecord, n: number, result: CallResult | null): Promise<void> {
    if (!(await this.#dropLate(record))) return
    if (result?.outcome.kind === 'pending') void this.#cancel(record, n, result.outcome.handle)
  }

  /** Best effort, and nobody waits for it: an upstream that does not stop draws for nobody. */
  async #cancel(record: JobRecord, n: number, given?: Handle): Promise<void> {
    const context = this.#context(record, n, new AbortController().signal)
    const handle = given ?? context.attempt.handle
    try {
      await cancelUpstream({ ...context, attempt: { ...context.attempt, handle } })
    } catch (caught) {
      log('cancel_failed', { job: record.facts.id, cause: describeCause(caught) })
    }
  }

  /** Lists show that the job runs, where that takes long enough to be seen. Nothing waits for it. */
  #note(record: JobRecord): void {
    note(this.#env.TENANTS, record).catch((caught: unknown) => {
      log('note_failed', { job: record.facts.id, cause: describeCause(caught) })
    })
  }

  /** What it cannot be told now, the tenant is told when the alarm rings for it. */
  async #tell(record: JobRecord, n: number): Promise<JobEvent | null> {
    try {
      return { type: 'told', ...(await tell(this.#env.TENANTS, record, n)) }
    } catch (caught) {
      log('tell_failed', { job: record.facts.id, cause: describeCause(caught) })
      return null
    }
  }

  async #store(record: JobRecord, n: number, signal: AbortSignal): Promise<JobEvent> {
    const attempt = record.state.attempts[n]!
    // After a restart the URLs of the answer are all that is left of it, and enough.
    const delivered = this.#delivered.get(n) ?? { sources: sourcesOf(attempt.urls), found: [] }
    this.#delivered.delete(n)
    try {
      const stored = await storeImages(this.#env, record, attempt, delivered, signal)
      await this.#dropLate(record)
      return { type: 'stored', attempt: n, ...stored }
    } catch (caught) {
      log('store_failed', { job: record.facts.id, cause: describeCause(caught) })
      return { type: 'lost', attempt: n }
    }
  }

  #isOver(): boolean {
    const record = this.#keeper.record()
    return !record || hasEnded(record.state.status)
  }

  /** True when the job ended while bytes were on their way: they are not kept. */
  async #dropLate({ facts }: JobRecord): Promise<boolean> {
    if (!this.#isOver()) return false
    const now = this.#keeper.record()
    await (now ? this.#dropUncharged(now) : deleteImages(this.#env.IMAGES_BUCKET, facts))
    return true
  }

  async #settle(record: JobRecord): Promise<JobEvent> {
    try {
      await this.#dropUncharged(record)
      return { type: 'settled', told: await settle(this.#env.TENANTS, record) }
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

  /**
   * Repeatable to its end: nothing of the job is left in the tenant, in R2, here. No new request finds it
   * first. What is still live could put something into R2 behind it: then it is for the alarm.
   */
  async #purge(record: JobRecord): Promise<JobEvent | null> {
    if (!(await this.#isQuiet())) return { type: 'purge_failed' }
    try {
      const open = record.state.deliveries.filter(({ tellDue }) => tellDue != null)
      await Promise.all(open.map(({ n }) => tell(this.#env.TENANTS, record, n)))
      await forget(this.#env.TENANTS, record)
      await deleteImages(this.#env.IMAGES_BUCKET, record.facts)
      await this.#keeper.vanish()
      return null
    } catch (caught) {
      log('purge_failed', { job: record.facts.id, cause: describeCause(caught) })
      return { type: 'purge_failed' }
    }
  }

  async #isQuiet(): Promise<boolean> {
    let late: ReturnType<typeof setTimeout> | null = null
    const isLate = new Promise((resolve) => (late = setTimeout(resolve, LIVE_MS)))
    await Promise.race([Promise.allSettled(this.#live.keys()), isLate])
    clearTimeout(late)
    return this.#live.size === 0
  }
}

const sourcesOf = (urls: string[] | null): ImageSource[] =>
  (urls ?? []).map((url) => ({ from: { url }, seed: null, revisedPrompt: null }))
