import type { ImageType } from '../../core/image.ts'
import type { Size } from '../../core/size.ts'

/** What is left of a file after it has streamed by. */
export interface Received {
  head: Uint8Array
  /** The last bytes, at most 1 KiB; overlaps the head of a short file. */
  tail: Uint8Array
  /** Length of the whole file. */
  bytes: number
}

/** What one image format says about itself. No function here decodes, and none throws on any bytes. */
export interface Format {
  type: ImageType
  matches(head: Uint8Array): boolean
  /** Pixels; null when the head ends too early or does not tell. */
  size(head: Uint8Array): Size | null
  /** False for a file that was cut off, as far as the format can tell. */
  isWhole(file: Received): boolean
}
