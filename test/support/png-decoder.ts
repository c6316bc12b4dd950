import { crc32, inflateSync } from 'node:zlib'
import type { Rgb } from '../../src/providers/sketch/rgb.ts'

/** A chunk's type and data; its checksum was right. */
export interface Chunk {
  type: string
  data: Uint8Array
}

/** @throws Error for a wrong signature, checksum or length. */
export function readChunks(file: Uint8Array): Chunk[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) {
    throw new Error('No PNG signature.')
  }
  const chunks: Chunk[] = []
  for (let at = 8; at < file.length;) {
    const length = view.getUint32(at)
    const named = file.subarray(at + 4, at + 8 + length)
    if (view.getUint32(at + 8 + length) !== crc32(named)) throw new Error('Wrong checksum.')
    chunks.push({ type: new TextDecoder().decode(named.subarray(0, 4)), data: named.subarray(4) })
    at += 12 + length
  }
  return chunks
}

/** PNG (third edition) section 9.2, of one byte. */
function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter < 3) return [0, left, up][filter]!
  if (filter === 3) return (left + up) >> 1
  const guess = left + up - corner
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(guess - value)) as [
    number,
    number,
    number,
  ]
  if (a <= b && a <= c) return left
  return b <= c ? up : corner
}

/** Reads back an 8-bit RGB file that is not interlaced. */
export function decodePng(file: Uint8Array): Rgb {
  const chunks = readChunks(file)
  const header = chunks[0]!.data
  const view = new DataView(header.buffer, header.byteOffset)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const rows = inflateSync(chunks.find(({ type }) => type === 'IDAT')!.data)
  const stride = width * 3
  if (rows.length !== (stride + 1) * height) throw new Error('Wrong number of bytes.')
  const data = new Uint8Array(stride * height)
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)]!
    for (let i = 0; i < stride; i++) {
      const at = y * stride + i
      const left = i < 3 ? 0 : data[at - 3]!
      const up = y === 0 ? 0 : data[at - stride]!
      const corner = i < 3 || y === 0 ? 0 : data[at - stride - 3]!
      data[at] = rows[y * (stride + 1) + 1 + i]! + predict(filter, left, up, corner)
    }
  }
  return { data, width, height }
}
