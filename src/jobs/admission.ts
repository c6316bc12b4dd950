import { errors } from '../core/error.ts'
import { describeCause, log } from '../core/log.ts'
import { stagedKeys } from '../core/staged-input.ts'
import type { Reserved } from '../core/tenant.ts'
import { isOverloaded } from '../outbound/object-call.ts'
import type { Keeper } from './keeper.ts'
import type { JobFacts } from './rows.ts'
import { reserve } from './tenant-calls.ts'

/**
 * Asks the tenant whether a job may go on, one question at a time: `create` and the alarm share it, so
 * that an old answer never meets a newer state. Lost on eviction; the alarm then asks again. A job that
 * is refused before anybody was told of it deletes itself, as part of the question.
 */
export class Admission {
  readonly #env: Env
  readonly #keeper: Keeper
  readonly #onLeft: () => void
  #asking: Promise<Reserved | 'unknown'> | null = null
  /**
   * A request waits for the answer, and deletes its inputs itself where that is no. Those of one that is lost
   * meanwhile, while this object lives on, are left for the bucket's lifecycle rule.
   */
  #isAwaited = false

  /** @param onLeft is called when the job has deleted itself */
  constructor(env: Env, keeper: Keeper, onLeft: () => void) {
    this.#env = env
    this.#keeper = keeper
    this.#onLeft = onLeft
  }

  /** The tenant is asked in this instance, or has said yes. */
  get isAsked(): boolean {
    return this.#asking !== null
  }

  /**
   * What the tenant says. When nobody knows whether it holds the price, the job is acknowledged: it
   * asks again by its alarm and must end in the open.
   *
   * @param isFirst nothing was asked before, so that an overloaded tenant certainly holds nothing, unless
   *   another job of the request had its price held.
   */
  ask(isFirst: boolean): Promise<Reserved | 'unknown'> {
    // What was said of another life of the job, before a purge, is no answer.
    if (isFirst) this.#asking = null
    this.#asking ??= this.#askOnce(isFirst)
    return this.#asking
  }

  /** `ask` for a request that waits. */
  async askFor(isFirst: boolean): Promise<Reserved | 'unknown'> {
    this.#isAwaited = true
    return this.ask(isFirst).finally(() => (this.#isAwaited = false))
  }

  async #leave(): Promise<void> {
    const request = this.#untold()?.submission.request
    if (!request) return
    // A lifecycle rule is the net.
    const drop = async () => this.#env.IMAGES_BUCKET.delete(stagedKeys(request))
    if (!this.#isAwaited) await drop().catch(() => {})
    if (!this.#untold()) return
    await this.#keeper.vanish()
    this.#onLeft()
  }

  /** Of a job that nobody was told of. */
  #untold(): JobFacts | null {
    const { state, facts } = this.#keeper.record() ?? {}
    return facts && state?.status === 'admitting' && !state.acknowledged ? facts : null
  }

  /** Only a yes is kept: until it is written down it must not be asked for again. A place in the queue changes. */
  async #askOnce(isFirst: boolean): Promise<Reserved | 'unknown'> {
    let isKept = false
    try {
      const reserved = await this.#ask(isFirst)
      isKept = reserved !== 'unknown' && reserved.ok && reserved.position === null
      if (reserved !== 'unknown' && !reserved.ok) await this.#leave()
      return reserved
    } finally {
      if (!isKept) this.#asking = null
    }
  }

  async #ask(isFirst: boolean): Promise<Reserved | 'unknown'> {
    const record = this.#keeper.record()
    if (!record) return { ok: false, refusal: errors.purged() }
    const tried = { times: 0, again: !isFirst }
    try {
      return await reserve(this.#env.TENANTS, record, tried)
    } catch (caught) {
      const mayHold = !isFirst || tried.times > 1 || record.facts.isHeld
      if (!mayHold && isOverloaded(caught)) return { ok: false, refusal: errors.overloaded() }
      log('reserve_failed', { job: record.facts.id, cause: describeCause(caught) })
      this.#keeper.acknowledge()
      return 'unknown'
    }
  }
}
