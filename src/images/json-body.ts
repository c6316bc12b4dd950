import { StoredBytes } from '../core/stored-bytes.ts'
import { readBody } from './read.ts'

type JsonBody = { body: ReadableStream<Uint8Array> | Uint8Array; length: number }

/** Bytes encoded at a time: a multiple of 3, so that slices join without padding; 64 KiB as text. */
const SLICE_BYTES = 48 * 1024

/** Objects opened beforehand. An unread body holds one of an isolate's six connections. */
const OPENED = 4

/**
 * Serialises a value as `JSON.stringify` does, with the base64 of R2 objects where `StoredBytes` stand,
 * and never holds an image whole. `length` is exact. `missing` names the first object that is not there
 * or has another size than stated: it is found out before anything is sent.
 */
export async function jsonBody(
  value: unknown,
  bucket: R2Bucket,
): Promise<JsonBody | { missing: string }> {
  const { texts, marks } = cut(value)
  const pieces = texts.map((text) => new TextEncoder().encode(text))
  const [only] = pieces
  if (only && marks.length === 0) return { body: only, length: only.length }
  const objects = await openAll(marks, bucket)
  if ('missing' in objects) return objects
  const length =
    pieces.reduce((sum, piece) => sum + piece.length, 0) +
    marks.reduce((sum, { bytes }) => sum + 4 * Math.ceil(bytes / 3), 0)
  const { readable, writable } = new FixedLengthStream(length)
  void send(pieces, objects, bucket, writable)
  return { body: readable, length }
}

/** The JSON text around the marks: one text more than there are marks. */
function cut(value: unknown): { texts: string[]; marks: StoredBytes[] } {
  const marks: StoredBytes[] = []
  // Random, so that no text from outside can look like a mark.
  const sign = crypto.randomUUID()
  const json = JSON.stringify(value, (_, item: unknown) => {
    if (!(item instanceof StoredBytes)) return item
    marks.push(item)
    return item.form === 'base64' ? sign : `data:${item.type};base64,${sign}`
  })
  return { texts: json.split(sign), marks }
}

async function openAll(
  marks: StoredBytes[],
  bucket: R2Bucket,
): Promise<R2Object[] | { missing: string }> {
  const looks = await Promise.allSettled(
    marks.map(({ key }, i) => (i < OPENED ? bucket.get(key) : bucket.head(key))),
  )
  const found = looks.map((look) => (look.status === 'fulfilled' ? look.value : null))
  const objects = found.filter((object) => object !== null)
  const wrong = marks.findIndex(({ bytes }, i) => found[i]?.size !== bytes)
  if (wrong < 0) return objects
  await cancelAll(objects)
  const broken = looks.find((look) => look.status === 'rejected')
  if (broken) throw broken.reason
  return { missing: marks[wrong]!.key }
}

/** Sends texts and objects in turn. When that fails, the stream breaks off short of its stated length. */
async function send(
  texts: Uint8Array[],
  objects: R2Object[],
  bucket: R2Bucket,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = writable.getWriter()
  const waiting = [...objects]
  try {
    for (const text of texts) {
      await writer.write(text)
      const object = waiting.shift()
      if (!object) continue
      const sent = await sendBase64(await open(object, bucket), writer)
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
async function sendBase64(
  body: ReadableStream<Uint8Array>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<number> {
  const reader = readBody(body)
  const slice = new Uint8Array(SLICE_BYTES)
  let held = 0
  let sent = 0
  const flush = async () => {
    const text = slice.subarray(0, held).toBase64()
    sent += held
    held = 0
    await writer.write(new TextEncoder().encode(text))
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
