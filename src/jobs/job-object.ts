import { DurableObject } from 'cloudflare:workers'
import { wakeAt } from '../core/advance.ts'
import { errors, type PublicError } from '../core/error.ts'
import type { TenantId } from '../core/ids.ts'
import { hasEnded, newJob, type Effect, type JobEvent } from '../core/job-state.ts'
import { describeCause, log } from '../core/log.ts'
import { isOverloaded } from '../core/object-call.ts'
import type { Plan } from '../core/plan.ts'
import type { Submission } from '../core/request.ts'
import type { Actor, Join, Reserved, ReuseClaim } from '../core/tenant.ts'
import type { JobView, LinkState } from '../core/view.ts'
import { reserve } from './admission.ts'
import { Keeper } from './keeper.ts'
import { Performer } from './perform.ts'
import type { JobRecord } from './rows.ts'
import { viewOf } from './view.ts'
import { Waiters } from './waiters.ts'

export type Created =
  | { ok: true; view: JobView }
  | ({ ok: false } & Join)
  | { ok: false; refusal: PublicError }

/** Beyond the longest call of the plan: after that a call that left no trace is lost. ms. */
const LEASE_MARGIN_MS = 5000
/** A lease stays below the platform's 15 minutes for one alarm run. */
const MAX_LEASE_MS = 14 * 60_000
/** An alarm this overdue was missed; see `#heal`. ms. */
const OVERDUE_MS = 1500
/** Pause after an alarm run that broke. ms. */
const BROKEN_MS = 1000
/** Steps of one alarm run; a rule that never comes to rest must not spin. */
const MAX_STEPS = 100

/**
 * One request, from admission to stored images. Everything that costs money happens in the alarm, so a
 * job outlives its caller, its isolate and a deploy. All state is in rows; the fields are caches.
 */
export class Job extends DurableObject<Env> {
  readonly #keeper = new Keeper(this.ctx.storage)
  readonly #performer = new Performer(this.env, this.#keeper)
  readonly #waiters = new Waiters()
  /** An alarm run is live in this instance. Lost with it: then what looks live was lost. */
  #busy = false

