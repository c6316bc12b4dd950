/** Tables of ITU-T T.81 (JPEG): Annex K for the values, figure A.6 for the order. */

const diagonalOf = (place: number): number => (place >> 3) + (place & 7)

/** Where in a block (row by row) each coefficient of the zigzag order lies: odd diagonals go down. */
export const ZIGZAG = Uint8Array.from({ length: 64 }, (_, place) => place).toSorted((a, b) => {
  const along = diagonalOf(a) % 2 === 1 ? a - b : b - a
  return diagonalOf(a) - diagonalOf(b) || along
})

/** Table K.1, row by row. */
const LUMINANCE = Uint8Array.of(
  16,
  11,
  10,
  16,
  24,
  40,
  51,
  61,
  12,
  12,
  14,
  19,
  26,
  58,
  60,
  55,
  14,
  13,
  16,
  24,
  40,
  57,
  69,
  56,
  14,
  17,
  22,
  29,
  51,
  87,
  80,
  62,
  18,
  22,
  37,
  56,
  68,
  109,
  103,
  77,
  24,
  35,
  55,
  64,
  81,
  104,
  113,
  92,
  49,
  64,
  78,
  87,
  103,
  121,
  120,
  101,
  72,
  92,
  95,
  98,
  112,
  100,
  103,
  99,
)

/** Table K.2, row by row. */
const CHROMINANCE = Uint8Array.of(
  17,
  18,
  24,
  47,
  99,
  99,
  99,
  99,
  18,
  21,
  26,
  66,
  99,
  99,
  99,
  99,
  24,
  26,
  56,
  99,
  99,
  99,
  99,
  99,
  47,
  66,
  99,
  99,
  99,
  99,
  99,
  99,
  ...new Uint8Array(32).fill(99),
)

/**
 * Divisors of the coefficients, row by row, 1..255.
 *
 * @param quality 1 (small) to 100 (fine), on the scale of the Independent JPEG Group's library.
 */
export function quantisation(quality: number): { luminance: Uint8Array; chrominance: Uint8Array } {
  const percent = quality < 50 ? 5000 / quality : 200 - quality * 2
  const scale = (table: Uint8Array): Uint8Array =>
    table.map((value) => Math.max(1, Math.min(255, Math.floor((value * percent + 50) / 100))))
  return { luminance: scale(LUMINANCE), chrominance: scale(CHROMINANCE) }
}

/** How many codes there are of each length, 1 to 16 bits, and what they stand for, shortest first. */
export interface HuffmanSpec {
  counts: readonly number[]
  values: Uint8Array
}

const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (byte) => Number.parseInt(byte, 16))

/** Table K.3. */
export const DC_LUMINANCE: HuffmanSpec = {
  counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
  values: fromHex('000102030405060708090a0b'),
}

/** Table K.4. */
export const DC_CHROMINANCE: HuffmanSpec = {
  counts: [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
  values: fromHex('000102030405060708090a0b'),
}

/** What has a code of 16 bits: all pairs of a run of 0..15 and a size of 1..10 bits that have no shorter one. */
function withRest(short: Uint8Array): Uint8Array {
  const all = Array.from({ length: 160 }, (_, i) => (Math.floor(i / 10) << 4) | ((i % 10) + 1))
  return Uint8Array.of(...short, ...all.filter((pair) => !short.includes(pair)))
}

/** Table K.5. */
export const AC_LUMINANCE: HuffmanSpec = {
  counts: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125],
  values: withRest(
    fromHex('01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282'),
  ),
}

/** Table K.6. */
export const AC_CHROMINANCE: HuffmanSpec = {
  counts: [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119],
  values: withRest(
    fromHex(
      '000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f1171819',
    ),
  ),
}
