/** Most readers of links that wait for one job, and most of them from one address. */
const MAX_LINK_WAITERS = 64
const MAX_LINK_WAITERS_PER_CLIENT = 8

/** Those waiting for something of a job in this instance. Lost on eviction; callers then ask again. */
export class Waiters {
  readonly #wake = new Set<(isWoken: boolean) => void>()
  readonly #perClient = new Map<string, number>()
  #links = 0

  /** True at `wakeAll`, false after `ms`. Its timer is cleared: a pending one would keep the object awake. */
  wait(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (isWoken: boolean) => {
        clearTimeout(timer)
        this.#wake.delete(done)
        resolve(isWoken)
      }
      const timer = setTimeout(done, ms, false)
      this.#wake.add(done)
    })
  }

  /** As `wait` for a link's reader; false at once when too many wait already. */
  async waitForLink(ms: number, client: string): Promise<boolean> {
    const mine = this.#perClient.get(client) ?? 0
    if (this.#links >= MAX_LINK_WAITERS || mine >= MAX_LINK_WAITERS_PER_CLIENT) return false
    this.#links += 1
    this.#perClient.set(client, mine + 1)
    try {
      return await this.wait(ms)
    } finally {
      this.#links -= 1
      const left = this.#perClient.get(client)! - 1
      if (left === 0) this.#perClient.delete(client)
      else this.#perClient.set(client, left)
    }
  }

  wakeAll(): void {
    for (const wake of this.#wake) wake(true)
  }
}
