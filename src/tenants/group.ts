import type { Reservation, Reserved } from '../core/tenant.ts'
import { reserve } from './admission.ts'
import { findReservation } from './reservations.ts'

/** Takes back what was written for the members before. */
class Refused extends Error {
  readonly answer: Reserved

  constructor(answer: Reserved) {
    super('a member of the group was refused')
    this.answer = answer
  }
}

/**
 * Admits a job and, where its request makes several, all of them with it: each against what those before
 * it hold and take, in one transaction, which the refusal of any takes back. Whichever of them asks first
 * reserves for all; the others find their rows.
 */
export function reserveAll(storage: DurableObjectStorage, r: Reservation, now: number): Reserved {
  try {
    return storage.transactionSync(() => reserveEach(storage.sql, r, now))
  } catch (caught) {
    if (caught instanceof Refused) return caught.answer
    throw caught
  }
}

function reserveEach(sql: SqlStorage, r: Reservation, now: number): Reserved {
  const isKnown = (job: string) => findReservation(sql, job) !== null
  if (!r.group || isKnown(r.job)) return reserve(sql, r, now)
  let own: Reserved | null = null
  let rates = {}
  for (const { job, reuse } of r.group) {
    const isOwn = job === r.job
    if (!isOwn && isKnown(job)) continue
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
