import type { JobId } from '../core/ids.ts'
import { trimIndex } from './index-rows.ts'
import { deleteExpiredReservations, takeStale } from './reservations.ts'
import { deleteExpiredRows } from './reuse-rows.ts'

/** Between two sweeps while reservations are open, and the age at which one is looked after, ms. */
export const SWEEP_MS = 60_000

/** Each is a subrequest, of which the free plan allows 50 per run. */
const MAX_WAKES = 40

/** Deletes what has had its time, and returns the jobs to wake. */
export function sweep(sql: SqlStorage, now: number): JobId[] {
  deleteExpiredRows(sql, now)
  deleteExpiredReservations(sql, now)
  trimIndex(sql, now)
  return takeStale(sql, { before: now - SWEEP_MS, limit: MAX_WAKES, now })
}
