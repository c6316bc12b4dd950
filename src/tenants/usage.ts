import type { KeyId } from '../core/ids.ts'
import type { Micros } from '../core/money.ts'
import type { Labels, Reservation, Settlement } from '../core/tenant.ts'
import { readTenant } from './tenant-row.ts'

const DAY_MS = 24 * 3600_000
/** Between the first ids of two days. */
export const DAY_IDS = 1_000_000
/** Rows of one day, all together below 4 MB. */
const MAX_ROWS = 10_000
/** What stands for keys and tags beyond that. */
const OTHER = '(other)'
/** Longest tag, characters; the rest is cut off. */
const MAX_TAG = 100

/** What is counted, by its column. */
export const COUNTS = [
  'requests',
  'reused',
  'images',
  'charge',
  'cost',
  'input_tokens',
  'output_tokens',
  'possibly_billed',
  'unpriced',
] as const
export type Counts = Record<(typeof COUNTS)[number], number>

interface Counted {
  livemode: boolean
  keyId: KeyId | null
  model: string
  labels: Labels | undefined
}

export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS)

/** A job that has ended, on the day of its ledger line. */
export function countJob(
  sql: SqlStorage,
  { summary, images = summary.count, work }: Settlement,
  { keyId, charged }: { keyId: KeyId | null; charged: Micros },
  now: number,
): void {
  const { livemode, model, status, charge, cost } = summary
  const counts = {
    requests: 1,
    images,
    charge: charged,
    cost: cost ?? 0,
    input_tokens: work?.inputTokens ?? 0,
    output_tokens: work?.outputTokens ?? 0,
    possibly_billed: work?.possiblyBilled ?? 0,
    unpriced: Number(status === 'succeeded' && charge === null),
  }
  count(sql, { livemode, model, keyId, labels: work?.labels }, counts, now)
}

/** A request that another job answers. */
export function countReuse(sql: SqlStorage, r: Reservation, now: number): void {
  const { livemode, keyId, labels, summary } = r
  count(sql, { livemode, keyId, labels, model: summary.model }, { requests: 1, reused: 1 }, now)
}

/**
 * Adds to the row of its day (UTC), key, model and tags, in the transaction that books the money, so that
 * ledger and usage cannot differ. One row is written for a request, and there are never more rows than
 * requests, nor many more than `MAX_ROWS` a day: then keys and tags that the day has not seen are counted
 * together, and sums by day and model stay exact.
 */
export function count(
  sql: SqlStorage,
  counted: Counted,
  counts: Partial<Counts>,
  now: number,
  maxRows = MAX_ROWS,
): void {
  const day = dayOf(now)
  const own = placeOf(sql, counted)
  const has = (where: string, ...bound: SqlStorageValue[]) =>
    sql.exec(`SELECT 1 FROM usage WHERE ${where}`, ...bound).toArray().length > 0
  const isFull = has('id = ?', day * DAY_IDS + maxRows - 1)
  const isNew =
    isFull && !has(`day = ? AND ${PLACE.map((it) => `${it} = ?`).join(' AND ')}`, day, ...own)
  sql.exec(
    ADD,
    day * DAY_IDS,
    day,
    ...(isNew ? placeOf(sql, counted, OTHER) : own),
    ...COUNTS.map((it) => counts[it] ?? 0),
  )
}

const PLACE = ['livemode', 'key_id', 'model', 'tags'] as const

const ADD = `
  INSERT INTO usage (id, day, ${[...PLACE, ...COUNTS].join()})
  VALUES (
    coalesce((SELECT max(id) + 1 FROM usage WHERE id BETWEEN ?1 AND ?1 + ${DAY_IDS - 1}), ?1),
    ?2, ${[...PLACE, ...COUNTS].map(() => '?').join()}
  ) ON CONFLICT (day, ${PLACE.join()}) DO UPDATE SET
    ${COUNTS.map((it) => `${it} = ${it} + excluded.${it}`).join()}`

/** Values of `PLACE`. `instead`: what to write for key and tags. */
function placeOf(
  sql: SqlStorage,
  { livemode, keyId, model, labels = {} }: Counted,
  instead?: string,
): (string | number)[] {
  const names = ['user', ...(readTenant(sql)?.usageTags ?? [])].toSorted()
  const tags = names.flatMap((name) => {
    const value = Object.hasOwn(labels, name) ? labels[name] : ''
    return value ? [[name, instead ?? value.slice(0, MAX_TAG)]] : []
  })
  return [Number(livemode), instead ?? keyId ?? '', model, JSON.stringify(Object.fromEntries(tags))]
}
