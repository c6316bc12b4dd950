import { createHash } from 'node:crypto'

/** The choices of one schedule: the same for the same seed and the same words. */
export interface Chance {
  /** 0 to 1. */
  of(...words: (string | number)[]): number
  pick<Item>(items: readonly Item[], ...words: (string | number)[]): Item
}

export function chanceOf(seed: number): Chance {
  const of = (...words: (string | number)[]): number =>
    createHash('sha256')
      .update([seed, ...words].join('/'))
      .digest()
      .readUInt32BE() /
    2 ** 32
  return { of, pick: (items, ...words) => items[Math.floor(of(...words) * items.length)]! }
}
