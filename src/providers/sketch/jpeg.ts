import { type Component, writeBlock } from './jpeg-blocks.ts'
import { createScales } from './jpeg-dct.ts'
import {
  assignCodes,
  type BitWriter,
  createBitWriter,
  flushBits,
  writeBytes,
} from './jpeg-huffman.ts'
import {
  AC_CHROMINANCE,
  AC_LUMINANCE,
  DC_CHROMINANCE,
  DC_LUMINANCE,
  quantisation,
  ZIGZAG,
} from './jpeg-tables.ts'
import { createMacroblock, readMacroblock } from './jpeg-samples.ts'
import { type Rgb } from './rgb.ts'

/** Markers: ITU-T T.81 table B.1. */
const START_OF_IMAGE = 0xd8
const END_OF_IMAGE = 0xd9
const APP0 = 0xe0
const QUANTISATION = 0xdb
const BASELINE_FRAME = 0xc0
const HUFFMAN = 0xc4
const START_OF_SCAN = 0xda

/** JFIF 1.1, no density given, no thumbnail. */
const JFIF = [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]

const bigEndian = (value: number): [number, number] => [value >> 8, value & 255]

/** A marker with its data; the length counts its own two bytes. */
const writeSegment = (writer: BitWriter, marker: number, data: readonly number[]): void =>
  writeBytes(writer, [0xff, marker, ...bigEndian(data.length + 2), ...data])

type Quantisation = ReturnType<typeof quantisation>

/** Everything before the pixels. */
function writeHeaders(writer: BitWriter, { width, height }: Rgb, divisors: Quantisation): void {
  writeBytes(writer, [0xff, START_OF_IMAGE])
  writeSegment(writer, APP0, JFIF)
  ;[divisors.luminance, divisors.chrominance].forEach((table, id) => {
    writeSegment(writer, QUANTISATION, [id, ...Array.from(ZIGZAG, (at) => table[at]!)])
  })
  // Y has two samples each way for one of Cb and Cr (4:2:0) and the first table.
  const components = [1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]
  const size = [...bigEndian(height), ...bigEndian(width)]
  writeSegment(writer, BASELINE_FRAME, [8, ...size, 3, ...components])
  const tables = [
    [0x00, DC_LUMINANCE],
    [0x10, AC_LUMINANCE],
    [0x01, DC_CHROMINANCE],
    [0x11, AC_CHROMINANCE],
  ] as const
  for (const [id, { counts, values }] of tables) {
    writeSegment(writer, HUFFMAN, [id, ...counts, ...values])
  }
  writeSegment(writer, START_OF_SCAN, [3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0])
}

function createComponent(chroma: boolean, divisors: Uint8Array): Component {
  return {
    scales: createScales(divisors),
    dc: assignCodes(chroma ? DC_CHROMINANCE : DC_LUMINANCE),
    ac: assignCodes(chroma ? AC_CHROMINANCE : AC_LUMINANCE),
    previous: 0,
  }
}

/** The pixels, 16 by 16 at a time: four blocks of Y, one of Cb, one of Cr. */
function writeScan(writer: BitWriter, image: Rgb, divisors: Quantisation): void {
  const luma = createComponent(false, divisors.luminance)
  const blue = createComponent(true, divisors.chrominance)
  const red = createComponent(true, divisors.chrominance)
  const macroblock = createMacroblock()
  for (let top = 0; top < image.height; top += 16) {
    for (let left = 0; left < image.width; left += 16) {
      readMacroblock(image, left, top, macroblock)
      for (const block of macroblock.luma) writeBlock(writer, block, luma)
      writeBlock(writer, macroblock.blue, blue)
      writeBlock(writer, macroblock.red, red)
    }
  }
  flushBits(writer)
}

/**
 * A baseline JPEG file of the picture (ITU-T T.81, JFIF, 4:2:0).
 *
 * @param quality 1 (small) to 100 (fine), on the scale of the Independent JPEG Group's library.
 * @throws RangeError outside that range, or above 65,535 pixels per side.
 */
export function encodeJpeg(image: Rgb, quality: number): Uint8Array {
  if (!(quality >= 1 && quality <= 100)) throw new RangeError('Quality must be 1 to 100.')
  if (Math.max(image.width, image.height) > 0xffff) throw new RangeError('Picture too large.')
  const divisors = quantisation(quality)
  // Two bits per pixel is a usual size at quality 85; the writer grows when it is more.
  const writer = createBitWriter(1024 + ((image.width * image.height) >> 2))
  writeHeaders(writer, image, divisors)
  writeScan(writer, image, divisors)
  writeBytes(writer, [0xff, END_OF_IMAGE])
  return writer.bytes.slice(0, writer.length)
}
