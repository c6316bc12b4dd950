import type { Model } from '../core/model.ts'
import { fromUsd } from '../core/money.ts'
import type { Micros } from '../core/money.ts'

/**
 * What a tenant pays per image, its multiplier included; null = unpriced. A positive price is
 * never rounded to nothing: it is at least 1 micro-dollar.
 */
export function pricePerImage({ price }: Model, multiplier: number): Micros | null {
  if (!price) return null
  const micros = price.reduce((sum, { usd }) => sum + (fromUsd(usd) ?? NaN), 0) * multiplier
  return micros > 0 ? Math.max(1, Math.round(micros)) : micros
}

/** Images of each upstream call: at most `most` in one, all of them together `count`. */
export const split = (count: number, most: number): number[] =>
  Array.from({ length: Math.ceil(count / most) }, (_, i) => Math.min(most, count - i * most))
