import { fromLatin1, toLatin1 } from '../images/latin1.ts'
import { malformed, parsePartHead, type PartHead } from './multipart-head.ts'

/** Most bytes of the headers of one part. */
const MAX_HEAD_BYTES = 8192
/** Most spaces between a boundary and the end of its line. */
const MAX_PADDING = 128

/** Takes the parts of a form as they come. What its functions throw ends the reading. */
export interface PartReader {
  begin(head: PartHead): void
  /** The next bytes; may be overwritten once it has settled. */
  data(bytes: Uint8Array): Promise<void>
  end(): Promise<void>
}

export interface Multipart {
  /** At most 64 KiB, cut anywhere. @throws GatewayError 400 for what is no form */
  write(piece: Uint8Array): Promise<void>
  /** @throws GatewayError 400 when the form was not over */
  end(): void
}

/** Behind a boundary: the rest of its line tells whether a part follows. */
type State = 'preamble' | 'boundary' | 'head' | 'data' | 'over'

/**
 * Reads `multipart/form-data` (RFC 7578, RFC 2046 section 5.1) without holding a part: at most a
 * part's headers, or what could be the beginning of a boundary, wait for more bytes.
 */
export function newMultipart(boundary: string, reader: PartReader): Multipart {
  const delimiter = `\r\n--${boundary}`
  let state: State = 'preamble'
  let name: string | null = null
  // As if a line had ended before: then the first boundary is like all others.
  let rest: Uint8Array = fromLatin1('\r\n')

  /** Goes on from `at` and gives back where it came to; no further when more bytes are needed. */
  async function step(bytes: Uint8Array, text: string, at: number): Promise<number> {
    if (state === 'over') return text.length
    if (state === 'head') return readHead(bytes, text, at)
    if (state !== 'boundary') return pass(bytes, text, at)
    const next = readLineEnd(text, at)
    if (next === 'broken') throw malformed('text stands behind a boundary', name)
    state = next.state
    return next.at
  }
  function readHead(bytes: Uint8Array, text: string, at: number): number {
    const end = text.indexOf('\r\n\r\n', at)
    if ((end < 0 ? text.length : end) - at > MAX_HEAD_BYTES)
      throw malformed(`the headers of a part are longer than ${MAX_HEAD_BYTES} bytes`)
    if (end < 0) return at
    const head = parsePartHead(bytes.subarray(at, end))
    name = head.name
    reader.begin(head)
    state = 'data'
    return end + 4
  }
  /** Up to the next boundary, or to where one could begin. */
  async function pass(bytes: Uint8Array, text: string, at: number): Promise<number> {
    const found = text.indexOf(delimiter, at)
    const end = found < 0 ? Math.max(at, text.length - delimiter.length + 1) : found
    if (state === 'data' && end > at) await reader.data(bytes.subarray(at, end))
    if (found < 0) return end
    if (state === 'data') await reader.end()
    state = 'boundary'
    return found + delimiter.length
  }
  return {
    async write(piece) {
      const bytes = join(rest, piece)
      const text = toLatin1(bytes)
      let at = 0
      for (;;) {
        const before = { at, state }
        at = await step(bytes, text, at)
        if (at === before.at && state === before.state) break
      }
      rest = bytes.slice(at)
    },
    end() {
      if (state !== 'over') throw malformed('it ends before its last boundary', name)
    },
  }
}

/** What stands between a boundary and its line's end. Not further than `at` when more bytes are needed. */
function readLineEnd(text: string, at: number): { state: State; at: number } | 'broken' {
  if (text.startsWith('--', at)) return { state: 'over', at: text.length }
  const end = text.indexOf('\r\n', at)
  const line = text.slice(at, end < 0 ? text.length : end)
  const isFine = end < 0 ? /^(?:-|[\t ]*\r?)$/.test(line) : /^[\t ]*$/.test(line)
  if (!isFine || line.length > MAX_PADDING) return 'broken'
  return end < 0 ? { state: 'boundary', at } : { state: 'head', at: end + 2 }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
