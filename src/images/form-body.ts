/** One part of a form to be sent: a text, or a file that lies in R2. */
export type OutgoingPart =
  | { name: string; value: string }
  | { name: string; key: string; bytes: number; type: string; filename: string }

export interface FormBody {
  stream: ReadableStream<Uint8Array>
  length: number
  /** Media type with the boundary. */
  type: string
}

/**
 * A multipart form (RFC 7578) of known length whose files stream out of R2. All files are opened first:
 * `missing` names the first that is not there or has another size than stated.
 */
export async function formBody(
  parts: OutgoingPart[],
  bucket: R2Bucket,
): Promise<FormBody | { missing: string }> {
  const boundary = `darkroom-${crypto.randomUUID()}`
  const objects = await Promise.all(
    parts.map(async (part) => ('key' in part ? bucket.get(part.key) : null)),
  )
  const lost = parts.find((part, i) => 'key' in part && objects[i]?.size !== part.bytes)
  if (lost && 'key' in lost) {
    await Promise.all(objects.map(async (object) => object?.body.cancel()))
    return { missing: lost.key }
  }
  const heads = parts.map((part) => encode(`--${boundary}\r\n${headOf(part)}\r\n\r\n`))
  const end = encode(`--${boundary}--\r\n`)
  const sizes = parts.map((part, i) => heads[i]!.length + sizeOf(part) + CRLF.length)
  const length = sizes.reduce((sum, size) => sum + size, end.length)
  const { readable, writable } = new FixedLengthStream(length)
  void send(writable, async (writer) => {
    for (const [i, part] of parts.entries()) {
      await writer.write(heads[i])
      if ('value' in part) await writer.write(encode(part.value))
      else for await (const piece of objects[i]!.body) await writer.write(piece)
      await writer.write(CRLF)
    }
    await writer.write(end)
  })
  return { stream: readable, length, type: `multipart/form-data; boundary=${boundary}` }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const CRLF = encode('\r\n')

const sizeOf = (part: OutgoingPart): number =>
  'value' in part ? encode(part.value).length : part.bytes

const headOf = (part: OutgoingPart): string =>
  'value' in part
    ? `Content-Disposition: form-data; name="${part.name}"`
    : `Content-Disposition: form-data; name="${part.name}"; filename="${part.filename}"\r\n` +
      `Content-Type: ${part.type}`

/** When the writing breaks off, the stream ends short of its stated length, and the call fails. */
async function send(
  writable: WritableStream<Uint8Array>,
  write: (writer: WritableStreamDefaultWriter<Uint8Array>) => Promise<void>,
): Promise<void> {
  const writer = writable.getWriter()
  try {
    await write(writer)
    await writer.close()
  } catch (cause) {
    await writer.abort(cause).catch(() => {})
  }
}