  /** Writes the job, holds its price, and lets the alarm begin; deletes itself when it is not admitted. */
  async create(
    submission: Submission,
    plan: Plan,
    actor: Actor,
    arrival: { origin: string; reuse: ReuseClaim[] },
  ): Promise<Created> {
    const existing = this.#keeper.record()
    if (existing) return { ok: true, view: viewOf(existing) }
    const now = this.#keeper.now()
    const retentionMs = 1000 * (submission.gateway.retentionSeconds ?? actor.retentionSeconds)
    const record: JobRecord = {
      facts: { v: 1, id: this.ctx.id.name!, submission, plan, actor, ...arrival },
      state: newJob(plan, submission.gateway, retentionMs, now),
    }
    this.#keeper.insert(record)
    void this.ctx.storage.setAlarm(wakeAt(record.state, now))
    const admitted = await this.#admit(record)
    return admitted.ok ? { ok: true, view: viewOf(this.#keeper.record()!) } : admitted
  }

  /** The job as it stands; null for an unknown id, a purged job and another tenant's. */
  async view(tenant: TenantId): Promise<JobView | null> {
    const record = this.#recordOf(tenant)
    if (!record) return null
    await this.#heal()
    return viewOf(record)
  }

  /** As `view`, but first waits up to `ms` for the job to end. */
  async wait(tenant: TenantId, ms: number): Promise<JobView | null> {
    await this.#heal()
    if (this.#isUnderWay(tenant)) await this.#waiters.wait(ms)
    return this.view(tenant)
  }

  /** For the reader of a link whose image is not in R2: waits up to `ms`, then says what is known. */
  async awaitImage(
    tenant: TenantId,
    n: number,
    ms: number,
    client: string,
  ): Promise<LinkState | null> {
    await this.#heal()
    if (this.#isUnderWay(tenant)) await this.#waiters.waitForLink(ms, client)
    const view = await this.view(tenant)
    if (!view || n >= view.count) return null
    if (view.images.some((image) => image.n === n)) return { state: 'ready' }
    if (view.error) return { state: 'failed', error: view.error }
    if (view.status === 'succeeded')
      return { state: 'failed', error: errors.upstreamFailed('This image was not made.') }
    return { state: 'pending', retryAfterSeconds: Math.max(1, Math.round(view.usualSeconds)) }
  }

  /** Cancels what has not ended; a job that has ended is shown unchanged. */
  async cancel(tenant: TenantId): Promise<JobView | null> {
    if (!this.#recordOf(tenant)) return null
    await this.#take({ type: 'cancel' })
    return this.view(tenant)
  }

  /** Cancels what has not ended, then deletes job and images. False for an unknown job. */
  async remove(tenant: TenantId): Promise<boolean> {
    if (!this.#recordOf(tenant)) return false
    await this.#take({ type: 'remove' })
    return true
  }

  /** Something outside has news, or the tenant sweeps: look again. */
  async wake(): Promise<void> {
    await this.#heal()
  }

  override async alarm(): Promise<void> {
    const record = this.#keeper.record()
    if (!record || this.#busy) return
    this.#busy = true
    try {
      await this.ctx.storage.setAlarm(this.#keeper.now() + leaseOf(record))
      await this.#run()
    } catch (caught) {
      log('alarm_failed', { job: record.facts.id, cause: describeCause(caught) })
      if (this.#keeper.record()) await this.ctx.storage.setAlarm(this.#keeper.now() + BROKEN_MS)
    } finally {
      this.#busy = false
    }
  }

  /** Steps that can follow at once run here; then the alarm is set once. */
  async #run(): Promise<void> {
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      await this.#apply({ type: 'woken' })
      const record = this.#keeper.record()
      if (!record) return
      const at = wakeAt(record.state, this.#keeper.now())
      if (at > this.#keeper.now()) return this.ctx.storage.setAlarm(at)
    }
    throw new Error('the job does not come to rest')
  }

  /** An event from a caller: the rule decides, its effects run here, the alarm follows. */
  async #take(event: JobEvent): Promise<void> {
    await this.#apply(event)
    const record = this.#keeper.record()
    if (!record || this.#busy) return
    await this.ctx.storage.setAlarm(wakeAt(record.state, this.#keeper.now()))
  }

  /** Makes the new state durable, then performs what follows, to the end. */
  async #apply(event: JobEvent): Promise<void> {
    const effects = this.#keeper.apply(event)
    const record = this.#keeper.record()
    if (record && isAnnounced(record)) this.#waiters.wakeAll()
    await Promise.all(effects.map((effect) => this.#perform(effect)))
  }

  async #perform(effect: Effect): Promise<void> {
    if (effect.type === 'reserve') {
      const record = this.#keeper.record()
      if (record) await this.#admit(record)
      return
    }
    const event = await this.#performer.perform(effect)
    if (event) await this.#apply(event)
  }

  /** Repeatable: the tenant knows jobs by id. Without an answer the job goes on as accepted. */
  async #admit(record: JobRecord): Promise<Reserved> {
    const reserved = await this.#reserve(record)
    if (reserved === null) {
      this.#keeper.acknowledge(record)
      return { ok: true }
    }
    if (reserved.ok) await this.#take({ type: 'admitted' })
    else if (!record.state.acknowledged) await this.#keeper.vanish()
    else if ('refusal' in reserved)
      await this.#take({ type: 'not_admitted', error: reserved.refusal })
    return reserved
  }

  /** Null when nobody knows whether the tenant holds the price. */
  async #reserve(record: JobRecord): Promise<Reserved | null> {
    try {
      return await reserve(this.env.TENANTS, record)
    } catch (caught) {
      log('reserve_failed', { job: record.facts.id, cause: describeCause(caught) })
      return isOverloaded(caught) ? { ok: false, refusal: errors.overloaded() } : null
    }
  }

  /** To be asked in the same stretch in which the waiting begins, else its end could be missed. */
  #isUnderWay(tenant: TenantId): boolean {
    const record = this.#recordOf(tenant)
    return record !== null && !isAnnounced(record)
  }

  /**
   * Each call looks after the alarm: a move to later followed by one to earlier can be missed by the
   * platform (cloudflare/workerd issue 7330).
   */
  async #heal(): Promise<void> {
    if (this.#busy || !this.#keeper.record()) return
    const at = await this.ctx.storage.getAlarm()
    const now = this.#keeper.now()
    if (at === null || at < now - OVERDUE_MS) await this.ctx.storage.setAlarm(now)
  }

  #recordOf(tenant: TenantId): JobRecord | null {
    const record = this.#keeper.record()
    if (!record || record.facts.actor.tenant !== tenant || record.state.removed) return null
    const gone = hasEnded(record.state.status) && this.#keeper.now() >= record.state.expiresAt
    return gone ? null : record
  }
}

/** Its end may be told: the money is settled, or will be whatever happens. */
const isAnnounced = ({ state }: JobRecord): boolean =>
  hasEnded(state.status) && (state.settled || state.settleTries > 0)

function leaseOf({ facts }: JobRecord): number {
  const longest = Math.max(...facts.plan.routes.map(({ timeoutMs }) => timeoutMs))
  return Math.min(longest + LEASE_MARGIN_MS, MAX_LEASE_MS)
}
