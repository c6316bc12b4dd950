/** An alarm this overdue was missed; see `heal`. ms. */
const OVERDUE_MS = 1500
/** What a caller's event sets off is taken up by the alarm if it did not end within this. ms. */
export const EFFECTS_MS = 5000
/**
 * No call to an upstream begins in a run that may not end in so much time: the platform ends it after 15 min.
 * Images on their way then are fetched again. ms.
 */
const MAX_RUN_MS = 14 * 60_000
/**
 * A run that takes longer gets a lease, ms. One that dies before is repeated by the platform itself, which
 * forgets an alarm only when its run has ended (or has died seven times; then the tenant's sweep heals).
 */
const LEASE_AFTER_MS = 500

/**
 * The alarm of one job: when it rings, and whether a run of it is live in this instance. Each move costs
 * a durable write, so it is moved as rarely as possible. The fields are caches, lost with the instance.
 */
export class Alarm {
  readonly #storage: DurableObjectStorage
  readonly #now: () => number
  /** Until when a run may be live, ms. */
  #busyUntil = 0
  /** When it was set to ring, ms; null = not known. */
  #armedAt: number | null = null
  #lease: ReturnType<typeof setTimeout> | null = null

  constructor(storage: DurableObjectStorage, now: () => number) {
    this.#storage = storage
    this.#now = now
  }

  get isBusy(): boolean {
    return this.#now() < this.#busyUntil
  }

  /**
   * A run begins. Should it die, the alarm rings after `leaseMs`, when its first calls must have ended. False when one
   * is live already: the alarm rings again after it.
   */
  begin(leaseMs: number): boolean {
    if (this.isBusy) {
      this.set(this.#busyUntil)
      return false
    }
    const now = this.#now()
    this.#busyUntil = now + MAX_RUN_MS
    this.#armedAt = null
    this.#lease = setTimeout(() => this.set(now + leaseMs), LEASE_AFTER_MS)
    return true
  }

  /** The run has time for what takes at most `ms`. */
  hasTimeFor(ms: number): boolean {
    return this.#now() + ms <= this.#busyUntil
  }

  /** The run has ended: it rings next at this time, ms; null = there is no job any more. */
  end(at: number | null): void {
    clearTimeout(this.#lease)
    this.#busyUntil = 0
    if (at !== null) this.set(at)
  }

  /** Durable with what was written before it; answers wait for both. */
  set(at: number): void {
    this.#armedAt = at
    void this.#storage.setAlarm(at)
  }

  /**
   * Sees to it that it rings by `at`. One that rings earlier does no harm and is left alone: moving it
   * would make it late. A live run sets it at its end.
   */
  by(at: number): void {
    if (!this.isBusy && (this.#armedAt === null || this.#armedAt > at)) this.set(at)
  }

  /**
   * Sets it when it was lost: a move to later followed by one to earlier can be missed by the platform
   * (cloudflare/workerd issue 7330). Without a run its lease was left by an instance that died: that is known
   * now, not only when it ends.
   *
   * @param due when it should ring, ms; 0 = a call of the job looks live, which was lost then
   */
  async heal(due: number): Promise<void> {
    if (this.isBusy) return
    const at = await this.#storage.getAlarm()
    const now = this.#now()
    // Effects of a caller's event may be live so long.
    const late = due === 0 ? now : Math.max(due, now) + EFFECTS_MS
    if (at === null || at < now - OVERDUE_MS || at > late) this.set(Math.max(due, now))
  }
}
