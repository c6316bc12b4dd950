import { createHash } from 'node:crypto'
import { noise } from './png.ts'

/** Longest segment in bytes: marker, length and what its 16-bit length counts. */
const MAX_SEGMENT = 65_537

/** A table with the twelve DC sizes as 4-bit codes, and one with "end of block" as its only code. */
const DC_TABLE = [0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
const AC_TABLE = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

function segment(marker: number, data: Iterable<number>): Buffer {
  const bytes = Buffer.from([...data])
  const out = Buffer.alloc(4 + bytes.length)
  out[0] = 0xff
  out[1] = marker
  out.writeUInt16BE(2 + bytes.length, 2)
  bytes.copy(out, 4)
  return out
}

/** Bits to bytes, a zero after each 0xff, ones at the end: ITU-T T.81 B.1.1.5 and F.1.2.3. */
function createBits() {
  const bytes: number[] = []
  let held = 0
  let count = 0
  const put = (value: number, bits: number): void => {
    for (let bit = bits - 1; bit >= 0; bit--) {
      held = (held << 1) | ((value >> bit) & 1)
      if (++count < 8) continue
      bytes.push(held)
      if (held === 0xff) bytes.push(0)
      held = count = 0
    }
  }
  const end = (): Buffer => {
    const missing = (8 - count) % 8
    put((1 << missing) - 1, missing)
    return Buffer.from(bytes)
  }
  return { put, end }
}

/** Blocks of 8 x 8 in one colour each: only the DC coefficients differ from zero. */
function scan(width: number, height: number, colours: Buffer): Buffer {
  const bits = createBits()
  const previous = [0, 0, 0]
  const block = (component: number, value: number): void => {
    const difference = value - previous[component]!
    previous[component] = value
    const size = 32 - Math.clz32(Math.abs(difference))
    bits.put(size, 4)
    bits.put(difference < 0 ? difference + (1 << size) - 1 : difference, size)
    bits.put(0, 1)
  }
  const columns = Math.ceil(width / 16)
  for (let at = 0; at < columns * Math.ceil(height / 16); at++) {
    const colour = (at % columns) & 1 ? 3 : 0
    // The quantiser is 8, which makes a step of DC one step of brightness.
    for (let k = 0; k < 4; k++) block(0, colours[colour]! - 128)
    block(1, (colours[colour + 1]! - 128) >> 1)
    block(2, (colours[colour + 2]! - 128) >> 1)
  }
  return bits.end()
}

/** Comments that fill `bytes`; fewer than 4 cannot be filled. */
function comments(text: string, bytes: number): Buffer[] {
  const out: Buffer[] = []
  for (let left = bytes; left >= 4;) {
    let take = Math.min(left, MAX_SEGMENT)
    if (left - take > 0 && left - take < 4) take -= 4
    out.push(segment(0xfe, noise(`${text}${left}`, take - 4)))
    left -= take
  }
  return out
}

/** A baseline 4:2:0 JPEG of `bytes` length, where that is more than it needs. */
export function encodeJpeg(width: number, height: number, text: string, bytes: number): Buffer {
  const colours = createHash('sha256').update(text).digest()
  const size = [height >> 8, height & 255, width >> 8, width & 255]
  const dc = [...DC_TABLE, ...Array.from({ length: 12 }, (_, at) => at)]
  const parts = [
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    segment(0xdb, [0, ...new Uint8Array(64).fill(8)]),
    segment(0xdb, [1, ...new Uint8Array(64).fill(8)]),
    segment(0xc0, [8, ...size, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]),
    ...[0, 1].map((table) => segment(0xc4, [table, ...dc])),
    ...[0x10, 0x11].map((table) => segment(0xc4, [table, ...AC_TABLE, 0])),
  ]
  const pixels = Buffer.concat([
    segment(0xda, [3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]),
    scan(width, height, colours),
    Buffer.from([0xff, 0xd9]),
  ])
  const length = parts.reduce((sum, part) => sum + part.length, pixels.length)
  return Buffer.concat([...parts, ...comments(text, bytes - length), pixels])
}
