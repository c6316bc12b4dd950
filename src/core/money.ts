/** Integer micro-dollars, 1e-6 USD. */
export type Micros = number

/** Largest amount, 1e9 USD: sums stay exact in a double. */
export const MAX_USD = 1_000_000_000

/** Reads a USD amount of at most six decimals; null when it is not one. */
export function fromUsd(usd: number): Micros | null {
  const micros = Math.round(usd * 1e6)
  // The nearest double to a written amount, and no other one.
  const isExact = Math.abs(micros / 1e6 - usd) <= Number.EPSILON * Math.max(1, Math.abs(usd))
  return isExact && Math.abs(usd) <= MAX_USD ? micros : null
}

/** A number of USD with at most six decimals. */
export const toUsd = (micros: Micros): number => micros / 1e6

/** `quantity` units at `micros` for each `per` of them; all integers. */
export interface Amount {
  quantity: number
  micros: Micros
  per: number
}

/** Multipliers keep nine decimals. */
const MULTIPLIER_SCALE = 1e9

/**
 * What amounts cost together, exact until it is rounded, once and up; at most `most`. Each amount gets
 * what it adds to the sum, so that the parts make the whole.
 */
export function shares(amounts: Amount[], multiplier: number, most = Infinity): Micros[] {
  const factor = multiplier > 0 ? Math.max(1, Math.round(multiplier * MULTIPLIER_SCALE)) : 0
  // The sum so far is a fraction; BigInt keeps it exact.
  let sum = 0n
  let scale = BigInt(MULTIPLIER_SCALE)
  let charged = 0
  return amounts.map(({ quantity, micros, per }) => {
    const before = charged
    sum =
      sum * BigInt(per) +
      BigInt(quantity) * BigInt(micros) * BigInt(factor) * (scale / BigInt(MULTIPLIER_SCALE))
    scale *= BigInt(per)
    charged = Math.min(most, Number((sum + scale - 1n) / scale))
    return charged - before
  })
}

export const sumOf = (numbers: number[]): number => numbers.reduce((sum, n) => sum + n, 0)
