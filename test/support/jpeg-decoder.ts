import type { Rgb } from '../../src/providers/sketch/rgb.ts'

/** A segment's marker (second byte) and data, the two bytes of length left out. */
export interface Segment {
  marker: number
  data: Uint8Array
}

/** The segments before the pixels in order, and the pixels' coded bytes up to the end marker. */
export function readSegments(file: Uint8Array): { segments: Segment[]; scan: Uint8Array } {
  if (file[0] !== 0xff || file[1] !== 0xd8) throw new Error('No start of image.')
  const segments: Segment[] = []
  let at = 2
  for (;;) {
    if (file[at] !== 0xff) throw new Error(`No marker at byte ${at}.`)
    const length = (file[at + 2]! << 8) | file[at + 3]!
    segments.push({ marker: file[at + 1]!, data: file.subarray(at + 4, at + 2 + length) })
    at += 2 + length
    if (segments.at(-1)?.marker === 0xda) break
  }
  if (file.at(-2) !== 0xff || file.at(-1) !== 0xd9) throw new Error('No end of image.')
  return { segments, scan: file.subarray(at, -2) }
}

/** Codes of a Huffman table as `<length>:<code>`, with what they stand for, and where the table ends. */
function readHuffman(data: Uint8Array): { codes: Map<string, number>; length: number } {
  const codes = new Map<string, number>()
  let code = 0
  let value = 17
  for (let bits = 1; bits <= 16; bits++, code *= 2) {
    for (let i = 0; i < data[bits]!; i++, code++, value++)
      codes.set(`${bits}:${code}`, data[value]!)
  }
  return { codes, length: value }
}

/** Bits of the scan; a zero after a byte of ones is no data. Any other marker is an error. */
function createBits(scan: Uint8Array) {
  let at = 0
  let held = 0
  let byte = 0
  const bit = (): number => {
    if (held === 0) {
      if (at >= scan.length) throw new Error('The pixels end too early.')
      byte = scan[at++]!
      if (byte === 0xff && scan[at++] !== 0) throw new Error('A marker among the pixels.')
      held = 8
    }
    held--
    return (byte >> held) & 1
  }
  const bits = (count: number): number => {
    let value = 0
    for (let i = 0; i < count; i++) value = (value << 1) | bit()
    return value
  }
  const value = (count: number): number => {
    const read = bits(count)
    return count > 0 && read < 1 << (count - 1) ? read - (1 << count) + 1 : read
  }
  const symbol = (codes: Map<string, number>): number => {
    let code = 0
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | bit()
      const found = codes.get(`${length}:${code}`)
      if (found !== undefined) return found
    }
    throw new Error('No such code.')
  }
  return { value, symbol, left: () => scan.length - at }
}

const ORDER = Array.from({ length: 64 }, (_, at) => at).toSorted((a, b) => {
  const sumA = (a >> 3) + (a & 7)
  const sumB = (b >> 3) + (b & 7)
  if (sumA !== sumB) return sumA - sumB
  // Even diagonals run up (rows fall), odd ones down.
  return sumA % 2 === 0 ? b - a : a - b
})

const COSINES = Array.from({ length: 64 }, (_, at) => {
  const frequency = at & 7
  const scale = frequency === 0 ? Math.SQRT1_2 / 2 : 0.5
  return scale * Math.cos(((2 * (at >> 3) + 1) * frequency * Math.PI) / 16)
})

/** The inverse transform as ITU-T T.81 A.3.3 writes it, row and column apart. */
function invert(coefficients: Float64Array): Float64Array {
  const lines = new Float64Array(64)
  const samples = new Float64Array(64)
  for (let at = 0; at < 64; at++) {
    for (let k = 0; k < 8; k++) {
      lines[at]! += coefficients[(at & 56) + k]! * COSINES[(at & 7) * 8 + k]!
    }
  }
  for (let at = 0; at < 64; at++) {
    for (let k = 0; k < 8; k++) samples[at]! += lines[k * 8 + (at & 7)]! * COSINES[(at & 56) + k]!
  }
  return samples
}

