/**
 * Most bytes of part buffers in one isolate, which has 128 MB for all it does. Of the 48 MiB that buffers may
 * use, 8 are left to the moment in which one grows: its former half is held beside the new one.
 */
export const BUDGET_BYTES = 40 * 1024 * 1024

/** Most bytes that one owner takes in all. */
export const OWNER_BYTES = 16 * 1024 * 1024

/** A token that was not touched for so long is dead, in ms: an aborted object never runs its `finally`. */
export const TOKEN_MS = 30_000

/** Longest wait in line, in ms. */
export const WAIT_MS = 60_000

/**
 * How often a waiter looks whether its turn has come, in ms. Nobody can call it: an object must not
 * settle another object's promise.
 */
const LOOK_MS = 50

export interface Token {
  /**
   * Says that its holder lives. A dead token counts again: its memory was in use all the time. Not to be
   * called after `release`.
   */
  touch(): void
  /** Gives back all but so many bytes of what its owner took. */
  keep(bytes: number): void
  /** Gives back all that its owner took. */
  release(): void
}

export interface Budget {
  /**
   * Takes bytes beside what the owner has; waits in line for them until `deadline` (ms, and not longer
   * than 60 s) or the signal. Null = gave up: what the owner had before it keeps.
   */
  take(bytes: number, owner: object, deadline: number, signal?: AbortSignal): Promise<Token | null>
}

/** Time as the budget sees it. */
export interface Clock {
  now(): number
  sleep(ms: number): Promise<void>
}

interface Waiter {
  bytes: number
  owner: object
  deadline: number
  token: Token | null
}

interface Holding {
  bytes: number
  touchedAt: number
}

const WALL: Clock = { now: () => Date.now(), sleep: (ms) => scheduler.wait(ms) }

/** Who has how much. */
function newHoldings(clock: Clock) {
  const holdings = new Map<object, Holding>()
  return {
    has: (owner: object) => holdings.has(owner),
    /**
     * Part buffers grow, and owners that each hold a part and wait for more would wait for one another.
     * So bytes are given only while the largest owner could still come to `OWNER_BYTES`: then it ends
     * and gives back as much as any other can need.
     */
    isSafe(bytes: number, owner: object): boolean {
      const others = [...holdings].filter(([it]) => it !== owner).map(([, it]) => it.bytes)
      const own = (holdings.get(owner)?.bytes ?? 0) + bytes
      const free = BUDGET_BYTES - others.reduce((sum, it) => sum + it, own)
      return free >= 0 && free >= OWNER_BYTES - Math.max(own, ...others)
    },
    add(bytes: number, owner: object): Token {
      const holding = holdings.get(owner) ?? { bytes: 0, touchedAt: 0 }
      const touch = () => {
        holding.touchedAt = clock.now()
        holdings.set(owner, holding)
      }
      holding.bytes += bytes
      touch()
      const keep = (kept: number) => {
        holding.bytes = Math.min(holding.bytes, kept)
        touch()
      }
      return { touch, keep, release: () => holdings.delete(owner) }
    },
    bury(isWaiting: (owner: object) => boolean): void {
      for (const [owner, { touchedAt }] of holdings)
        if (clock.now() - touchedAt >= TOKEN_MS && !isWaiting(owner)) holdings.delete(owner)
    },
  }
}

/** Who has bytes comes before who has none: he may be what the others wait for. */
export function newBudget(clock: Clock = WALL): Budget {
  const holdings = newHoldings(clock)
  const line = new Set<Waiter>()

  function serve(): void {
    for (const waiter of line) if (clock.now() >= waiter.deadline) line.delete(waiter)
    holdings.bury((owner) => [...line].some((waiter) => waiter.owner === owner))
    const growing = [...line].filter(({ owner }) => holdings.has(owner))
    for (const waiter of growing) admit(waiter)
    for (const waiter of line) if (!holdings.has(waiter.owner) && !admit(waiter)) break
  }
  function admit(waiter: Waiter): boolean {
    if (!holdings.isSafe(waiter.bytes, waiter.owner)) return false
    line.delete(waiter)
    waiter.token = give(waiter.bytes, waiter.owner)
    return true
  }
  function give(bytes: number, owner: object): Token {
    const held = holdings.add(bytes, owner)
    return {
      touch: () => held.touch(),
      keep(kept) {
        held.keep(kept)
        serve()
      },
      release() {
        held.release()
        serve()
      },
    }
  }
  async function wait(waiter: Waiter, signal?: AbortSignal): Promise<Token | null> {
    const isWaiting = () =>
      waiter.token === null && clock.now() < waiter.deadline && !signal?.aborted
    line.add(waiter)
    while (isWaiting()) {
      await clock.sleep(Math.min(LOOK_MS, waiter.deadline - clock.now()))
      serve()
    }
    line.delete(waiter)
    return waiter.token
  }
  return {
    async take(bytes, owner, deadline, signal) {
      serve()
      const isNext = holdings.has(owner) || line.size === 0
      if (isNext && holdings.isSafe(bytes, owner)) return give(bytes, owner)
      const until = Math.min(deadline, clock.now() + WAIT_MS)
      return wait({ bytes, owner, deadline: until, token: null }, signal)
    },
  }
}

/** The budget of this isolate. */
export const partBudget = newBudget()
