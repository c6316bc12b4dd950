/** Most readers of links that wait for one job, and most of them from one address. */
const MAX_LINK_WAITERS = 64
const MAX_LINK_WAITERS_PER_CLIENT = 8

/** Those waiting for the end of a job in this instance. Lost on eviction; callers then ask again. */
export class Waiters {
  readonly #wake = new Set<() => void>()
  readonly #perClient = new Map<string, number>()
  #links = 0

  /** Resolves at `wakeAll`, or after `ms`. Its timer is cleared: a pending one would keep the object awake. */
  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#wake.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wake.add(done)
    })
  }

  /** As `wait` for a link's reader; returns at once when too many wait already. */
  async waitForLink(ms: number, client: string): Promise<void> {
    const mine = this.#perClient.get(client) ?? 0
    if (this.#links >= MAX_LINK_WAITERS || mine >= MAX_LINK_WAITERS_PER_CLIENT) return
    this.#links += 1
    this.#perClient.set(client, mine + 1)
    try {
      await this.wait(ms)
    } finally {
      this.#links -= 1
      const left = this.#perClient.get(client)! - 1
      if (left === 0) this.#perClient.delete(client)
      else this.#perClient.set(client, left)
    }
  }

  wakeAll(): void {
    for (const wake of this.#wake) wake()
  }
}
