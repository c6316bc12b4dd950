import { partBudget } from './budget.ts'
import { type About, describe, type Ingested, newIntake, type Unfit } from './intake.ts'
import { readBody } from './read.ts'
import { openUpload, type Room, TAIL_BYTES } from './store.ts'

/** Most that is taken in at once, in bytes: what follows an unfit part of a large piece is not hashed. */
const STEP_BYTES = 1024 * 1024

/** Takes one image in. To be ended by `close` or `abort`, whatever happened before. */
export interface ImageSink {
  /**
   * Takes the next bytes in; they may be overwritten once it has settled. False = the image is refused,
   * more bytes change nothing. Rejects when R2 fails, and when the signal goes off while it waits for memory.
   */
  write(bytes: Uint8Array): Promise<boolean>
  /** Stores the image, or says why not. Rejects when R2 fails. Leaves nothing behind but the image. */
  close(): Promise<Ingested>
  /** Leaves nothing behind. Without effect after `close`. Never rejects. */
  abort(): Promise<void>
}

/**
 * Opens the way of an image into R2 under its key: bounded, sniffed, hashed, byte for byte. Storing it
 * again overwrites it with itself, which is what lets an alarm run twice.
 *
 * @param about null = an image that no job made
 * @param room its `expectedBytes` may be wrong, which costs memory or time
 */
export function openSink(
  bucket: R2Bucket,
  key: string,
  about: About | null,
  room: Partial<Room> = {},
): ImageSink {
  const upload = openUpload(bucket, key, { budget: partBudget, expectedBytes: 0, ...room })
  const intake = newIntake()
  let bytes = 0
  let unfit: Unfit | null = null

  /** Once parts were sent, the file is no longer held from its start. */
  const examine = (isAll: boolean) =>
    upload.view().length === bytes ? intake.examine(upload.view(), isAll) : null

  async function take(step: Uint8Array): Promise<Unfit | null> {
    const reason = intake.count(step)
    if (reason !== null) return reason
    bytes += step.length
    await upload.append(step)
    return examine(false)
  }
  async function finish(): Promise<Ingested> {
    unfit ??= examine(true)
    if (unfit !== null) return { ok: false, reason: unfit }
    const result = intake.conclude(upload.view().subarray(-TAIL_BYTES))
    if (!result.ok) return result
    const { sha256, type } = result.image
    await upload.finish({ sha256, type, custom: describe(about, result.image) })
    return result
  }
  return {
    async write(piece) {
      for (let at = 0; at < piece.length && unfit === null; at += STEP_BYTES)
        unfit = await take(piece.subarray(at, at + STEP_BYTES))
      if (unfit !== null) await upload.clean()
      return unfit === null
    },
    async close() {
      try {
        return await finish()
      } finally {
        await upload.clean()
      }
    },
    abort() {
      unfit ??= 'broken_stream'
      return upload.clean()
    },
  }
}

/**
 * Streams an image into R2 through a sink. A body that is not a whole image within the bounds is a
 * value and leaves nothing behind; R2's failures reject, and the signal of its room where it waits for memory.
 */
export async function ingest(
  bucket: R2Bucket,
  key: string,
  body: ReadableStream<Uint8Array>,
  about: About,
  room: Partial<Room> = {},
): Promise<Ingested> {
  const reader = readBody(body)
  const sink = openSink(bucket, key, about, room)
  try {
    for (;;) {
      const piece = await reader.next().catch(() => 'broken_stream' as const)
      if (piece === 'broken_stream') return { ok: false, reason: piece }
      if (piece === null || !(await sink.write(piece))) return await sink.close()
    }
  } finally {
    void reader.cancel()
    await sink.abort()
  }
}
