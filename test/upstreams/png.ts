import { createCipheriv, createHash } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
/** Length, type and checksum of a chunk, in bytes. */
const CHUNK_FRAME = 12

/** The same bytes for the same text, and nothing that compresses. */
export function noise(text: string, length: number): Buffer {
  const key = createHash('sha256').update(text).digest().subarray(0, 16)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
}

function chunk(type: string, data: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(CHUNK_FRAME + data.length)
  out.writeUInt32BE(data.length, 0)
  out.write(type, 4, 'latin1')
  out.set(data, 8)
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length)
  return out
}

/** Rows of bands in two colours, each with its filter byte; alpha runs from 0 to opaque. */
function bands(width: number, height: number, colours: Buffer, channels: 3 | 4): Buffer {
  const row = Buffer.alloc(1 + width * channels)
  for (let x = 0; x < width; x++) {
    const from = ((x >> 5) & 1) * 3
    colours.copy(row, 1 + x * channels, from, from + 3)
    if (channels === 4) row[4 + x * 4] = Math.floor((x * 255) / width)
  }
  const rows = Buffer.alloc(row.length * height)
  for (let y = 0; y < height; y++) row.copy(rows, y * row.length)
  return rows
}

/** Random pixels: a file about as long as its pixels. */
function noisy(text: string, height: number, stride: number): Buffer {
  const rows = noise(text, (1 + stride) * height)
  for (let y = 0; y < height; y++) rows[y * (1 + stride)] = 0
  return rows
}

export interface PngOptions {
  width: number
  height: number
  /** The same text gives the same file. */
  text: string
  transparent: boolean
  noisy: boolean
  /** Length of the file, made up in a private chunk that decoders skip; 0 = none. */
  bytes: number
}

/** An 8-bit PNG, RGB or RGBA. */
export function encodePng({ width, height, text, transparent, noisy: random, bytes }: PngOptions) {
  const channels = transparent ? 4 : 3
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, transparent ? 6 : 2, 0, 0, 0])
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  const colours = createHash('sha256').update(text).digest()
  const pixels = random
    ? deflateSync(noisy(text, height, width * channels), { level: 0 })
    : deflateSync(bands(width, height, colours, channels), { level: 1 })
  const parts = [SIGNATURE, chunk('IHDR', header), chunk('IDAT', pixels)]
  const end = chunk('IEND', Buffer.alloc(0))
  const length = parts.reduce((sum, part) => sum + part.length, end.length)
  // Ancillary, private, safe to copy by the case of its letters.
  if (bytes >= length + CHUNK_FRAME) {
    parts.push(chunk('fiLl', noise(text, bytes - length - CHUNK_FRAME)))
  }
  return Buffer.concat([...parts, end])
}

/** An image for edits, where its picture does not matter. */
export const PICTURE = encodePng({
  width: 64,
  height: 64,
  text: 'a mill',
  transparent: false,
  noisy: false,
  bytes: 0,
})
