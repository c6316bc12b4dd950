import { crc32, deflateSync } from 'node:zlib'
import { filterRows } from './png-filter.ts'
import { type Rgb } from './rgb.ts'

/** PNG (third edition) section 5.2. */
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

/** Length, type, data, and the CRC of type and data: section 5.3. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i)
  bytes.set(data, 8)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}

/** 8 bits per channel, RGB, not interlaced: section 11.2.1. */
function header({ width, height }: Rgb): Uint8Array {
  const data = new Uint8Array(13)
  const view = new DataView(data.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  data[8] = 8
  data[9] = 2
  return chunk('IHDR', data)
}

/** Uncompressed, without language or translated keyword: section 11.3.3.4. */
const textChunk = ([keyword, text]: [string, string]): Uint8Array =>
  chunk('iTXt', new TextEncoder().encode(`${keyword}\0\0\0\0\0${text.replaceAll('\0', '')}`))

function join(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/**
 * A PNG file of the picture.
 *
 * @param text written as iTXt chunks before the pixels. Keywords: 1..79 characters of printable
 *   Latin-1, no space at either end (not checked); values: any text.
 */
export function encodePng(image: Rgb, text: Record<string, string> = {}): Uint8Array {
  // Level 1: level 6 takes three times as long for files about a tenth smaller.
  const pixels = deflateSync(filterRows(image), { level: 1 })
  return join([
    SIGNATURE,
    header(image),
    ...Object.entries(text).map(textChunk),
    chunk('IDAT', pixels),
    chunk('IEND', new Uint8Array(0)),
  ])
}
