import type { JobId } from '../core/ids.ts'
import { log } from '../core/log.ts'
import type { Micros } from '../core/money.ts'
import type { Settlement, Summary } from '../core/tenant.ts'
import { deleteIndexRow, updateIndexRow } from './index-rows.ts'
import {
  buryUnknown,
  closeReservation,
  expireReservation,
  findReservation,
  type ReservationRow,
} from './reservations.ts'
import { dropRows, markPurged } from './reuse-rows.ts'
import { countJob } from './usage.ts'

/** Charges what was delivered, once. Runs in one transaction; a repeat answers the first charge. */
export function settle(sql: SqlStorage, s: Settlement, now: number): { charged: Micros } {
  const reservation = findReservation(sql, s.job)
  if (!reservation) {
    buryUnknown(sql, s.job, now)
    return { charged: 0 }
  }
  // Closed, or in a state of newer code, which settles it.
  if (reservation.state !== 'open') return { charged: reservation.charged }
  const charged = chargeable(reservation, s.charge)
  // Lines that do not make the charge would be worse than none.
  const lines = charged === s.charge ? s.lines : null
  closeReservation(sql, reservation, { charged, lines, images: s.images }, now)
  countJob(sql, s, { keyId: reservation.key_id, charged }, now)
  // What has no price is not shown as free.
  updateIndexRow(sql, s.job, { ...s.summary, charge: s.summary.charge === null ? null : charged })
  if (!s.reusable) dropRows(sql, s.job, ['seed'])
  if (s.repeatable) dropRows(sql, s.job, ['repeat', 'late'])
  return { charged }
}

/** The worst case was reserved, so more than that is a bug of ours and not the tenant's to pay. */
function chargeable({ job, amount }: ReservationRow, charge: Micros): Micros {
  const bounded = Number.isSafeInteger(charge) ? Math.min(Math.max(charge, 0), amount) : 0
  if (bounded !== charge) log('charge_out_of_bounds', { job, charge, reserved: amount })
  return bounded
}

/** Progress of a job for lists; one that arrives after the end does not undo it. */
export function note(sql: SqlStorage, job: JobId, summary: Summary): void {
  const isOpen = findReservation(sql, job)?.state === 'open'
  if (isOpen || summary.endedAt !== null) updateIndexRow(sql, job, summary)
}

/** The job is purged: nothing may lead to it any more. An open reservation is released. */
export function forget(sql: SqlStorage, job: JobId, now: number): void {
  const reservation = findReservation(sql, job)
  if (!reservation) buryUnknown(sql, job, now)
  if (reservation?.state === 'open')
    closeReservation(sql, reservation, { charged: 0, images: 0 }, now)
  expireReservation(sql, job, now)
  deleteIndexRow(sql, job)
  dropRows(sql, job, ['seed', 'repeat', 'late'])
  markPurged(sql, job)
}

/**
 * There is no such job. While its reservation is open, it never was: its creator died before it made it,
 * and nobody was told of it. Then a repeat of its request makes another in its place.
 */
export function forgetUnmade(sql: SqlStorage, job: JobId, now: number): void {
  const isUnmade = findReservation(sql, job)?.state === 'open'
  forget(sql, job, now)
  if (isUnmade) sql.exec('DELETE FROM reuse WHERE job = ?', job)
}
