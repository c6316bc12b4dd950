/** The next number of a fixed sequence, 0 <= n < 1. */
export type Random = () => number

/** FNV-1a over UTF-16 units, then the end of MurmurHash3, so that near seeds part at once. */
export function hashText(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed | 0, 0x9e3779b1)
  // Seeds above 32 bits differ too: 2 ** 32 is exact, so this is the upper half.
  hash ^= Math.imul(Math.floor(seed / 4294967296) | 0, 0x85ebca6b)
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  return hash >>> 0
}

/** splitmix32: integer arithmetic only, so every engine draws the same sequence. */
export function createRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    mixed ^= mixed >>> 15
    return (mixed >>> 0) / 4294967296
  }
}

export const pickBetween = (random: Random, low: number, high: number): number =>
  low + random() * (high - low)

/**
 * Chance of one place in a grid, whatever the grid's extent: a picture that is a
 * column wider keeps all the others. `base` is a whole number below 2 ** 32.
 */
export const createCellRandom = (base: number, row: number, column: number): Random =>
  createRandom(base ^ Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(column + 1, 0x85ebca6b))

/** A number to derive further sequences from. */
export const pickBase = (random: Random): number => Math.floor(random() * 4294967296)
