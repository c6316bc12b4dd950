import { createHash } from 'node:crypto'

/** A lossless WebP (VP8L) in one colour: every code has one symbol, so pixels take no bits. */
export function encodeWebp(width: number, height: number, text: string): Buffer {
  const [red, green, blue] = createHash('sha256').update(text).digest()
  let stream = 0n
  let length = 0n
  const put = (value: number, bits: number): void => {
    stream |= BigInt(value) << length
    length += BigInt(bits)
  }
  put(0x2f, 8)
  put(width - 1, 14)
  put(height - 1, 14)
  // No alpha, version 0; no transform, no colour cache, one set of codes.
  put(0, 1 + 3 + 3)
  for (const symbol of [green!, red!, blue!, 255]) {
    // A simple code with one symbol of 8 bits.
    put(0b101, 3)
    put(symbol, 8)
  }
  // Distance: a simple code with one symbol of 1 bit.
  put(0b0001, 4)
  const data: number[] = []
  for (; length > 0n; length -= 8n, stream >>= 8n) data.push(Number(stream & 255n))
  const size = data.length
  if (size % 2 === 1) data.push(0)
  const header = Buffer.from('RIFF----WEBPVP8L----', 'latin1')
  header.writeUInt32LE(12 + data.length, 4)
  header.writeUInt32LE(size, 16)
  return Buffer.concat([header, Buffer.from(data)])
}
