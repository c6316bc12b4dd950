import { hasText, u16le } from './bytes.ts'
import type { Format } from './format.ts'

/** GIF89a: https://www.w3.org/Graphics/GIF/spec-gif89a.txt. The size is the logical screen's. */
export const gif: Format = {
  type: 'image/gif',
  matches: (head) => hasText(head, 0, 'GIF87a') || hasText(head, 0, 'GIF89a'),
  size: (head) => (head.length >= 10 ? { width: u16le(head, 6), height: u16le(head, 8) } : null),
  /** Not told: readers accept files without the trailer, so its absence proves nothing. */
  isWhole: () => true,
}
