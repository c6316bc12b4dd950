import { newHold } from './hold.ts'
import { openImageString, type ImageString } from './image-string.ts'
import type { ImageSink } from './ingest.ts'
import type { Ingested } from './intake.ts'
import { countBackslashes, unescape } from './json-string.ts'
import { fromLatin1, TEXT_BYTES, toLatin1 } from './latin1.ts'

/** A string under an image key is an image when more bytes than these stand between its quotes. */
const IMAGE_STRING_BYTES = 1024

export interface ScanOptions {
  /** Keys under which images lie, at any depth. */
  imageKeys: readonly string[]
  /** Longer data URLs, in bytes, are images under any key; missing = none are. At least 1 KiB. */
  dataUrlBytes?: number
  /** Bytes that are no UTF-8 make it no JSON; else they are replaced. */
  fatal?: boolean
  /** Where the n-th image goes. `start` is how its string begins, as it stands between its quotes. */
  sink: (n: number, start: string) => ImageSink
  /** Most bytes of JSON besides the images. */
  maxSkeletonBytes: number
}

/** `broken_stream`: it ended too early. `too_large`: the JSON besides the images. */
export type Unreadable = 'broken_stream' | 'too_large' | 'not_json'

/** JSON with `{ $image: n }` in the place of its n-th image, and what became of the images. */
export type Extracted =
  | { ok: true; json: unknown; images: Ingested[] }
  | { ok: false; reason: Unreadable; images: Ingested[] }

export interface JsonScan {
  /** What became of the images so far. */
  readonly images: Ingested[]
  /** At most 64 KiB. False = the JSON is too large, to be ended. Rejects when R2 fails. */
  write(bytes: Uint8Array): Promise<boolean>
  end(): Promise<Extracted>
  /** Ends an image that is on its way. Never rejects. */
  abort(): Promise<void>
}

/** First bytes of a skeleton's buffer: an answer without its images is about as long. */
const START_BYTES = 4096

/**
 * Cuts images out of JSON in one pass. Only quotes are looked for, in native code: what stands between
 * two strings tells whether one is the other's key. All the rest is left to `JSON.parse`.
 */
export function newJsonScan(options: ScanOptions, firstImage = 0): JsonScan {
  const skeleton = newHold(START_BYTES)
  const strings = newStrings(options)
  const decoder = new TextDecoder('utf-8', { fatal: options.fatal ?? false, ignoreBOM: false })
  const images: Ingested[] = []
  let image: ImageString | null = null

  /** Replaces the string that was copied so far by a mark, and sends it and what follows to a sink. */
  async function openImage(): Promise<void> {
    const n = firstImage + images.length
    const word = strings.word()
    skeleton.cut(strings.start())
    skeleton.append(fromLatin1(`{"$image":${n}}`))
    image = openImageString(options.sink(n, word.slice(0, IMAGE_STRING_BYTES)))
    for (let at = 0; at < word.length; at += TEXT_BYTES)
      await image.write(word.slice(at, at + TEXT_BYTES))
  }
  async function closeImage(open: ImageString): Promise<void> {
    images.push(await open.close())
    image = null
  }
  return {
    images,
    async write(bytes) {
      const text = toLatin1(bytes)
      for (let at = 0; at < text.length && skeleton.length <= options.maxSkeletonBytes;) {
        const quote = strings.findQuote(text, at)
        const end = quote < 0 ? text.length : quote
        const part = text.slice(at, end)
        if (image) await image.write(part)
        else {
          skeleton.append(bytes.subarray(at, end))
          strings.take(part)
          if (strings.isImage()) await openImage()
        }
        if (quote >= 0) {
          if (image) await closeImage(image)
          else skeleton.append(bytes.subarray(quote, quote + 1))
          strings.turn(skeleton.length - 1)
        }
        at = end + 1
      }
      return skeleton.length <= options.maxSkeletonBytes
    },
    async end() {
      if (strings.isInside()) {
        await image?.abort()
        return { ok: false, reason: 'broken_stream', images }
      }
      try {
        return { ok: true, json: JSON.parse(decoder.decode(skeleton.view())), images }
      } catch {
        return { ok: false, reason: 'not_json', images }
      }
    },
    async abort() {
      await image?.abort()
    },
  }
}

const COLON = /^[\t\n\r ]*:[\t\n\r ]*$/

/** Knows strings from what is between them, and which string is another one's key. */
function newStrings({ imageKeys, dataUrlBytes = 0 }: ScanOptions) {
  const wordBytes = Math.max(IMAGE_STRING_BYTES, dataUrlBytes)
  let inside = false
  /** The piece before ended with the first half of an escape. */
  let escaped = false
  /** The beginning of the last string, or all of it when it is no longer than a key can be. */
  let word = ''
  /** What stands behind the last string. */
  let gap = ''
  let start = 0
  let underImageKey = false

  function findEnd(text: string, at: number): number {
    let from = escaped ? at + 1 : at
    escaped = false
    for (;;) {
      const quote = text.indexOf('"', from)
      const end = quote < 0 ? text.length : quote
      const isEscaped = countBackslashes(text, end, from) % 2 === 1
      if (quote >= 0 && isEscaped) from = quote + 1
      else {
        escaped = isEscaped
        return quote
      }
    }
  }
  const isImageKey = () => {
    const key = word.length > IMAGE_STRING_BYTES ? null : unescape(word)
    return key !== null && imageKeys.includes(key)
  }
  return {
    isInside: () => inside,
    word: () => word,
    /** Where the string began, in the skeleton. */
    start: () => start,
    findQuote: (text: string, at: number) => (inside ? findEnd(text, at) : text.indexOf('"', at)),
    take(text: string): void {
      if (!inside) gap += text
      else if (word.length <= wordBytes) word += text
    },
    /** A link is no image, however long. */
    isImage: () =>
      inside &&
      ((underImageKey && word.length > IMAGE_STRING_BYTES && !/^https?:/i.test(word)) ||
        (dataUrlBytes > 0 && word.length > dataUrlBytes && /^data:/i.test(word))),
    /** Goes over a quote, which is at this place in the skeleton. */
    turn(place: number): void {
      inside = !inside
      if (!inside) {
        gap = ''
        return
      }
      underImageKey = COLON.test(gap) && isImageKey()
      start = place
      word = ''
    },
  }
}
