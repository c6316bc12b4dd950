import { fourCC, u32 } from './bytes.ts'

/** A box of the ISO base media file format (ISO/IEC 14496-12 section 4.2). */
export interface Box {
  name: string
  /** Where its content begins and ends; the end may lie behind the bytes at hand. */
  start: number
  end: number
}

/** The boxes between two positions, one after the other; stops where the bytes make no sense. */
export function listBoxes(bytes: Uint8Array, from: number, to: number): Box[] {
  const boxes: Box[] = []
  const last = Math.min(to, bytes.length)
  for (let at = from; at + 8 <= last;) {
    const stated = u32(bytes, at)
    const header = stated === 1 ? 16 : 8
    const length = stated === 1 ? u32(bytes, at + 8) * 2 ** 32 + u32(bytes, at + 12) : stated
    const end = stated === 0 ? to : at + length
    if (end < at + header) break
    boxes.push({ name: fourCC(bytes, at + 4), start: at + header, end })
    at = end
  }
  return boxes
}

export const findBox = (boxes: Box[], name: string): Box | null =>
  boxes.find((box) => box.name === name) ?? null
