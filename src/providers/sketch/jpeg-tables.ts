/** Tables of ITU-T T.81 (JPEG): Annex K for the values, figure A.6 for the order. */

const diagonalOf = (place: number): number => (place >> 3) + (place & 7)

/** Where in a block (row by row) each coefficient of the zigzag order lies: odd diagonals go down. */
export const ZIGZAG = Uint8Array.from({ length: 64 }, (_, place) => place).toSorted((a, b) => {
  const along = diagonalOf(a) % 2 === 1 ? a - b : b - a
  return diagonalOf(a) - diagonalOf(b) || along
})

export const fromHex = (text: string): number[] =>
  (text.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16))

/** Table K.1, row by row. */
const LUMINANCE = fromHex(
  '100b0a101828333d0c0c0e131a3a3c370e0d1018283945380e11161d3357503e' +
    '12162538446d674d182337405168715c31404e5767797865485c5f6270646763',
)

/**
 * Divisors of the coefficients, row by row, 1..255.
 *
 * @param quality 1 (small) to 100 (fine), on the scale of the Independent JPEG Group's library.
 */
export function quantisation(quality: number): Uint8Array {
  const percent = quality < 50 ? 5000 / quality : 200 - quality * 2
  return Uint8Array.from(LUMINANCE, (value) =>
    Math.max(1, Math.min(255, Math.floor((value * percent + 50) / 100))),
  )
}

/** How many codes there are of each length, 1 to 16 bits, and what they stand for, shortest first. */
export interface HuffmanSpec {
  counts: readonly number[]
  values: readonly number[]
}

/** Table K.3. */
export const DC: HuffmanSpec = {
  counts: fromHex('00010501010101010100000000000000'),
  values: Array.from({ length: 12 }, (_, bits) => bits),
}

/** The pairs of a run of zeros and a size that have codes of up to 15 bits. */
const SHORT = fromHex('01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282')

const PAIRS = Array.from({ length: 160 }, (_, i) => (Math.floor(i / 10) << 4) | ((i % 10) + 1))

/** Table K.5. Of 16 bits are the codes of all other pairs of a run of 0..15 and a size of 1..10 bits. */
export const AC: HuffmanSpec = {
  counts: fromHex('0002010303020403050504040000017d'),
  values: [...new Set([...SHORT, ...PAIRS])],
}
