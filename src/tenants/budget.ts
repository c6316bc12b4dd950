import { errors, type PublicError } from '../core/error.ts'
import type { KeyId } from '../core/ids.ts'
import { toUsd, type Micros } from '../core/money.ts'
import type { Budget, KeyRecord } from './records.ts'

const DAY_MS = 24 * 3600_000

/** The calendar period of UTC that a moment lies in, ms: from `start` to before `end`. */
export function periodOf(period: Budget['period'], now: number): { start: number; end: number } {
  const at = new Date(now)
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()]
  if (period === 'month') return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) }
  const start = Math.floor(now / DAY_MS) * DAY_MS
  return { start, end: start + DAY_MS }
}

/** What the budgets of a key, and of those that it descends from, say to a job that may cost `amount`; null = it fits. */
export function overBudget(
  sql: SqlStorage,
  line: readonly KeyRecord[],
  amount: Micros | null,
  model: string,
  now: number,
): PublicError | null {
  for (const { countsAs, budget } of line) {
    if (!budget) continue
    if (amount === null) {
      const message = `${model} has no price here, so a key with a budget cannot use it.`
      return errors.forbidden(message, 'model')
    }
    const { period, micros } = budget
    const left = micros - spentBy(sql, countsAs, period, now) - reservedBy(sql, countsAs)
    if (amount <= left) continue
    const until = new Date(periodOf(period, now).end).toISOString()
    return errors.insufficient(
      `This request needs up to $${toUsd(amount)}, but of this key's budget of $${toUsd(micros)} per` +
        ` ${period} $${toUsd(Math.max(0, left))} is left until ${until} (what running jobs may cost is` +
        ' counted as spent).',
    )
  }
  return null
}

function reservedBy(sql: SqlStorage, name: KeyId): Micros {
  const query = `SELECT sum(amount) AS sum FROM reservation WHERE state = 'open' AND instr(counts_as, ?)`
  return sql.exec<{ sum: number | null }>(query, name).one().sum ?? 0
}

type Spent = { key_id: string; period: Budget['period']; since: number; amount: number }

/**
 * Charges in the period that lasts. Its row is there from the first question on; `bookSpent` keeps it, of
 * the latest period that was charged in: the ledger tells of one before it, when the clock went back.
 */
function spentBy(sql: SqlStorage, name: KeyId, period: Budget['period'], now: number): Micros {
  const { start, end } = periodOf(period, now)
  const [row] = sql.exec<Spent>('SELECT * FROM spent WHERE key_id = ?', name).toArray()
  const isKept = row?.period === period
  if (isKept && row.since <= start) return row.since === start ? row.amount : 0
  const amount = chargedWithin(sql, name, start, end)
  if (!isKept && chargedWithin(sql, name, end, Infinity) === 0)
    sql.exec('INSERT OR REPLACE INTO spent VALUES (?, ?, ?, ?)', name, period, start, amount)
  return amount
}

/** From the ledger: charges of a key, of those that took its place, and of their children. */
function chargedWithin(sql: SqlStorage, name: KeyId, start: number, end: number): Micros {
  const { sum } = sql
    .exec<{ sum: number | null }>(
      `WITH RECURSIVE family (id) AS (
         SELECT id FROM key WHERE coalesce(counts_as, id) = ?
         UNION SELECT key.id FROM key JOIN family ON key.parent = family.id
       )
       SELECT -sum(amount) AS sum FROM ledger
       WHERE kind = 'charge' AND at >= ? AND at < ? AND key_id IN family`,
      name,
      start,
      end,
    )
    .one()
  return sum ?? 0
}

/** A charge of a job that counts as these, where they have budgets. */
export function bookSpent(sql: SqlStorage, countsAs: string, charged: Micros, at: number): void {
  const rows = sql.exec<Spent>('SELECT * FROM spent WHERE instr(?, key_id) > 0', countsAs).toArray()
  for (const { key_id: name, period, since, amount } of rows) {
    const { start } = periodOf(period, at)
    if (since <= start)
      sql.exec(
        'UPDATE spent SET since = ?, amount = ? WHERE key_id = ?',
        start,
        charged + (since === start ? amount : 0),
        name,
      )
  }
}
