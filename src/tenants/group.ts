import type { Refusal, Reservation, Reserved } from '../core/tenant.ts'
import { refuseGroup, reserve } from './admission.ts'
import { findReservation } from './reservations.ts'

/** Takes back what was written for the members before. */
class Refused extends Error {
  readonly answer: Refusal

  constructor(answer: Refusal) {
    super('a member of the group was refused')
    this.answer = answer
  }
}

const isKnown = (sql: SqlStorage, job: string): boolean => findReservation(sql, job) !== null

/**
 * Admits a job and, where its request makes several, all of them with it: each against what those before
 * it hold and take, in one transaction, which the refusal of any takes back. Whichever of them asks first
 * reserves for all; the others find their rows.
 */
export function reserveAll(storage: DurableObjectStorage, r: Reservation, now: number): Reserved {
  try {
    return storage.transactionSync(() => reserveEach(storage.sql, r, now))
  } catch (caught) {
    if (!(caught instanceof Refused)) throw caught
    const { sql } = storage
    const open = r.group!.filter(({ job }) => !isKnown(sql, job))
    return refuseGroup(sql, r, caught.answer, open.length, now)
  }
}

function reserveEach(sql: SqlStorage, r: Reservation, now: number): Reserved {
  if (!r.group || isKnown(sql, r.job)) return reserve(sql, r, now)
  let own: Reserved | null = null
  let rates = {}
  for (const { job, reuse } of r.group) {
    const isOwn = job === r.job
    if (!isOwn && isKnown(sql, job)) continue
    const summary = { ...r.summary, id: job }
    // Only its caller was told of a job that asks; another may still be answered by an earlier one.
    const acknowledged = isOwn && r.acknowledged
    const answer = reserve(sql, { ...r, job, reuse, summary, acknowledged }, now)
    if ('refusal' in answer) throw new Refused(answer)
    if (isOwn) own = answer
    // What is left behind the last of them is left.
    if ('rates' in answer) rates = { rates: answer.rates }
  }
  return { ...own!, ...rates }
}
