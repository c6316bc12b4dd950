import { DurableObject } from 'cloudflare:workers'
import { wakeAt } from '../core/advance.ts'
import { errors } from '../core/error.ts'
import type { TenantId } from '../core/ids.ts'
import {
  hasEnded,
  isBeforeStart,
  isLive,
  waitsForSlot,
  type Effect,
  type JobEvent,
} from '../core/job-state.ts'
import { describeCause, log } from '../core/log.ts'
import { imagesOf, type Plan } from '../core/plan.ts'
import type { Submission } from '../core/request.ts'
import { isOwnedBy, type Caller, type Owner, type Reserved } from '../core/tenant.ts'
import type { JobView, LinkState, Removed } from '../core/view.ts'
import { Watchers } from '../core/watchers.ts'
import { Admission } from './admission.ts'
import { Alarm, EFFECTS_MS } from './alarm.ts'
import type { Arrival, Created } from './arrival.ts'
import { leaseOf } from './call-deadlines.ts'
import { isKnown, type WebhookEvent } from './deliver.ts'
import { isAnnounced } from './events.ts'
import { Keeper } from './keeper.ts'
import { withLooks } from './look.ts'
import { Performer } from './perform.ts'
import { newRecord, type JobRecord } from './rows.ts'
import { linkStateOf, viewOf } from './view.ts'
import { Waiters } from './waiters.ts'

/** Pause after an alarm run that broke. ms. */
const BROKEN_MS = 1000
/** Steps of one alarm run; a rule that never comes to rest must not spin. */
const MAX_STEPS = 100

/**
 * One request, from admission to stored images. Everything that costs money happens in the alarm, so a
 * job outlives its caller, its isolate and a deploy. All state is in rows; the fields are caches.
 */
export class Job extends DurableObject<Env> {
  readonly #watchers = new Watchers()
  readonly #keeper = new Keeper(this.ctx.storage, () => this.#watchers.notify())
  readonly #performer = new Performer(this.env, this.#keeper)
  /** For its end. */
  readonly #waiters = new Waiters()
  /** For one of its images. */
  readonly #readers = new Waiters()
  readonly #admission = new Admission(this.env, this.#keeper, () => this.#wakeAll())
  readonly #alarm = new Alarm(this.ctx.storage, () => this.#keeper.now())

  /**
   * Writes the job, holds its price, lets the alarm begin, and waits up to `waitMs` for the end; deletes
   * itself when it is not admitted. May be repeated.
   */
  async create(
    submission: Submission,
    plan: Plan,
    actor: Caller,
    { waitMs, ...arrival }: Arrival,
  ): Promise<Created> {
    const isFirst = this.#keeper.record() === null
    if (isFirst) this.#insert(submission, plan, actor, arrival)
    else await this.#heal()
    const isAdmitting = this.#keeper.record()!.state.status === 'admitting'
    const admitted = isAdmitting ? await this.#admission.askFor(isFirst) : 'unknown'
    if (admitted !== 'unknown' && !admitted.ok) return admitted
    // Who waits is told of the end: the alarm writes down the admission together with its first step.
    if (waitMs === 0) await this.#admit(admitted)
    else await this.#untilEnd(actor.tenant, waitMs)
    const record = this.#keeper.record()
    if (!record || record.state.removed) return { ok: false, refusal: errors.cancelled() }
    const rates = admitted !== 'unknown' && admitted.rates
    return { ok: true, view: viewOf(record), ...(rates && { rates }) }
  }

