/**
 * Most bytes of part buffers in one isolate, which has 128 MB for all it does. Of the 48 MiB that buffers may
 * use, 8 are left to the moment in which one grows: its former half is held beside the new one.
 */
export const BUDGET_BYTES = 40 * 1024 * 1024

/** Most bytes that one owner takes in all. */
export const OWNER_BYTES = 16 * 1024 * 1024

/** A token that was not touched for so long is dead, in ms: an aborted object never runs its `finally`. */
export const TOKEN_MS = 30_000

/**
 * Longest that one image waits in line in all, in ms. The bounds of whoever sends it go on meanwhile, and the
 * shortest is 30 s (the body of an input by URL): the line must end before it, or a fast sender seems slow.
 * Shorter than `TOKEN_MS`: who waits has said before that he lives.
 */
export const WAIT_MS = 20_000

/** A waiter that did not look for so long is dead, in ms: in a busy isolate a look may be seconds late. */
const SEEN_MS = 5000

/** So few bytes may be given out of turn, while the first in line waits for more than there is. */
const SMALL_BYTES = 1024 * 1024

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
   * Takes bytes beside what the owner has; waits in line for them until `deadline` (ms; to be at
   * most `WAIT_MS` away, or what the owner holds dies meanwhile) or the signal. Null = gave up: what the owner had before it keeps.
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
  token: Token | null
  /** When it last looked, ms. */
  seenAt: number
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
    bury(): void {
      for (const [owner, { touchedAt }] of holdings)
        if (clock.now() - touchedAt >= TOKEN_MS) holdings.delete(owner)
    },
  }
}

/**
 * Who has bytes comes before who has none: he may be what the others wait for. The first in line that does
 * not fit keeps back the others but the small ones, for as long as he waits.
 */
export function newBudget(clock: Clock = WALL): Budget {
  const holdings = newHoldings(clock)
  const line = new Set<Waiter>()

  function serve(): void {
    holdings.bury()
    for (const waiter of line) if (clock.now() - waiter.seenAt >= SEEN_MS) line.delete(waiter)
    const growing = [...line].filter(({ owner }) => holdings.has(owner))
    for (const waiter of growing) admit(waiter)
    let most = Infinity
    for (const waiter of line)
      if (!holdings.has(waiter.owner) && waiter.bytes <= most && !admit(waiter)) most = SMALL_BYTES
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
  return {
    async take(bytes, owner, deadline, signal) {
      const waiter: Waiter = { bytes, owner, token: null, seenAt: 0 }
      /** Whether it has to look again. */
      const look = () => {
        if (!waiter.token) {
          waiter.seenAt = clock.now()
          line.add(waiter)
          serve()
        }
        return !waiter.token && clock.now() < deadline && !signal?.aborted
      }
      while (look()) await clock.sleep(Math.min(LOOK_MS, deadline - clock.now()))
      line.delete(waiter)
      return waiter.token
    },
  }
}

/** The budget of this isolate. */
export const partBudget = newBudget()
