import { type BitWriter, type HuffmanCodes, reserve, writeBits } from './jpeg-bits.ts'
import { ZIGZAG } from './jpeg-tables.ts'

/** What the three colour components share. */
export interface Coding {
  divisors: Uint8Array
  dc: HuffmanCodes
  ac: HuffmanCodes
}

/** Most bytes of one block: 64 values of 16 + 11 bits, each byte perhaps with a zero after it. */
const MAX_BLOCK_BYTES = 512

/** Run of 16 zeros, and end of block: ITU-T T.81 F.1.2.2. */
const SIXTEEN_ZEROS = 0xf0
const END_OF_BLOCK = 0x00

/** The cosine transform of 8 values as a matrix, row by row: ITU-T T.81 A.3.3. */
const COSINES = Float32Array.from({ length: 64 }, (_, at) => {
  const [wave, place] = [at >> 3, at & 7]
  return wave === 0 ? Math.SQRT1_2 / 2 : Math.cos(((2 * place + 1) * wave * Math.PI) / 16) / 2
})

const half = new Float32Array(64)
const quantised = new Int16Array(64)

/** Each row of `from` transformed into a column of `to`: twice gives both directions. */
function transformRows(from: Float32Array, to: Float32Array): void {
  for (let row = 0; row < 64; row += 8) {
    for (let wave = 0; wave < 64; wave += 8) {
      let sum = 0
      for (let i = 0; i < 8; i++) sum += from[row + i]! * COSINES[wave + i]!
      to[wave + (row >> 3)] = sum
    }
  }
}

const bitLength = (value: number): number => 32 - Math.clz32(Math.abs(value))

/** A code and the value's own bits; negative ones are written as the value less 1: F.1.2.1. */
function writeValue(writer: BitWriter, codes: HuffmanCodes, zeros: number, value: number): void {
  const bits = bitLength(value)
  writeCode(writer, codes, (zeros << 4) | bits)
  writeBits(writer, value < 0 ? value + (1 << bits) - 1 : value, bits)
}

const writeCode = (writer: BitWriter, codes: HuffmanCodes, value: number): void =>
  writeBits(writer, codes.code[value]!, codes.bits[value]!)

/**
 * Transforms, divides and writes one block.
 *
 * @param block 64 samples, -128..127, row by row; overwritten.
 * @param previous the mean of the component's block before, of which this one writes the difference.
 * @returns this block's mean.
 */
export function writeBlock(
  writer: BitWriter,
  block: Float32Array,
  { divisors, dc, ac }: Coding,
  previous: number,
): number {
  transformRows(block, half)
  transformRows(half, block)
  ZIGZAG.forEach((at, place) => {
    quantised[place] = Math.round(block[at]! / divisors[at]!)
  })
  reserve(writer, MAX_BLOCK_BYTES)
  const mean = quantised[0]!
  writeValue(writer, dc, 0, mean - previous)
  let zeros = 0
  for (let place = 1; place < 64; place++) {
    const value = quantised[place]!
    if (value === 0) {
      zeros++
      continue
    }
    for (; zeros > 15; zeros -= 16) writeCode(writer, ac, SIXTEEN_ZEROS)
    writeValue(writer, ac, zeros, value)
    zeros = 0
  }
  if (zeros > 0) writeCode(writer, ac, END_OF_BLOCK)
  return mean
}
