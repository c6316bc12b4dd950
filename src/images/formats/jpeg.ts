import { u16 } from './bytes.ts'
import type { Format } from './format.ts'

/** JPEG, ITU-T T.81 annex B: https://www.w3.org/Graphics/JPEG/itu-t81.pdf */
export const jpeg: Format = {
  type: 'image/jpeg',
  matches: (head) => u16(head, 0) === 0xffd8 && head[2] === 0xff,
  size: (head) => {
    const at = findFrame(head)
    return at !== null && at + 9 <= head.length
      ? { width: u16(head, at + 7), height: u16(head, at + 5) }
      : null
  },
  /** Cameras pad behind the end marker. Image data cannot hold it: there FF is followed by 00 or RSTn. */
  isWhole: ({ tail }) => {
    for (let i = tail.length - 2; i >= 0; i--) if (u16(tail, i) === 0xffd9) return true
    return false
  },
}

/** Where the frame header (SOFn) stands; null when it is not in the head. */
function findFrame(head: Uint8Array): number | null {
  let at = 2
  while (at + 4 <= head.length) {
    if (head[at] !== 0xff) return null
    const marker = head[at + 1] ?? 0
    if (isFrame(marker)) return at
    if (marker === 0xff) at += 1
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) at += 2
    else if (marker === 0xda || marker === 0xd9) return null
    else at += 2 + Math.max(2, u16(head, at + 2))
  }
  return null
}

/** SOF0..SOF15 without DHT (C4), JPG (C8) and DAC (CC), which lie in the same range. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
