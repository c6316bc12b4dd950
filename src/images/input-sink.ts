import { StagedInput } from '../core/staged-input.ts'
import { openSink, type ImageSink } from './ingest.ts'
import type { Ingested, Unfit } from './intake.ts'
import type { Room } from './store.ts'

/** Largest input image, bytes (reliability.md section 4). */
export const MAX_INPUT_BYTES = 20 * 1024 * 1024

/** Takes one input image in. */
export interface InputSink extends ImageSink {
  /** What became of it; to be asked after `close`. */
  result(): StagedInput
}

const FAULTS: Record<Unfit, string> = {
  not_an_image: 'expected a PNG, JPEG, WebP, GIF or AVIF image',
  too_large: `expected an image of at most ${MAX_INPUT_BYTES} bytes`,
  too_many_pixels: 'expected an image of at most 50 megapixels and 20,000 pixels a side',
  broken_stream: 'expected a whole image, received one that was cut off',
}

/**
 * Opens the way of an input image into R2: bounded, hashed, its type judged by its bytes.
 *
 * @param declared media type that the sender stated; null = none. It must be that of an image, too.
 * @param room as in `openSink`
 */
export function openInputSink(
  bucket: R2Bucket,
  key: string,
  declared: string | null,
  room?: Partial<Room>,
): InputSink {
  const sink = openSink(bucket, key, null, room)
  let bytes = 0
  let result = new StagedInput({ fault: FAULTS.broken_stream })

  async function close(): Promise<Ingested> {
    if (bytes <= MAX_INPUT_BYTES) return sink.close()
    await sink.abort()
    return { ok: false, reason: 'too_large' }
  }
  return {
    async write(piece) {
      bytes += piece.length
      if (bytes <= MAX_INPUT_BYTES) return sink.write(piece)
      await sink.abort()
      return false
    },
    async close() {
      const ingested = await close()
      if (!ingested.ok) {
        const fault = bytes === 0 ? 'expected an image, received an empty file' : undefined
        result = new StagedInput({ fault: fault ?? FAULTS[ingested.reason] })
        return ingested
      }
      const { type, sha256 } = ingested.image
      if (!contradicts(declared)) {
        result = new StagedInput({ r2: key, type, bytes, sha256 })
        return ingested
      }
      await bucket.delete(key)
      const fault = `expected an image to be declared as one, such as ${type}`
      result = new StagedInput({ fault })
      return { ok: false, reason: 'not_an_image' }
    },
    abort: () => sink.abort(),
    result: () => result,
  }
}

/**
 * Clients that do not know a type state `octet-stream`, under any main type, or none. Those that save every
 * image under one ending state the wrong one of the types taken here (Modular's example sends a JPEG as
 * `image/png`): the bytes decide.
 */
function contradicts(declared: string | null): boolean {
  const type = (declared ?? '').split(';')[0]!.trim().toLowerCase()
  return type !== '' && !/\/octet-stream$|^image\/(png|jpe?g|webp|gif|avif)$/.test(type)
}
