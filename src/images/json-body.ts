import { StoredBytes } from '../core/stored-bytes.ts'
import { BASE64, storedStream } from './stored-stream.ts'

type JsonBody = { body: ReadableStream<Uint8Array> | Uint8Array; length: number }

/**
 * Serialises a value as `JSON.stringify` does, with the base64 of R2 objects where `StoredBytes` stand,
 * as `storedStream` sends them. `length` is exact.
 */
export async function jsonBody(
  value: unknown,
  bucket: R2Bucket,
): Promise<JsonBody | { missing: string }> {
  const { texts, marks } = cut(value)
  if (marks.length === 0) {
    const body = new TextEncoder().encode(texts[0])
    return { body, length: body.length }
  }
  const sent = await storedStream(texts, marks, BASE64, bucket)
  return 'missing' in sent ? sent : { body: sent.stream, length: sent.length }
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
