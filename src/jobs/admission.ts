import { errors } from '../core/error.ts'
import { describeCause, log } from '../core/log.ts'
import type { Reserved } from '../core/tenant.ts'
import { isOverloaded } from '../outbound/object-call.ts'
import type { Keeper } from './keeper.ts'
import { reserve } from './tenant-calls.ts'

/**
 * Asks the tenant whether a job may go on, one question at a time: `create` and the alarm share it, so
 * that an old answer never meets a newer state. Lost on eviction; the alarm then asks again.
 */
export class Admission {
  readonly #tenants: Env['TENANTS']
  readonly #keeper: Keeper
  #asking: Promise<Reserved | 'unknown'> | null = null

  constructor(tenants: Env['TENANTS'], keeper: Keeper) {
    this.#tenants = tenants
    this.#keeper = keeper
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
    this.#asking ??= this.#askOnce(isFirst)
    return this.#asking
  }

  /** Only a yes is kept: until it is written down it must not be asked for again. A place in the queue changes. */
  async #askOnce(isFirst: boolean): Promise<Reserved | 'unknown'> {
    const reserved = await this.#ask(isFirst)
    if (reserved === 'unknown' || !reserved.ok || reserved.position !== null) this.#asking = null
    return reserved
  }

  async #ask(isFirst: boolean): Promise<Reserved | 'unknown'> {
    const record = this.#keeper.record()
    if (!record) return { ok: false, refusal: errors.purged() }
    const tried = { times: 0, again: !isFirst }
    try {
      return await reserve(this.#tenants, record, tried)
    } catch (caught) {
      const mayHold = !isFirst || tried.times > 1 || record.facts.isHeld
      if (!mayHold && isOverloaded(caught)) return { ok: false, refusal: errors.overloaded() }
      log('reserve_failed', { job: record.facts.id, cause: describeCause(caught) })
      this.#keeper.acknowledge()
      return 'unknown'
    }
  }
}
