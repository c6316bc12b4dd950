import { errors, type PublicError } from '../core/error.ts'
import { toUsd, type Micros } from '../core/money.ts'
import type { Balance, Join, Reservation, Reserved } from '../core/tenant.ts'
import { beyondAllowance, holdAllowance } from './allowance.ts'
import { insertIndexRow } from './index-rows.ts'
import { validLine } from './keys.ts'
import { bookReuse, joinOf } from './ledger.ts'
import { findReservation, openReservation } from './reservations.ts'
import { consult } from './reuse.ts'
import { leaveRow } from './reuse-rows.ts'
import { forget } from './settlement.ts'
import { readTenant } from './tenant-row.ts'
import { countReuse } from './usage.ts'

const refuse = (refusal: PublicError): Reserved => ({ ok: false, refusal })

/** Admits a job, joins it to another, or refuses it. Runs in one transaction; idempotent by job id. */
export function reserve(sql: SqlStorage, r: Reservation, now: number): Reserved {
  const tenant = readTenant(sql)
  const line = tenant && validLine(sql, tenant, r.keyId, now)
  const earlier = findReservation(sql, r.job)
  if (!line) {
    // It deletes itself now, so nothing may lead to it; what it held is free again.
    if (earlier?.state === 'open') forget(sql, r.job, now)
    return refuse(errors.unauthorized('This API key is not valid.'))
  }
  if (earlier) return earlier.state === 'open' ? { ok: true } : refuse(errors.cancelled())
  const answered = consultAll(sql, r, now)
  if (answered) return answered
  const amount = r.livemode ? r.amount : 0
  const wanted = { job: r.job, amount, images: r.images }
  const short = shortOf(amount, tenant, r.summary.model) ?? beyondAllowance(line, wanted)
  if (short) return refuse(short)
  admit(sql, r, amount ?? 0, now)
  holdAllowance(sql, line, wanted)
  return { ok: true }
}

/** A job that asks again after a lost answer gets the same one, and no second repeat is used up. */
function consultAll(sql: SqlStorage, r: Reservation, now: number): Reserved | null {
  if (r.acknowledged) return null
  const before = joinOf(sql, r.job)
  if (before) return { ok: false, ...before }
  for (const [at, claim] of r.reuse.entries()) {
    const answered = consult(sql, r, claim, now)
    if (!answered) continue
    if ('join' in answered) joinTo(sql, r, at, answered, now)
    return answered
  }
  return null
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

function admit(sql: SqlStorage, r: Reservation, amount: Micros, now: number): void {
  const seq = openReservation(sql, { job: r.job, keyId: r.keyId, amount, at: now })
  insertIndexRow(sql, seq, r.summary)
  for (const claim of r.reuse) leaveRow(sql, r, claim, r.job, now)
}
