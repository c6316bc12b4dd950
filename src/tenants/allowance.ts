import { errors, type PublicError } from '../core/error.ts'
import type { JobId } from '../core/ids.ts'
import { toUsd, type Micros } from '../core/money.ts'
import type { KeyRecord } from './records.ts'

/** What became of a reservation. */
export interface Used {
  charged: Micros
  /** Images that were delivered; undefined = as many as were held. */
  images: number | undefined
}

interface Wanted {
  job: JobId
  /** Worst case; null = unpriced. */
  amount: Micros | null
  images: number
}

const isBounded = ({ maxSpend, maxImages }: KeyRecord): boolean =>
  maxSpend !== null || maxImages !== null

/** Why the key, or one that it descends from, has too little left; null when it is enough. */
export function beyondAllowance(
  line: readonly KeyRecord[],
  { amount, images }: Omit<Wanted, 'job'>,
): PublicError | null {
  for (const { maxSpend, maxImages, used } of line) {
    const imagesLeft = (maxImages ?? Infinity) - used.images
    if (images > imagesLeft)
      return errors.insufficient(
        `This key may make ${imagesLeft} more images of its ${maxImages}, and this request asks for ${images}.`,
      )
    if (maxSpend === null) continue
    if (amount === null)
      return errors.forbidden('A key with a bound cannot use a model without a price.', 'model')
    const left = maxSpend - used.spend
    if (amount > left)
      return errors.insufficient(
        `This key may spend $${toUsd(left)} more of its $${toUsd(maxSpend)}, and this request needs up to $${toUsd(amount)}.`,
      )
  }
  return null
}

/** In the transaction of the reservation, so that no two jobs take the same rest. */
export function holdAllowance(
  sql: SqlStorage,
  line: readonly KeyRecord[],
  { job, amount, images }: Wanted,
): void {
  for (const { countsAs } of line.filter(isBounded)) {
    sql.exec(
      `INSERT INTO allowance (key_id, spend, images) VALUES (?1, ?2, ?3) ON CONFLICT (key_id)
       DO UPDATE SET spend = spend + ?2, images = images + ?3`,
      countsAs,
      amount ?? 0,
      images,
    )
    sql.exec('INSERT INTO hold VALUES (?, ?, ?, ?)', job, countsAs, amount ?? 0, images)
  }
}

/** Gives back what a job held and did not use. */
export function releaseHolds(sql: SqlStorage, job: JobId, { charged, images }: Used): void {
  const holds = sql
    .exec<{ key_id: string; spend: number; images: number }>(
      'DELETE FROM hold WHERE job = ? RETURNING key_id, spend, images',
      job,
    )
    .toArray()
  for (const hold of holds)
    sql.exec(
      'UPDATE allowance SET spend = spend - ?, images = images - ? WHERE key_id = ?',
      hold.spend - charged,
      hold.images - Math.min(images ?? hold.images, hold.images),
      hold.key_id,
    )
}
