import { errors } from '../core/error.ts'
import type { JobId, KeyId } from '../core/ids.ts'
import { MAX_USD, type Micros } from '../core/money.ts'
import type { Join } from '../core/tenant.ts'
import type { Credited, LedgerRow } from './records.ts'
import { readBalance } from './tenant-row.ts'

const MAX_AMOUNT: Micros = MAX_USD * 1e6

type Line = Omit<LedgerRow, 'seq' | 'balance'>

/**
 * Written behind the change of the balance. A kind and reference that is there already is refused by the
 * table: nothing is booked twice.
 */
function append(
  sql: SqlStorage,
  { at, kind, amount, reference, job, how, keyId, lines }: Line,
): void {
  sql.exec(
    `INSERT INTO ledger (at, kind, amount, reference, job, how, key_id, lines, balance)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT balance FROM tenant))`,
    at,
    kind,
    amount,
    reference,
    job,
    how,
    keyId,
    lines && JSON.stringify({ v: 1, lines }),
  )
}

const NO_JOB = { job: null, how: null, keyId: null, lines: null }

/** The balance that a tenant begins with, so that the lines add up from the first. */
export function bookOpening(sql: SqlStorage, amount: Micros, at: number): void {
  append(sql, { at, kind: 'opening', amount, reference: 'opening', ...NO_JOB })
}

/** Only for charges above 0: a line of 0 would say nothing that the job index does not. */
export function bookCharge(
  sql: SqlStorage,
  { job, charged, ...rest }: { job: JobId; charged: Micros } & Pick<Line, 'keyId' | 'at' | 'lines'>,
): void {
  append(sql, { kind: 'charge', amount: -charged, reference: job, job, how: null, ...rest })
}

/** Usage line: `asked` was not started, because another job answers. */
export function bookReuse(
  sql: SqlStorage,
  { asked, join, how, keyId, at }: Join & { asked: JobId; keyId: KeyId; at: number },
): void {
  const of = { at, how, keyId, lines: null }
  append(sql, { kind: 'reuse', amount: 0, reference: asked, job: join, ...of })
}

/** The job that answered for `asked`, when it asked before. */
export function joinOf(sql: SqlStorage, asked: JobId): Join | null {
  const [row] = sql
    .exec<Join & Record<string, SqlStorageValue>>(
      `SELECT job AS "join", how FROM ledger WHERE kind = 'reuse' AND reference = ?`,
      asked,
    )
    .toArray()
  return row ?? null
}

/** Negative amounts correct earlier ones, but cannot take what jobs have reserved. */
export function credit(
  sql: SqlStorage,
  { amount, reference }: { amount: Micros; reference: string },
  at: number,
): Credited {
  const { balance, reserved } = readBalance(sql)!
  const earlier = creditOf(sql, reference)
  if (earlier === amount) return { ok: true, balance, duplicate: true }
  if (earlier !== null) return refuse('reference', 'This reference was used for another amount.')
  if (!Number.isSafeInteger(amount) || amount === 0 || Math.abs(amount) > MAX_AMOUNT)
    return refuse('amount_usd', `An amount other than 0 with six decimals, at most ${MAX_USD}.`)
  const after = balance === null ? null : balance + amount
  if (after !== null && (after < reserved || after > MAX_AMOUNT))
    return refuse(
      'amount_usd',
      'The balance would leave the range from what is reserved to 1e9 USD.',
    )
  sql.exec('UPDATE tenant SET balance = ?', after)
  append(sql, { at, kind: 'credit', amount, reference, ...NO_JOB })
  return { ok: true, balance: after, duplicate: false }
}

const refuse = (param: string, message: string): Credited => ({
  ok: false,
  refusal: errors.invalid(param, message),
})

/** What was credited under this reference; null when nothing. */
export function creditOf(sql: SqlStorage, reference: string): Micros | null {
  const [row] = sql
    .exec<{ amount: number }>(
      `SELECT amount FROM ledger WHERE kind = 'credit' AND reference = ?`,
      reference,
    )
    .toArray()
  return row?.amount ?? null
}

const readLines = (text: string | null): LedgerRow['lines'] =>
  text === null ? null : (JSON.parse(text) as { lines: LedgerRow['lines'] }).lines

/** Newest first; `after` is the `seq` of the last line seen. */
export function readLedger(
  sql: SqlStorage,
  { limit, after }: { limit: number; after?: number },
): { data: LedgerRow[]; hasMore: boolean } {
  const rows = sql
    .exec<Omit<LedgerRow, 'lines'> & { lines: string | null }>(
      `SELECT seq, at, kind, amount, reference, job, how, key_id AS keyId, lines, balance
       FROM ledger
       WHERE seq < ? ORDER BY seq DESC LIMIT ?`,
      after ?? Number.MAX_SAFE_INTEGER,
      limit + 1,
    )
    .toArray()
    .map((row): LedgerRow => ({ ...row, lines: readLines(row.lines) }))
  return { data: rows.slice(0, limit), hasMore: rows.length > limit }
}
