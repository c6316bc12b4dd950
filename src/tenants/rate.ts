/** A limit holds in every span of this length, ms. */
export const WINDOW_MS = 60_000

/** What is counted per minute. */
export type Unit = 'requests' | 'images'

/** What was taken in all, up to and with one admission. Only differences mean something. */
export type Mark = Record<Unit, number> & {
  /** ms; never before that of the mark in front. */
  at: number
}

/** The admissions of one tenant or key, in order, as far back as they still count. */
export interface RateLog {
  /** Null where there is none. */
  newest(): Mark | null
  /** The newest of those up to `at`. */
  until(at: number): Mark | null
  /** The first whose total is `total` or more. */
  reaching(unit: Unit, total: number): Mark | null
}

interface Weighed {
  /** What of the limit is free now. */
  left: number
  /** How long until there is room, when nobody else takes it, ms; 0 = now. */
  waitMs: number
  /** Until nothing counts any more, ms; 0 = nothing does. */
  resetMs: number
}

const NONE: Mark = { at: -Infinity, requests: 0, images: 0 }

/**
 * Whether so many more fit into the minute that ends now. Exact: an admission counts for a minute to the
 * millisecond, and what was refused does not count.
 *
 * @param limit at least `wanted`
 */
export function weigh(
  log: RateLog,
  unit: Unit,
  limit: number,
  wanted: number,
  now: number,
): Weighed {
  const newest = log.newest() ?? NONE
  // A clock that went back does not make the window longer.
  const clock = Math.max(now, newest.at)
  const gone = (log.until(clock - WINDOW_MS) ?? NONE)[unit]
  const left = limit - (newest[unit] - gone)
  const inTheWay = wanted > Math.max(0, left) ? log.reaching(unit, gone + wanted - left) : null
  return {
    left: Math.max(0, left),
    waitMs: inTheWay ? inTheWay.at + WINDOW_MS - now : 0,
    resetMs: Math.max(0, newest.at + WINDOW_MS - now),
  }
}

/** The mark of an admission at `now`. */
export const markAfter = (newest: Mark | null, images: number, now: number): Mark => ({
  at: Math.max(now, newest?.at ?? now),
  requests: (newest?.requests ?? 0) + 1,
  images: (newest?.images ?? 0) + images,
})
