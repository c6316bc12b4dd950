import type { Size } from '../../core/size.ts'
import { fourCC, hasText, u16le, u24le, u32le } from './bytes.ts'
import type { Format } from './format.ts'

/** Reads the size from the first chunk, by its name. RFC 9649 sections 2.5 to 2.7; VP8: RFC 6386 section 9.1. */
const READERS: ReadonlyMap<string, (head: Uint8Array) => Size | null> = new Map([
  ['VP8 ', readLossy],
  ['VP8L', readLossless],
  ['VP8X', readExtended],
])

/** WebP, RFC 9649. */
export const webp: Format = {
  type: 'image/webp',
  matches: (head) =>
    hasText(head, 0, 'RIFF') && hasText(head, 8, 'WEBP') && READERS.has(fourCC(head, 12)),
  size: (head) => READERS.get(fourCC(head, 12))?.(head) ?? null,
  isWhole: ({ head, bytes }) => bytes >= 8 + u32le(head, 4),
}

function readLossy(head: Uint8Array): Size | null {
  if (head.length < 30 || u24le(head, 23) !== 0x2a019d) return null
  return { width: u16le(head, 26) & 0x3fff, height: u16le(head, 28) & 0x3fff }
}

function readLossless(head: Uint8Array): Size | null {
  if (head.length < 25 || head[20] !== 0x2f) return null
  const bits = u32le(head, 21)
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) }
}

function readExtended(head: Uint8Array): Size | null {
  if (head.length < 30) return null
  return { width: 1 + u24le(head, 24), height: 1 + u24le(head, 27) }
}
