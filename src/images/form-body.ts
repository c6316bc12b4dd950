import { PLAIN, type KnownObject, storedStream } from './stored-stream.ts'

/** One part of a form to be sent: a text, or a file that lies in R2. */
export type OutgoingPart =
  | { name: string; value: string }
  | (KnownObject & { name: string; type: string; filename: string })

export interface FormBody {
  stream: ReadableStream<Uint8Array>
  length: number
  /** Media type with the boundary. */
  type: string
}

/** A multipart form (RFC 7578) of known length whose files are sent as `storedStream` does. */
export async function formBody(
  parts: OutgoingPart[],
  bucket: R2Bucket,
): Promise<FormBody | { missing: string }> {
  const boundary = `darkroom-${crypto.randomUUID()}`
  const texts: string[] = []
  let text = ''
  for (const part of parts) {
    text += `--${boundary}\r\nContent-Disposition: form-data; name="${part.name}"`
    if ('value' in part) text += `\r\n\r\n${part.value}\r\n`
    else {
      texts.push(`${text}; filename="${part.filename}"\r\nContent-Type: ${part.type}\r\n\r\n`)
      text = '\r\n'
    }
  }
  texts.push(`${text}--${boundary}--\r\n`)
  const files = parts.filter((part) => 'key' in part)
  const sent = await storedStream(texts, files, PLAIN, bucket)
  return 'missing' in sent ? sent : { ...sent, type: `multipart/form-data; boundary=${boundary}` }
}
