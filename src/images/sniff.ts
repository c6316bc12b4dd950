import type { ImageType } from '../core/image.ts'
import { avif } from './formats/avif.ts'
import { hasText } from './formats/bytes.ts'
import type { Format, Received } from './formats/format.ts'
import { gif } from './formats/gif.ts'
import { jpeg } from './formats/jpeg.ts'
import { hasPngChunk, png } from './formats/png.ts'
import { webp } from './formats/webp.ts'

/** The formats that are served. SVG, HTML and PDF can carry scripts; HEIC is shown by few browsers. */
const FORMATS: Format[] = [png, jpeg, webp, gif, avif]

/** How much of a file is scanned for content credentials, in bytes. */
export const HEAD_BYTES = 64 * 1024

export interface Sniffed {
  type: ImageType
  /** Pixels; null when the bytes at hand do not tell. */
  width: number | null
  height: number | null
}

/**
 * Media type and size in pixels by the leading bytes: what an upstream claims in its headers is not
 * evidence. Null = not an image that is served. 32 bytes settle the type, 64 KiB nearly always the size.
 */
export function sniff(head: Uint8Array): Sniffed | null {
  const format = FORMATS.find((it) => it.matches(head))
  if (!format) return null
  const size = format.size(head)
  const known = size !== null && size.width > 0 && size.height > 0
  return { type: format.type, width: known ? size.width : null, height: known ? size.height : null }
}

/** False for a file of this type that was cut off, as far as the format can tell. */
export const isWhole = (type: ImageType, file: Received): boolean =>
  FORMATS.find((it) => it.type === type)?.isWhole(file) ?? false

/**
 * Whether the head carries C2PA content credentials: a PNG chunk `caBX`, or in any format the JUMBF
 * superbox of a manifest store, whose type begins with `c2pa` (C2PA 2.2 sections 11.1 and A.3).
 */
export function hasContentCredentials(file: Uint8Array): boolean {
  const head = file.subarray(0, HEAD_BYTES)
  if (png.matches(head) && hasPngChunk(head, 'caBX')) return true
  for (let at = head.indexOf(J); at >= 0; at = head.indexOf(J, at + 1))
    if (
      hasText(head, at, 'jumb') &&
      hasText(head, at + 8, 'jumd') &&
      hasText(head, at + 12, 'c2pa')
    )
      return true
  return false
}

const J = 0x6a
