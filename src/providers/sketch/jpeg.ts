import { assignCodes, type BitWriter, reserve, writeBits } from './jpeg-bits.ts'
import { type Coding, writeBlock } from './jpeg-blocks.ts'
import { AC, DC, fromHex, quantisation, ZIGZAG } from './jpeg-tables.ts'
import { type Rgb } from './rgb.ts'

/** Start of image; then APP0: JFIF 1.1, no density given, no thumbnail; then the start of a DQT. */
const START = 'ffd8ffe000104a46494600010100000100010000ffdb004300'
/** Y has two samples each way for one of Cb and Cr (4:2:0); all share one table of each kind. */
const COMPONENTS = '03012200021100031100'
/** Start of a DHT for both kinds of codes. */
const CODES = 'ffc400d2'
const START_OF_SCAN = 'ffda000c03010002000300003f00'
const END_OF_IMAGE = [0xff, 0xd9]

const bigEndian = (value: number): [number, number] => [value >> 8, value & 255]

/** Everything before the pixels: markers as in ITU-T T.81 table B.1. */
const headers = ({ width, height }: Rgb, divisors: Uint8Array): number[] => [
  ...fromHex(START),
  ...Array.from(ZIGZAG, (at) => divisors[at]!),
  ...fromHex('ffc0001108'),
  ...bigEndian(height),
  ...bigEndian(width),
  ...fromHex(COMPONENTS + CODES),
  0x00,
  ...DC.counts,
  ...DC.values,
  0x10,
  ...AC.counts,
  ...AC.values,
  ...fromHex(START_OF_SCAN),
]

/**
 * Fills the blocks of the 16 by 16 pixels from `left` and `top` on, in YCbCr (JFIF 1.02: full range,
 * BT.601): four of Y, one of Cb and one of Cr, each sample of these the mean of 2 by 2 pixels. Beyond
 * the picture its last row and column go on.
 */
function readBlocks({ data, width, height }: Rgb, left: number, top: number, to: Float32Array[]) {
  const [blue, red] = to.slice(4) as [Float32Array, Float32Array]
  blue.fill(0)
  red.fill(0)
  for (let y = 0; y < 16; y++) {
    const row = Math.min(height - 1, top + y) * width
    for (let x = 0; x < 16; x++) {
      const at = (row + Math.min(width - 1, left + x)) * 3
      const r = data[at]!
      const g = data[at + 1]!
      const b = data[at + 2]!
      const luma = 0.299 * r + 0.587 * g + 0.114 * b
      to[((y >> 3) << 1) | (x >> 3)]![((y & 7) << 3) | (x & 7)] = luma - 128
      const mean = ((y >> 1) << 3) | (x >> 1)
      blue[mean] = blue[mean]! + (b - luma) / 7.088
      red[mean] = red[mean]! + (r - luma) / 5.608
    }
  }
}

/** The pixels, 16 by 16 at a time. */
function writeScan(writer: BitWriter, image: Rgb, coding: Coding): void {
  const blocks = Array.from({ length: 6 }, () => new Float32Array(64))
  const means = [0, 0, 0]
  for (let top = 0; top < image.height; top += 16) {
    for (let left = 0; left < image.width; left += 16) {
      readBlocks(image, left, top, blocks)
      blocks.forEach((block, index) => {
        const component = Math.max(0, index - 3)
        means[component] = writeBlock(writer, block, coding, means[component]!)
      })
    }
  }
  // Ones fill the last byte, as F.1.2.3 asks; those that do not are never written.
  writeBits(writer, 127, 7)
}

/**
 * A baseline JPEG file of the picture (ITU-T T.81, JFIF, 4:2:0).
 *
 * @param quality 1 (small) to 100 (fine), on the scale of the Independent JPEG Group's library.
 * @throws RangeError outside that range.
 */
export function encodeJpeg(image: Rgb, quality: number): Uint8Array {
  if (!(quality >= 1 && quality <= 100)) throw new RangeError('Quality must be 1 to 100.')
  const divisors = quantisation(quality)
  const start = headers(image, divisors)
  // Two bits per pixel is a usual size at quality 85; the writer grows when it is more.
  const bytes = new Uint8Array(1024 + ((image.width * image.height) >> 2))
  bytes.set(start)
  const writer = { bytes, length: start.length, pending: 0, held: 0 }
  writeScan(writer, image, { divisors, dc: assignCodes(DC), ac: assignCodes(AC) })
  reserve(writer, 2)
  writer.bytes.set(END_OF_IMAGE, writer.length)
  return writer.bytes.slice(0, writer.length + 2)
}
