import { type HuffmanSpec } from './jpeg-tables.ts'

/** Code and its length in bits, by the value it stands for. */
export interface HuffmanCodes {
  code: Uint16Array
  bits: Uint8Array
}

/** Codes of one length are consecutive; one bit more doubles them: ITU-T T.81 Annex C. */
export function assignCodes({ counts, values }: HuffmanSpec): HuffmanCodes {
  const code = new Uint16Array(256)
  const bits = new Uint8Array(256)
  let next = 0
  let index = 0
  counts.forEach((count, shorter) => {
    for (let i = 0; i < count; i++, index++, next++) {
      code[values[index]!] = next
      bits[values[index]!] = shorter + 1
    }
    next *= 2
  })
  return { code, bits }
}

/** Bytes being written, most significant bit first. */
export interface BitWriter {
  bytes: Uint8Array
  /** Bytes written. */
  length: number
  /** Bits that do not yet fill a byte: fewer than 8, and how many. */
  pending: number
  held: number
}

/** Makes room for `more` bytes. Doubling: the whole is copied once on average. */
export function reserve(writer: BitWriter, more: number): void {
  if (writer.length + more <= writer.bytes.length) return
  const larger = new Uint8Array(writer.bytes.length * 2 + more)
  larger.set(writer.bytes)
  writer.bytes = larger
}

/**
 * Writes the lower `count` bits of `value`, count 0..16. Room must have been
 * reserved. After a byte of ones a zero byte follows, or it would read as a
 * marker: ITU-T T.81 F.1.2.3.
 */
export function writeBits(writer: BitWriter, value: number, count: number): void {
  writer.pending = (writer.pending << count) | value
  writer.held += count
  while (writer.held >= 8) {
    writer.held -= 8
    const byte = (writer.pending >>> writer.held) & 255
    writer.bytes[writer.length++] = byte
    if (byte === 255) writer.bytes[writer.length++] = 0
  }
  writer.pending &= (1 << writer.held) - 1
}
