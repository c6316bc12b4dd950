import { errors, type PublicError } from '../core/error.ts'
import type { Rate, Rates, Reservation } from '../core/tenant.ts'
import { weigh, WINDOW_MS, type Unit } from './rate.ts'
import { RateRows } from './rate-rows.ts'
import type { Scope } from './scopes.ts'

/** The limits per minute, and what a request takes of each. */
const UNITS = [
  { unit: 'requests', limit: 'requestsPerMinute' },
  { unit: 'images', limit: 'imagesPerMinute' },
] as const

/** Each job of a request counts as a request. */
type Taking = Record<Unit, number>

/** What a request may never ask for, however long it waits; null = nothing. */
export function beyondLimits(scopes: Scope[], r: Reservation): PublicError | null {
  const jobs = r.group?.length ?? 1
  const { pixels, mayWait } = r
  const images = r.images * jobs
  for (const { whose, limits } of scopes) {
    const { imagesPerMinute, requestsPerMinute, pixelsPerImage } = limits
    if (pixelsPerImage !== null && pixels > pixelsPerImage)
      return errors.invalid(
        'size',
        `${whose} may make images of at most ${pixelsPerImage} pixels, and this request may give` +
          ` ${pixels}: name a smaller 'size'.`,
      )
    if (imagesPerMinute !== null && images > imagesPerMinute)
      return errors.invalid('n', `${whose} may make at most ${imagesPerMinute} images per minute.`)
    if (requestsPerMinute !== null && jobs > requestsPerMinute)
      return errors.invalid('n', `${whose} may make at most ${requestsPerMinute} jobs per minute.`)
  }
  const least = (what: 'running' | 'queued') =>
    Math.min(...scopes.map(({ limits }) => limits[what] ?? Infinity))
  const open = least('running') + (mayWait ? least('queued') : 0)
  return jobs > open
    ? errors.invalid('n', `At most ${open} jobs may run and wait at once here.`)
    : null
}

export interface Weighed {
  refusal: PublicError | null
  /** What is left, once the request is taken or refused; nothing where nothing is limited. */
  rates: (isTaken: boolean) => { rates?: Rates }
}

/** Whether a request fits into the minute of tenant and key. Writes nothing. */
export function weighRates(sql: SqlStorage, scopes: Scope[], r: Taking, now: number): Weighed {
  const weighed = scopes.flatMap(({ name, whose, limits }) =>
    UNITS.flatMap(({ unit, limit }) => {
      const most = limits[limit]
      if (most === null) return []
      const log = new RateRows(sql, name, now)
      return [{ whose, unit, most, ...weigh(log, unit, most, r[unit], now) }]
    }),
  )
  const rateOf = (of: Unit, isTaken: boolean): Rate | null => {
    const [tightest] = weighed.filter(({ unit }) => unit === of).toSorted((a, b) => a.left - b.left)
    if (!tightest) return null
    const { most: limit, left, resetMs } = tightest
    return isTaken
      ? { limit, remaining: left - r[of], resetMs: WINDOW_MS }
      : { limit, remaining: left, resetMs }
  }
  const [worst] = weighed.toSorted((a, b) => b.waitMs - a.waitMs)
  return {
    refusal: worst && worst.waitMs > 0 ? tooMany(worst) : null,
    rates: (isTaken) =>
      worst
        ? { rates: { requests: rateOf('requests', isTaken), images: rateOf('images', isTaken) } }
        : {},
  }
}

function tooMany({
  whose,
  most,
  unit,
  waitMs,
}: {
  whose: string
  most: number
  unit: Unit
  waitMs: number
}): PublicError {
  const seconds = Math.ceil(waitMs / 1000)
  const message = `${whose} may make ${most} ${unit} per minute; there is room again in ${seconds} s.`
  return errors.rate(message, seconds)
}

/** The request is admitted or joins another: it counts for a minute. */
export function takeRates(sql: SqlStorage, scopes: Scope[], r: Taking, now: number): void {
  for (const { name, limits } of scopes)
    if (UNITS.some(({ limit }) => limits[limit] !== null))
      new RateRows(sql, name, now).take(r.images, now)
}
