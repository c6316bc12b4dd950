import type { JobId } from '../core/ids.ts'
import { trimIndex } from './index-rows.ts'
import { deleteIdleRates } from './rate-rows.ts'
import {
  deleteExpiredReservations,
  hasOpenReservations,
  nextExpiry,
  takeStale,
} from './reservations.ts'
import { deleteExpiredRows } from './reuse-rows.ts'

/** Between two sweeps while reservations are open, and the age at which one is looked after, ms. */
export const SWEEP_MS = 60_000

/** Each is a subrequest, of which the free plan allows 50 per run. */
const MAX_WAKES = 40

/** Rows that have had their time may lie this long: reading ignores them. ms. */
const LAZY_MS = 3600_000

/** When to sweep next: soon while a job may have died, else when rows have had their time; null = never. */
export function nextSweep(sql: SqlStorage, now: number): number | null {
  if (hasOpenReservations(sql)) return now + SWEEP_MS
  const at = nextExpiry(sql)
  return at === null ? null : Math.max(at, now) + LAZY_MS
}

/** Deletes what has had its time, and returns the jobs to wake. */
export function sweep(sql: SqlStorage, now: number): JobId[] {
  deleteExpiredRows(sql, now)
  deleteExpiredReservations(sql, now)
  deleteIdleRates(sql, now)
  trimIndex(sql, now)
  return takeStale(sql, { before: now - SWEEP_MS, limit: MAX_WAKES, now })
}