  /** The job as it stands; null for an unknown id, a purged job and another tenant's. */
  async view(owner: Owner): Promise<JobView | null> {
    if (!this.#recordOf(owner)) return null
    await this.#heal()
    const record = this.#recordOf(owner)
    return record && viewOf(record)
  }

  /** As `view`, but first waits up to `ms` for the job to end. */
  async wait(owner: Owner, ms: number): Promise<JobView | null> {
    await this.#heal()
    await this.#untilEnd(owner, ms)
    return this.view(owner)
  }

  /** For the reader of a link whose image is not in R2: waits up to `ms`, then says what is known. */
  async awaitImage(
    tenant: TenantId,
    n: number,
    ms: number,
    client: string,
  ): Promise<LinkState | null> {
    await this.#heal()
    const asked = this.#recordOf(tenant)
    if (!asked || n >= imagesOf(asked.facts.plan)) return null
    const until = this.#keeper.now() + ms
    const isThere = () => this.#recordOf(tenant)?.state.images.some((image) => image.n === n)
    let isWoken = true
    while (isWoken && !isThere() && this.#isUnderWay(tenant))
      isWoken = await this.#readers.waitForLink(until - this.#keeper.now(), client)
    if (isThere()) return { state: 'ready' }
    const view = await this.view(tenant)
    return view && linkStateOf(view)
  }

  /**
   * The job's events behind the one named, as JSON lines, until it ends (`Watchers.open`). Null for an
   * unknown job; `full` when too many watch it.
   */
  async watch(owner: Owner, after: number): Promise<ReadableStream<Uint8Array> | 'full' | null> {
    await this.#heal()
    if (!this.#recordOf(owner)) return null
    return this.#watchers.open(after, (last) => this.#keeper.unread(last)) ?? 'full'
  }

  /** Cancels what has not ended; a job that has ended is shown unchanged. */
  async cancel(owner: Owner): Promise<JobView | null> {
    if (!this.#recordOf(owner)) return null
    await this.#take({ type: 'cancel' })
    return this.view(owner)
  }

  /**
   * Ends the job as a cancel does, then deletes it and its images. May be repeated as long as something
   * is left to say so: null for an unknown job, and for one that is gone.
   */
  async remove(owner: Owner): Promise<Removed | null> {
    await this.#heal()
    const actor = this.#keeper.record()?.facts.actor
    if (!actor || !isOwnedBy(owner, actor)) return null
    const taken = this.#take({ type: 'remove' })
    // Ended, and not deleted yet: that takes calls to others.
    const ended = this.#keeper.record()!
    await taken
    const view = { ...viewOf(ended), images: ended.state.images }
    return { view, erased: this.#keeper.record() === null }
  }

  /** For the deletion of its tenant: as `remove`. True when nothing is left here. */
  async erase(tenant: TenantId): Promise<boolean> {
    return (await this.remove(tenant))?.erased ?? true
  }

  /** A delivery is wanted again, or another request's address told of the end. False for an unknown one. */
  async webhook(owner: Owner, event: WebhookEvent): Promise<boolean> {
    const record = this.#recordOf(owner)
    if (!record || !isKnown(record, event)) return false
    await this.#take(event)
    return true
  }

  /** Something outside has news, or the tenant sweeps: look again. False when there is no job here. */
  async wake(): Promise<boolean> {
    await this.#heal()
    return this.#keeper.record() !== null
  }

  override async alarm(): Promise<void> {
    const record = this.#keeper.record()
    if (!record || !this.#alarm.begin(leaseOf(record.facts.plan))) return
    let next: number | null = null
    try {
      // The question of `create` is asked already.
      if (this.#admission.isAsked) await this.#admit(await this.#admission.ask(false))
      next = await this.#run()
    } catch (caught) {
      log('alarm_failed', { job: record.facts.id, cause: describeCause(caught) })
      next = this.#keeper.now() + BROKEN_MS
    } finally {
      this.#alarm.end(this.#keeper.record() && next)
    }
  }

  /** Steps that can follow at once run here. Gives the time of the next one, ms. */
  async #run(): Promise<number | null> {
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      if (!this.#keeper.record()) return null
      await withLooks(this.#apply({ type: 'woken' }), () => this.#apply({ type: 'due' }))
      const record = this.#keeper.record()
      if (!record) return null
      const at = wakeAt(record.state, this.#keeper.now())
      // What is due and has no time left here is begun by another run.
      if (at > this.#keeper.now() || !this.#mayCall(record)) return at
    }
    throw new Error('the job does not come to rest')
  }

  #mayCall(record: JobRecord): boolean {
    return this.#alarm.hasTimeFor(leaseOf(record.facts.plan))
  }

  /**
   * An event from a caller: the rule decides, its effects run here. The alarm is set before them, so that
   * they are taken up again if they break off, and after them for what comes next.
   */
  async #take(event: JobEvent): Promise<void> {
    const effects = this.#change(event)
    if (effects.length > 0) this.#alarm.by(this.#keeper.now() + EFFECTS_MS)
    await this.#performAll(effects)
    const record = this.#keeper.record()
    if (record) this.#alarm.by(wakeAt(record.state, this.#keeper.now()))
  }

  /** Makes the new state durable, then performs what follows, to the end. */
  async #apply(event: JobEvent): Promise<void> {
    await this.#performAll(this.#change(event))
  }

  #change(event: JobEvent): Effect[] {
    const before = this.#keeper.record()
    const effects = this.#keeper.apply(event, before !== null && this.#mayCall(before))
    const record = this.#keeper.record()
    if (record && hasEnded(record.state.status)) this.#performer.abortCalls()
    if (record && isAnnounced(record.state)) this.#waiters.wakeAll()
    if (before !== record) this.#readers.wakeAll()
    return effects
  }

  async #performAll(effects: Effect[]): Promise<void> {
    const done = await Promise.allSettled(effects.map((effect) => this.#perform(effect)))
    // Not before all have ended: what is live then counts as lost.
    for (const it of done) if (it.status === 'rejected') throw it.reason
  }

  async #perform(effect: Effect): Promise<void> {
    if (effect.type === 'reserve') {
      await this.#admit(await this.#admission.ask(false))
      return
    }
    const event = await this.#performer.perform(effect)
    if (event?.type === 'settled') await this.#answerFirst()
    if (event) await this.#apply(event)
  }

  #wakeAll(): void {
    this.#waiters.wakeAll()
    this.#readers.wakeAll()
  }

  /** The money is booked: who waits is answered before that is written down here too, not after. */
  async #answerFirst(): Promise<void> {
    this.#wakeAll()
    await scheduler.wait(0)
  }

  #insert(
    submission: Submission,
    plan: Plan,
    actor: Caller,
    arrival: Omit<Arrival, 'waitMs'>,
  ): void {
    const now = this.#keeper.now()
    const facts = { v: 1, id: this.ctx.id.name!, submission, plan, actor, ...arrival } as const
    this.#keeper.insert(newRecord(facts, now))
    // It rings while the tenant is asked, so that an admitted job begins at once.
    this.#alarm.set(now)
  }

  /** Writes down what the tenant decided. */
  async #admit(reserved: Reserved | 'unknown'): Promise<void> {
    const state = this.#keeper.record()?.state
    if (reserved === 'unknown' || !state || !isBeforeStart(state)) return
    if (reserved.ok) await this.#take({ type: 'admitted', position: reserved.position })
    else if ('refusal' in reserved)
      await this.#take({ type: 'not_admitted', error: reserved.refusal })
  }

  async #untilEnd(owner: Owner, ms: number): Promise<void> {
    if (this.#isUnderWay(owner)) await this.#waiters.wait(ms)
  }

  /** To be asked in the same stretch in which the waiting begins, else its end could be missed. */
  #isUnderWay(owner: Owner): boolean {
    const record = this.#recordOf(owner)
    return record !== null && !isAnnounced(record.state)
  }

  /** Each call looks after the alarm, and after the job's turn where it waits for one. */
  async #heal(): Promise<void> {
    const waiting = this.#keeper.record()
    if (waiting && waitsForSlot(waiting.state)) await this.#admit(await this.#admission.ask(false))
    const { state } = this.#keeper.record() ?? {}
    if (state) await this.#alarm.heal(isLive(state) ? 0 : wakeAt(state, this.#keeper.now()))
  }

  #recordOf(owner: Owner): JobRecord | null {
    const record = this.#keeper.record()
    if (!record || !isOwnedBy(owner, record.facts.actor) || record.state.removed) return null
    const gone = hasEnded(record.state.status) && this.#keeper.now() >= record.state.expiresAt
    return gone ? null : record
  }
}
