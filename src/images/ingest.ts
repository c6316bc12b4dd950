import type { StoredImage } from '../core/image.ts'
import { newHash, type Hash } from './hash.ts'
import { newHold, type Hold } from './hold.ts'
import { type BodyReader, readBody } from './read.ts'
import { HEAD_BYTES, hasContentCredentials, isWhole, sniff, type Sniffed } from './sniff.ts'
import { openUpload, TAIL_BYTES, type Upload } from './store.ts'

/** Largest image stored, in bytes. It is streamed: an isolate has 128 MB for all its requests. */
const MAX_IMAGE_BYTES = 50 * 1024 * 1024
/** Largest picture, in pixels and pixels a side: what a viewer may have to decode. */
const MAX_PIXELS = 50_000_000
const MAX_SIDE = 20_000

/** Most that is taken in at once, in bytes: a larger piece of a body is not copied as a whole. */
const STEP_BYTES = 1024 * 1024

/** Stored beside the bytes, so that an index can be rebuilt from the bucket alone. */
interface About {
  job: string
  model: string
  provider: string
  seed: number | null
  created: number
}

type Measured = Pick<
  StoredImage,
  'type' | 'bytes' | 'sha256' | 'width' | 'height' | 'contentCredentials'
>
type Unfit = 'not_an_image' | 'too_large' | 'too_many_pixels' | 'broken_stream'
type Ingested = { ok: true; image: Measured } | { ok: false; reason: Unfit }

/** An image on its way through this isolate. */
interface Passage {
  reader: BodyReader
  hold: Hold
  hash: Hash
  upload: Upload
}

/**
 * Streams an image into R2 under its key: bounded, sniffed, hashed, byte for byte. Storing it again
 * overwrites it with itself, which is what lets an alarm run twice. A body that is not a whole image
 * within the bounds is a value and leaves nothing behind; R2's failures reject.
 */
export async function ingest(
  bucket: R2Bucket,
  key: string,
  body: ReadableStream<Uint8Array>,
  about: About,
): Promise<Ingested> {
  const hold = newHold()
  const upload = openUpload(bucket, key, hold)
  const passage = { reader: readBody(body), hold, hash: newHash(), upload }
  try {
    const received = await receive(passage)
    if (typeof received === 'string') return { ok: false, reason: received }
    const { head, bytes, image } = received
    const sha256 = await passage.hash.finish()
    await upload.finish({ sha256, type: image.type, custom: describe(about, image) })
    const contentCredentials = hasContentCredentials(head)
    return { ok: true, image: { ...image, bytes, sha256, contentCredentials } }
  } finally {
    void passage.reader.cancel()
    await Promise.all([upload.clean(), passage.hash.abort()])
  }
}

/** What is known of the file so far. */
interface Intake {
  bytes: number
  /** The first bytes, at most 64 KiB, once they were examined. */
  head: Uint8Array
  image: Sniffed | null
}

/** Takes the body in, up to its end or the first reason against it. */
async function receive(passage: Passage): Promise<(Intake & { image: Sniffed }) | Unfit> {
  const intake: Intake = { bytes: 0, head: new Uint8Array(), image: null }
  for (;;) {
    const piece = await passage.reader.next().catch(() => 'broken_stream' as const)
    if (piece === 'broken_stream') return piece
    if (piece === null) return conclude(passage.hold, intake)
    for (let at = 0; at < piece.length; at += STEP_BYTES) {
      const unfit = await take(passage, intake, piece.subarray(at, at + STEP_BYTES))
      if (unfit) return unfit
    }
  }
}

async function take(passage: Passage, intake: Intake, step: Uint8Array): Promise<Unfit | null> {
  const { hash, hold, upload } = passage
  intake.bytes += step.length
  if (intake.bytes > MAX_IMAGE_BYTES) return 'too_large'
  await hash.write(step)
  hold.append(step)
  const unfit = intake.bytes >= HEAD_BYTES ? examine(hold, intake) : null
  if (unfit === null) await upload.relieve()
  return unfit
}

/** Sniffs what has come. Repeated until the size is known, as long as the file is held from its start. */
function examine(hold: Hold, intake: Intake): Unfit | null {
  if (intake.bytes > hold.length || intake.image?.width) return null
  const image = sniff(hold.view())
  if (image === null) return 'not_an_image'
  intake.image = image
  intake.head = hold.view().slice(0, HEAD_BYTES)
  const width = image.width ?? 0
  const height = image.height ?? 0
  const tooMany = width * height > MAX_PIXELS || Math.max(width, height) > MAX_SIDE
  return tooMany ? 'too_many_pixels' : null
}

function conclude(hold: Hold, intake: Intake): (Intake & { image: Sniffed }) | Unfit {
  const unfit = examine(hold, intake)
  if (unfit !== null) return unfit
  const { image, head, bytes } = intake
  if (image === null) return 'not_an_image'
  const tail = hold.view().subarray(-TAIL_BYTES)
  return isWhole(image.type, { head, tail, bytes }) ? { ...intake, image } : 'broken_stream'
}

function describe(about: About, { width, height }: Sniffed): Record<string, string> {
  const { job, model, provider, seed, created } = about
  const facts = { job, model, provider, seed, created, width, height }
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [[name, `${value}`]])),
  )
}
