import { transformBlock } from './jpeg-dct.ts'
import { type BitWriter, type HuffmanCodes, reserve, writeBits } from './jpeg-huffman.ts'
import { ZIGZAG } from './jpeg-tables.ts'

/** One of the three colour components on its way through the file. */
export interface Component {
  scales: Float32Array
  dc: HuffmanCodes
  ac: HuffmanCodes
  /** The mean of the block before, of which the next block writes the difference. */
  previous: number
}

/** Most bytes of one block: 64 values of 16 + 11 bits, each byte perhaps with a zero after it. */
const MAX_BLOCK_BYTES = 512

/** Run of 16 zeros, and end of block: ITU-T T.81 F.1.2.2. */
const SIXTEEN_ZEROS = 0xf0
const END_OF_BLOCK = 0x00

const quantised = new Int16Array(64)

/** Fills `quantised` in zigzag order; returns the place of the last value that is not 0. */
function quantise(block: Float32Array, scales: Float32Array): number {
  let last = 0
  for (let place = 0; place < 64; place++) {
    const at = ZIGZAG[place]!
    const value = Math.round(block[at]! * scales[at]!)
    quantised[place] = value
    if (value !== 0) last = place
  }
  return last
}

const writeCode = (writer: BitWriter, codes: HuffmanCodes, value: number): void =>
  writeBits(writer, codes.code[value]!, codes.bits[value]!)

const bitLength = (value: number): number => 32 - Math.clz32(Math.abs(value))

/** The value's own bits; negative ones are written as the value less 1: F.1.2.1. */
const writeValue = (writer: BitWriter, value: number, bits: number): void =>
  writeBits(writer, value < 0 ? value + (1 << bits) - 1 : value, bits)

/**
 * Transforms, divides and writes one block.
 *
 * @param block 64 samples, -128..127, row by row; overwritten.
 */
export function writeBlock(writer: BitWriter, block: Float32Array, component: Component): void {
  const { scales, dc, ac } = component
  transformBlock(block)
  const last = quantise(block, scales)
  reserve(writer, MAX_BLOCK_BYTES)

  const mean = quantised[0]!
  const difference = mean - component.previous
  component.previous = mean
  writeCode(writer, dc, bitLength(difference))
  writeValue(writer, difference, bitLength(difference))

  let zeros = 0
  for (let place = 1; place <= last; place++) {
    const value = quantised[place]!
    if (value === 0) {
      zeros++
      continue
    }
    for (; zeros > 15; zeros -= 16) writeCode(writer, ac, SIXTEEN_ZEROS)
    const bits = bitLength(value)
    writeCode(writer, ac, (zeros << 4) | bits)
    writeValue(writer, value, bits)
    zeros = 0
  }
  if (last < 63) writeCode(writer, ac, END_OF_BLOCK)
}
