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
