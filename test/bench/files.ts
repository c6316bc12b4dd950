import { createHash } from 'node:crypto'
import { encodePng } from '../upstreams/png.ts'

export interface BenchFile {
  bytes: Buffer
  base64: Buffer
  sha256: string
}

const files = new Map<string, BenchFile>()

/** The i-th PNG of this length in bytes: the same in every thread. */
export function fileOf(bytes: number, i: number): BenchFile {
  const key = `${bytes}/${i}`
  const file = files.get(key) ?? make(bytes, key)
  files.set(key, file)
  return file
}

/** Of those that were made here. */
export const fileOfHash = (sha256: string): BenchFile | null =>
  [...files.values()].find((file) => file.sha256 === sha256) ?? null

function make(length: number, text: string): BenchFile {
  const options = { width: 64, height: 64, text, transparent: false, noisy: false, bytes: length }
  const bytes = encodePng(options)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { bytes, base64: Buffer.from(bytes.toString('base64'), 'latin1'), sha256 }
}
