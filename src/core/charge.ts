import type { StoredImage } from './image.ts'
import type { Attempt, JobState } from './job-state.ts'
import { shares, sumOf, type Micros } from './money.ts'
import {
  countPixels,
  type Account,
  type ChargeLine,
  type Price,
  type Rate,
  type TokenKind,
} from './price.ts'
import type { Usage } from './provider.ts'

/** Images of one upstream answer. */
interface Work {
  count: number
  /** Those that were measured. */
  images: StoredImage[]
  told: Attempt['told']
}

const TOKENS: Record<TokenKind, (usage: Usage) => number> = {
  text_in: (it) => it.inputTextTokens - it.cachedTextTokens,
  text_in_cached: (it) => it.cachedTextTokens,
  image_in: (it) => it.inputImageTokens - it.cachedImageTokens,
  image_in_cached: (it) => it.cachedImageTokens,
  image_out: (it) => it.outputTokens - it.outputTextTokens,
  text_out: (it) => it.outputTextTokens,
}

const isToken = (unit: Rate['unit']): unit is TokenKind => Object.hasOwn(TOKENS, unit)

/** Pixels as they were stored, tokens as they were told, else what is usual. */
function quantityOf({ unit, most, usual, pixels }: Rate, { count, images, told }: Work): number {
  if (pixels) {
    const measured = images.flatMap(({ width, height }) =>
      width && height ? [countPixels(width * height, pixels)] : [],
    )
    return sumOf(measured) + most * (count - measured.length)
  }
  if (!isToken(unit) || !told?.usage) return usual * count
  // A share, where not all images of the answer were stored.
  return Math.ceil((TOKENS[unit](told.usage) * count) / Math.max(told.images, count, 1))
}

function linesOf(rates: Rate[], works: Work[], multiplier: number, most?: Micros): ChargeLine[] {
  const amounts = rates.map((rate) => ({
    ...rate,
    quantity: sumOf(works.map((work) => quantityOf(rate, work))),
  }))
  const micros = shares(amounts, multiplier, most)
  return amounts
    .map(({ unit, quantity, per }, i) => ({
      unit,
      quantity: isToken(unit) ? quantity : quantity / per,
      micros: micros[i]!,
    }))
    .filter(({ quantity }) => quantity > 0)
}

const totalOf = (lines: ChargeLine[]): Micros => sumOf(lines.map(({ micros }) => micros))

/** @param succeeded else the tenant pays nothing. */
export function accountOf(
  { attempts, images, parts }: Pick<JobState, 'attempts' | 'images' | 'parts'>,
  price: Price | null,
  succeeded: boolean,
): Account {
  if (!price) return { charge: succeeded ? null : 0, lines: [], cost: null }
  const answered = attempts.map(({ outcome, part, told }): Work => {
    const { first, count } = parts[part]!
    const stored = images.filter(({ n }) => n >= first && n < first + count)
    const kept = outcome === 'succeeded' ? stored : []
    return { images: kept, count: Math.max(kept.length, told?.images ?? 0), told }
  })
  const delivered = answered.map((work) => ({ ...work, count: work.images.length }))
  const lines = succeeded ? linesOf(price.rates, delivered, price.multiplier, price.reserved) : []
  return { charge: totalOf(lines), lines, cost: totalOf(linesOf(price.rates, answered, 1)) }
}

/** Most that so many images can be charged. */
export const reservedFor = (rates: Rate[], count: number, multiplier: number): Micros =>
  sumOf(
    shares(
      rates.map((rate) => ({ ...rate, quantity: rate.most * count })),
      multiplier,
    ),
  )
