import { ingest } from './ingest.ts'
import {
  type About,
  describe,
  type Ingested,
  type Intake,
  MAX_IMAGE_BYTES,
  newIntake,
} from './intake.ts'
import { type BodyReader, readBody } from './read.ts'
import { HEAD_BYTES } from './sniff.ts'
import { TAIL_BYTES } from './store.ts'

/** Largest image held in memory when its length is known, in bytes; its hash then lies beside it in R2. */
const HELD_BYTES = 4 * 1024 * 1024

/** Bytes per read. Measured at 15 MB: 256 KiB cost 12 % less CPU than 64 KiB, 1 MiB no less than that. */
const RELAY_BYTES = 256 * 1024

/**
 * Stores the image of an answer as `ingest` does. An answer of more than 4 MiB that states its length is
 * passed on to R2 without being held, by one `put` up to the largest image. Its hash is known too late
 * to stand in the object's metadata: it is in the result only.
 */
export async function ingestUrl(
  bucket: R2Bucket,
  key: string,
  response: Pick<Response, 'headers'> & { body: ReadableStream<Uint8Array> | null },
  about: About,
  signal?: AbortSignal,
): Promise<Ingested> {
  const { body } = response
  if (body === null) return { ok: false, reason: 'not_an_image' }
  const length = statedLength(response.headers)
  if (length === null || length <= HELD_BYTES)
    return ingest(bucket, key, body, about, { expectedBytes: length ?? 0, signal })
  const reader = readBody(body, { buffer: RELAY_BYTES, least: RELAY_BYTES })
  try {
    if (length > MAX_IMAGE_BYTES) return { ok: false, reason: 'too_large' }
    return await relay(bucket, key, { reader, length, about })
  } finally {
    void reader.cancel()
  }
}

/** Null for a body that the runtime unpacks: its length is that of the packed bytes. */
function statedLength(headers: Headers): number | null {
  const text = headers.get('content-length') ?? ''
  return /^\d{1,15}$/.test(text) && !headers.has('content-encoding') ? Number(text) : null
}

interface Passing {
  reader: BodyReader
  /** In bytes. */
  length: number
  about: About
}

/** Begins to store once the head is an image, and gives R2 the last piece once the whole is one. */
async function relay(bucket: R2Bucket, key: string, passing: Passing): Promise<Ingested> {
  const { reader, length, about } = passing
  const intake = newIntake()
  const head = await readHead(reader)
  const unfit = head && (intake.count(head) ?? intake.examine(head, head.length === length))
  const image = intake.seen()
  if (unfit) return { ok: false, reason: unfit }
  if (head === null || image === null) return { ok: false, reason: 'broken_stream' }

  const { readable, writable } = new FixedLengthStream(length)
  const writer = writable.getWriter()
  const stored = bucket.put(key, readable, {
    httpMetadata: { contentType: image.type },
    customMetadata: describe(about, image),
  })
  try {
    const result = await passOn({ reader, writer, intake, length, head, failing: stored })
    if (result.ok) await stored
    return result
  } finally {
    // Without effect on a stream that was closed. Short of its length, it stores nothing.
    await writer.abort().catch(() => {})
    await stored.catch(() => {})
  }
}

/** The first bytes, at least 64 KiB of them when there are so many; null for a body without any. */
async function readHead(reader: BodyReader): Promise<Uint8Array | null> {
  let head = await next(reader)
  while (head !== null && head.length < HEAD_BYTES) {
    const held = head.slice()
    const more = await next(reader)
    if (more === null) return held
    head = join(held, more)
  }
  return head
}

interface Passage {
  reader: BodyReader
  writer: WritableStreamDefaultWriter<Uint8Array>
  intake: Intake
  length: number
  head: Uint8Array
  /** Rejects when nobody reads what is written. */
  failing: Promise<unknown>
}

async function passOn(passage: Passage): Promise<Ingested> {
  const { reader, writer, intake, length, failing } = passage
  const write = (piece: Uint8Array) => Promise.race([writer.write(piece), failing])
  let tail = new Uint8Array()
  let passed = 0
  for (let piece: Uint8Array | null = passage.head; piece; piece = await next(reader)) {
    if (passed > 0) intake.count(piece)
    passed += piece.length
    tail = join(tail, piece.subarray(-TAIL_BYTES)).slice(-TAIL_BYTES)
    if (passed >= length) {
      const result = passed === length ? intake.conclude(tail) : BROKEN
      if (!result.ok) return result
      await write(piece)
      await Promise.race([writer.close(), failing])
      return result
    }
    await write(piece)
  }
  return BROKEN
}

const BROKEN = { ok: false, reason: 'broken_stream' } as const

/** Null at the end, also at one that came too early. */
const next = (reader: BodyReader): Promise<Uint8Array | null> => reader.next().catch(() => null)

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
