import { newBase64Decoder } from './base64.ts'
import type { ImageSink } from './ingest.ts'
import type { Ingested } from './intake.ts'
import { newUnescaper } from './json-string.ts'

/** An image on its way out of a JSON string. To be ended by `close` or `abort`. */
export interface ImageString {
  /** Takes what stands between the quotes: escaped, at most 65 KiB, the first time at least 1 KiB. */
  write(raw: string): Promise<void>
  /** What is no base64 is no image. */
  close(): Promise<Ingested>
  abort(): Promise<void>
}

/** Decodes base64, also of a data URL, into a sink. Rejects when R2 fails. */
export function openImageString(sink: ImageSink): ImageString {
  const unescaper = newUnescaper()
  const decoder = newBase64Decoder()
  let isFirst = true
  /** Neither the text nor the image was refused so far. */
  let isGood = true
  let isBase64 = true

  async function pass(bytes: Uint8Array | null): Promise<void> {
    isBase64 = bytes !== null
    isGood = bytes !== null && (bytes.length === 0 || (await sink.write(bytes)))
  }
  return {
    async write(raw) {
      if (!isGood) return
      const value = unescaper.write(raw)
      const text = isFirst && value !== null ? withoutHeader(value) : value
      isFirst = false
      await pass(text === null ? null : decoder.write(text))
    },
    async close() {
      if (isGood) await pass(unescaper.end() ? decoder.end() : null)
      if (isBase64) return sink.close()
      await sink.abort()
      return { ok: false, reason: 'not_an_image' }
    },
    abort: () => sink.abort(),
  }
}

/** What follows `data:image/png;base64,`, or the whole text; null for a data URL without base64. */
function withoutHeader(text: string): string | null {
  if (!/^data:/i.test(text)) return text
  const comma = text.indexOf(',')
  return /;base64$/i.test(text.slice(0, Math.max(0, comma))) ? text.slice(comma + 1) : null
}
