import { readBody } from './read.ts'

/** An object in R2 as it was when it was named. */
export interface KnownObject {
  key: string
  bytes: number
}

/** How an object's bytes are written: slice by slice, each by itself. */
export interface Writing {
  lengthOf(bytes: number): number
  encode(slice: Uint8Array): Uint8Array
}

/** Bytes encoded at a time: a multiple of 3, so that slices of base64 join without padding; 64 KiB as text. */
const SLICE_BYTES = 48 * 1024

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** As they are. */
export const PLAIN: Writing = { lengthOf: (bytes) => bytes, encode: (slice) => slice }

export const BASE64: Writing = {
  lengthOf: (bytes) => 4 * Math.ceil(bytes / 3),
  encode: (slice) => encode(slice.toBase64()),
}

/**
 * Texts with an object between each and the next, as one stream of known length, and never an object whole.
 * `missing` names the first object that is not there or has another size than stated: it is found out
 * before anything is sent. Only the first is opened by then: an open body holds one of six connections, and
 * a job may have four calls at once.
 */
export async function storedStream(
  texts: string[],
  stored: KnownObject[],
  writing: Writing,
  bucket: R2Bucket,
): Promise<{ stream: ReadableStream<Uint8Array>; length: number } | { missing: string }> {
  const pieces = texts.map(encode)
  const objects = await find(stored, bucket)
  if ('missing' in objects) return objects
  const length =
    pieces.reduce((sum, piece) => sum + piece.length, 0) +
    stored.reduce((sum, { bytes }) => sum + writing.lengthOf(bytes), 0)
  const { readable, writable } = new FixedLengthStream(length)
  void send(pieces, objects, { writing, bucket, writer: writable.getWriter() })
  return { stream: readable, length }
}

async function find(
  stored: KnownObject[],
  bucket: R2Bucket,
): Promise<R2Object[] | { missing: string }> {
  const looks = await Promise.allSettled(
    stored.map(({ key }, i) => (i === 0 ? bucket.get(key) : bucket.head(key))),
  )
  const found = looks.map((look) => (look.status === 'fulfilled' ? look.value : null))
  const wrong = stored.findIndex(({ bytes }, i) => found[i]?.size !== bytes)
  const objects = found.filter((object) => object !== null)
  if (wrong < 0) return objects
  await cancelAll(objects)
  const broken = looks.find((look) => look.status === 'rejected')
  if (broken) throw broken.reason
  return { missing: stored[wrong]!.key }
}

interface Sending {
  writing: Writing
  bucket: R2Bucket
  writer: WritableStreamDefaultWriter<Uint8Array>
}

/** Sends texts and objects in turn. When that fails, the stream breaks off short of its stated length. */
async function send(texts: Uint8Array[], objects: R2Object[], sending: Sending): Promise<void> {
  const { writer, bucket } = sending
  const waiting = [...objects]
  try {
    for (const text of texts) {
      await writer.write(text)
      const object = waiting.shift()
      if (!object) continue
      const sent = await sendBytes(await open(object, bucket), sending)
      // The length of the text alone would not tell: base64 is as long for 100 bytes as for 102.
      if (sent !== object.size) throw new Error(`${object.key} broke off while it was being sent.`)
    }
    await writer.close()
  } catch (cause) {
    await cancelAll(waiting)
    await writer.abort(cause).catch(() => {})
  }
}

/** The object's body; one that was only looked up is opened now, if it is still the same. */
async function open(object: R2Object, bucket: R2Bucket): Promise<ReadableStream<Uint8Array>> {
  if (isOpen(object)) return object.body
  const again = await bucket.get(object.key, { onlyIf: { etagMatches: object.etag } })
  if (!again || !isOpen(again)) throw new Error(`${object.key} went while it was being sent.`)
  return again.body
}

/** Gives back how many bytes the body had. */
async function sendBytes(
  body: ReadableStream<Uint8Array>,
  { writing, writer }: Sending,
): Promise<number> {
  const reader = readBody(body)
  const slice = new Uint8Array(SLICE_BYTES)
  let held = 0
  let sent = 0
  const flush = async () => {
    sent += held
    await writer.write(writing.encode(slice.subarray(0, held)))
    held = 0
  }
  try {
    for (let piece = await reader.next(); piece; piece = await reader.next())
      for (let at = 0; at < piece.length;) {
        const taken = piece.subarray(at, at + SLICE_BYTES - held)
        slice.set(taken, held)
        held += taken.length
        at += taken.length
        if (held === SLICE_BYTES) await flush()
      }
    if (held > 0) await flush()
    return sent
  } finally {
    await reader.cancel()
  }
}

const isOpen = (object: R2Object): object is R2ObjectBody => 'body' in object

async function cancelAll(objects: R2Object[]): Promise<void> {
  await Promise.all(objects.filter(isOpen).map((object) => object.body.cancel().catch(() => {})))
}
