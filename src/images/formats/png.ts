import { hasText, u32 } from './bytes.ts'
import type { Format } from './format.ts'

/** PNG, third edition: https://www.w3.org/TR/png-3/ */
export const png: Format = {
  type: 'image/png',
  matches: (head) => u32(head, 0) === 0x89504e47 && u32(head, 4) === 0x0d0a1a0a,
  size: (head) =>
    head.length >= 24 && hasText(head, 12, 'IHDR')
      ? { width: u32(head, 16), height: u32(head, 20) }
      : null,
  /** Encoders may pad behind IEND. Compressed data holds these 8 bytes by chance once in 2^64. */
  isWhole: ({ tail }) => {
    for (let i = tail.length - 8; i >= 0; i--)
      if (hasText(tail, i, 'IEND') && u32(tail, i + 4) === 0xae426082) return true
    return false
  },
}

/** Whether a chunk of this name begins within the head. */
export function hasPngChunk(head: Uint8Array, name: string): boolean {
  for (let at = 8; at + 8 <= head.length; at += 12 + u32(head, at))
    if (hasText(head, at + 4, name)) return true
  return false
}
