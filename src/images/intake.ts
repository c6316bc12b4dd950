import { createHash } from 'node:crypto'
import type { StoredImage } from '../core/image.ts'
import { HEAD_BYTES, hasContentCredentials, isWhole, sniff, type Sniffed } from './sniff.ts'

/** Largest image stored, in bytes. It is streamed: an isolate has 128 MB for all its requests. */
export const MAX_IMAGE_BYTES = 50 * 1024 * 1024
/** Largest picture, in pixels and pixels a side: what a viewer may have to decode. */
const MAX_PIXELS = 50_000_000
const MAX_SIDE = 20_000

/** Stored beside the bytes, so that an index can be rebuilt from the bucket alone. */
export interface About {
  job: string
  model: string
  provider: string
  seed: number | null
  created: number
}

export type Measured = Pick<
  StoredImage,
  'type' | 'bytes' | 'sha256' | 'width' | 'height' | 'contentCredentials'
>
export type Unfit = 'not_an_image' | 'too_large' | 'too_many_pixels' | 'broken_stream'
export type Ingested = { ok: true; image: Measured } | { ok: false; reason: Unfit }

/** What is measured on an image while its bytes go by. */
export interface Intake {
  /** Counts and hashes the next bytes. */
  count(step: Uint8Array): Unfit | null
  /**
   * Looks at all that came so far. Repeated until the size is known, which 64 KiB nearly always tell.
   * Without effect on fewer than 64 KiB unless they are the whole file.
   */
  examine(fromStart: Uint8Array, isAll: boolean): Unfit | null
  /** What the head tells; null before it was examined. */
  seen(): Sniffed | null
  /** The verdict, by the last bytes of the file (1 KiB). */
  conclude(tail: Uint8Array): Ingested
}

export function newIntake(): Intake {
  const hash = createHash('sha256')
  let bytes = 0
  let head = new Uint8Array()
  let image: Sniffed | null = null
  return {
    count(step) {
      bytes += step.length
      if (bytes > MAX_IMAGE_BYTES) return 'too_large'
      hash.update(step)
      return null
    },
    examine(fromStart, isAll) {
      if (image?.width || (fromStart.length < HEAD_BYTES && !isAll)) return null
      image = sniff(fromStart)
      if (image === null) return 'not_an_image'
      head = fromStart.slice(0, HEAD_BYTES)
      const width = image.width ?? 0
      const height = image.height ?? 0
      const tooMany = width * height > MAX_PIXELS || Math.max(width, height) > MAX_SIDE
      return tooMany ? 'too_many_pixels' : null
    },
    seen: () => image,
    conclude(tail) {
      if (image === null) return { ok: false, reason: 'not_an_image' }
      if (!isWhole(image.type, { head, tail, bytes })) return { ok: false, reason: 'broken_stream' }
      const contentCredentials = hasContentCredentials(head)
      const sha256 = hash.digest('hex')
      return { ok: true, image: { ...image, bytes, sha256, contentCredentials } }
    },
  }
}

/** The custom metadata of an image. */
export function describe(about: About | null, { width, height }: Sniffed): Record<string, string> {
  const facts = { ...about, width, height }
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [[name, `${value}`]])),
  )
}
