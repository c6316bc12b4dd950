import { errors, type PublicError } from '../core/error.ts'
import { toUsd, type Micros } from '../core/money.ts'
import type { Balance, Join, Refusal, Reservation, Reserved } from '../core/tenant.ts'
import { beyondAllowance, holdAllowance } from './allowance.ts'
import { insertIndexRow } from './index-rows.ts'
import { overBudget } from './budget.ts'
import { heirLineOf, validLine } from './keys.ts'
import { bookReuse, joinOf } from './ledger.ts'
import { beyondLimits, takeRates, weighRates, type Weighed } from './limits.ts'
import { findReservation, openReservation } from './reservations.ts'
import { consult } from './reuse.ts'
import { leaveRow } from './reuse-rows.ts'
import { namesOf, scopesOf, type Scope } from './scopes.ts'
import { forget } from './settlement.ts'
import { placeJob, positionOf } from './slots.ts'
import { readTenant } from './tenant-row.ts'
import { countReuse } from './usage.ts'

const refuse = (refusal: PublicError): Reserved => ({ ok: false, refusal })

/** Admits a job, joins it to another, or refuses it. Runs in one transaction; idempotent by job id. */
export function reserve(sql: SqlStorage, r: Reservation, now: number): Reserved {
  const tenant = readTenant(sql)
  const earlier = findReservation(sql, r.job)
  // Of a job that was admitted, its key may have come to its end since; a revocation ends it.
  const line = tenant && validLine(sql, tenant, r.keyId, earlier ? 0 : now)
  if (!line) {
    // One that nobody was told of deletes itself now, so nothing may lead to it; others fail and settle.
    if (earlier?.state === 'open' && !r.acknowledged) forget(sql, r.job, now)
    return refuse(errors.unauthorized('This API key is not valid.'))
  }
  const scopes = scopesOf(tenant, earlier ? heirLineOf(sql, r.keyId) : line, r.livemode)
  if (earlier)
    return earlier.state === 'open'
      ? { ok: true, position: earlier.waits ? positionOf(sql, scopes, earlier.seq) : null }
      : refuse(errors.cancelled())
  const answered = consultAll(sql, scopes, r, now)
  if (answered) return answered
  const amount = r.livemode ? r.amount : 0
  const wanted = { job: r.job, amount, images: r.images }
  const weighed = weighRates(sql, scopes, takenBy(r), now)
  const refusal =
    beyondLimits(scopes, r) ??
    shortOf(amount, tenant, r.summary.model) ??
    beyondAllowance(line, wanted) ??
    overBudget(sql, line, amount, r.summary.model, now)
  if (refusal) return { ...refuse(refusal), ...weighed.rates(false) }
  const admitted = admitWithin(sql, scopes, r, amount ?? 0, weighed, now)
  if (admitted.ok) holdAllowance(sql, line, wanted)
  return admitted
}

/** Admits a job that may cost this, as far as its limits allow. */
function admitWithin(
  sql: SqlStorage,
  scopes: Scope[],
  r: Reservation,
  amount: Micros,
  { refusal, rates }: Weighed,
  now: number,
): Reserved {
  const placed = refusal ? { refusal } : placeJob(sql, scopes, r)
  if ('refusal' in placed) return { ...refuse(placed.refusal), ...rates(false) }
  const { waits } = placed
  const seq = admit(sql, r, { amount, waits, countsAs: namesOf(scopes) }, now)
  takeRates(sql, scopes, takenBy(r), now)
  return { ok: true, position: waits ? positionOf(sql, scopes, seq) : null, ...rates(true) }
}

/** A job that asks again after a lost answer gets the same one, and no second repeat is used up. */
function consultAll(
  sql: SqlStorage,
  scopes: Scope[],
  r: Reservation,
  now: number,
): Reserved | null {
  if (r.acknowledged) return null
  const before = joinOf(sql, r.job)
  if (before) return { ok: false, ...before }
  // Before anything is looked for: looking claims repeats.
  const { refusal, rates } = weighRates(sql, scopes, JOINING, now)
  if (refusal) return { ...refuse(refusal), ...rates(false) }
  for (const [at, claim] of r.reuse.entries()) {
    const answered = consult(sql, r, claim, now)
    if (!answered) continue
    if ('refusal' in answered) return { ...answered, ...rates(false) }
    joinTo(sql, r, at, answered, now)
    takeRates(sql, scopes, JOINING, now)
    return { ...answered, ...rates(true) }
  }
  return null
}

/** What a request takes that another job answers. */
const JOINING = { requests: 1, images: 0 }

const takenBy = ({ images }: Reservation, jobs = 1) => ({ requests: jobs, images: images * jobs })

/** The refusal of one of so many jobs of a group, as it is now that nothing of them is written. */
export function refuseGroup(
  sql: SqlStorage,
  r: Reservation,
  refused: Refusal,
  jobs: number,
  now: number,
): Reserved {
  const tenant = readTenant(sql)
  const line = tenant && validLine(sql, tenant, r.keyId, now)
  if (!line || !refused.rates) return refused
  const scopes = scopesOf(tenant, line, r.livemode)
  const { refusal, rates } = weighRates(sql, scopes, takenBy(r, jobs), now)
  const isRate = refused.refusal.status === 429
  return { ...refused, ...(isRate && refusal && { refusal }), ...rates(false) }
}

/** An idempotency key whose request was joined by a later claim stands for that job from then on. */
function joinTo(
  sql: SqlStorage,
  r: Reservation,
  at: number,
  { join, how }: Join,
  now: number,
): void {
  bookReuse(sql, { asked: r.job, join, how, keyId: r.keyId, at: now })
  countReuse(sql, r, now)
  for (const claim of r.reuse.slice(0, at))
    if (claim.kind === 'idempotency') leaveRow(sql, r, claim, join, now)
}

/** Null when the money is there. */
function shortOf(amount: Micros | null, { balance, reserved }: Balance, model: string) {
  if (balance === null) return null
  if (amount === null)
    return errors.forbidden(
      `${model} has no price here, so a tenant with a balance cannot use it.`,
      'model',
    )
  if (balance - reserved >= amount) return null
  return errors.insufficient(
    `This request needs up to ${usd(amount)}, but ${usd(balance - reserved)} is available` +
      ` (balance ${usd(balance)}, of which ${usd(reserved)} is reserved for running jobs).`,
  )
}

const usd = (micros: Micros): string => `$${toUsd(micros)}`

function admit(
  sql: SqlStorage,
  r: Reservation,
  held: { amount: Micros; waits: boolean; countsAs: string },
  now: number,
): number {
  const { job, keyId } = r
  const seq = openReservation(sql, { job, keyId, ...held, at: now })
  insertIndexRow(sql, seq, r.summary)
  for (const claim of r.reuse) leaveRow(sql, r, claim, r.job, now)
  return seq
}