interface Tables {
  divisors: Uint8Array[]
  dc: Map<string, number>[]
  ac: Map<string, number>[]
}

function readTables(segments: Segment[]): Tables {
  const tables: Tables = { divisors: [], dc: [], ac: [] }
  for (const { marker, data } of segments) {
    if (marker === 0xdb) tables.divisors[data[0]!] = data.subarray(1)
    if (marker !== 0xc4) continue
    for (let at = 0; at < data.length;) {
      const { codes, length } = readHuffman(data.subarray(at))
      tables[data[at]! >> 4 ? 'ac' : 'dc'][data[at]! & 15] = codes
      at += length
    }
  }
  return tables
}

interface ComponentTables {
  divisors: Uint8Array
  dc: Map<string, number>
  ac: Map<string, number>
}

/** Those that the frame and the scan name for each of the three components, in order. */
function assignTables(tables: Tables, frame: Uint8Array, scan: Uint8Array): ComponentTables[] {
  return [0, 1, 2].map((component) => ({
    divisors: tables.divisors[frame[8 + 3 * component]!]!,
    dc: tables.dc[scan[2 + 2 * component]! >> 4]!,
    ac: tables.ac[scan[2 + 2 * component]! & 15]!,
  }))
}

type Bits = ReturnType<typeof createBits>

function readBlock(
  bits: Bits,
  { divisors, dc, ac }: ComponentTables,
  previous: Float64Array,
  component: number,
) {
  const block = new Float64Array(64)
  previous[component]! += bits.value(bits.symbol(dc))
  block[0] = previous[component]! * divisors[0]!
  for (let place = 1; place < 64; place++) {
    const symbol = bits.symbol(ac)
    if (symbol === 0) break
    place += symbol >> 4
    if (symbol !== 0xf0) {
      block[ORDER[place]!] = bits.value(symbol & 15) * divisors[place]!
    }
  }
  return invert(block)
}

/**
 * Reads a baseline 4:2:0 JPEG back, straight from the standard and sharing
 * nothing with the encoder; chroma is repeated, not smoothed.
 *
 * @throws Error when the file breaks off, has bytes left over, or codes that no table has.
 */
export function decodeJpeg(file: Uint8Array): Rgb {
  const { segments, scan } = readSegments(file)
  const frame = segments.find(({ marker }) => marker === 0xc0)!.data
  const [luminance, chromaBlue, chromaRed] = assignTables(
    readTables(segments),
    frame,
    segments.at(-1)!.data,
  )
  const height = (frame[1]! << 8) | frame[2]!
  const width = (frame[3]! << 8) | frame[4]!
  const data = new Uint8ClampedArray(width * height * 3)
  const bits = createBits(scan)
  const previous = new Float64Array(3)
  for (let top = 0; top < height; top += 16) {
    for (let left = 0; left < width; left += 16) {
      const luma = [0, 1, 2, 3].map(() => readBlock(bits, luminance!, previous, 0))
      const blue = readBlock(bits, chromaBlue!, previous, 1)
      const red = readBlock(bits, chromaRed!, previous, 2)
      for (let y = 0; y < Math.min(16, height - top); y++) {
        for (let x = 0; x < Math.min(16, width - left); x++) {
          const light = luma[((y >> 3) << 1) | (x >> 3)]![((y & 7) << 3) | (x & 7)]! + 128
          const cb = blue[((y >> 1) << 3) | (x >> 1)]!
          const cr = red[((y >> 1) << 3) | (x >> 1)]!
          const at = ((top + y) * width + left + x) * 3
          data[at] = light + 1.402 * cr
          data[at + 1] = light - 0.344136 * cb - 0.714136 * cr
          data[at + 2] = light + 1.772 * cb
        }
      }
    }
  }
  if (bits.left() > 0) throw new Error('Bytes left over.')
  return { data: new Uint8Array(data.buffer), width, height }
}
