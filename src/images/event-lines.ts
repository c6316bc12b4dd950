import { fromLatin1, toLatin1 } from './latin1.ts'

/** What a stream of server-sent events says, line by line. */
export type EventPiece =
  | { kind: 'event'; name: string }
  /** Another line of data begins. */
  | { kind: 'data' }
  /** More of that line. Valid until the next piece is asked for. */
  | { kind: 'bytes'; bytes: Uint8Array }
  /** A blank line: the event is complete. */
  | { kind: 'dispatch' }

/** Cuts a stream into lines, wherever it was cut before. */
export interface EventLines {
  /** At most 64 KiB. */
  take(bytes: Uint8Array): Generator<EventPiece>
  /** Ends a last line without line break. */
  end(): Generator<EventPiece>
}

/** Enough of a line to know a line of data: `data: `. */
const HEAD_CHARS = 6
/** Most characters kept of another line; comments may be longer. */
const OTHER_CHARS = 1024

/** Lines end with CR, LF or both: https://html.spec.whatwg.org/multipage/server-sent-events.html section 9.2.6. */
export function newEventLines(): EventLines {
  /** The line's beginning; all of it, up to a bound, when it is not one of data. */
  let line = ''
  let isData = false
  /** The piece before ended with CR: LF right behind it belongs to the same line end. */
  let afterCr = false

  function* begin(): Generator<EventPiece> {
    isData = /^data(?::|$)/.test(line)
    if (!isData) return
    yield { kind: 'data' }
    const value = line.replace(/^data:? ?/, '')
    if (value !== '') yield { kind: 'bytes', bytes: fromLatin1(value) }
  }
  function* add(bytes: Uint8Array, text: string): Generator<EventPiece> {
    const missing = Math.max(0, HEAD_CHARS - line.length)
    const isHead = missing > 0
    if (isHead) line += text.slice(0, missing)
    if (isHead && line.length === HEAD_CHARS) yield* begin()
    if (line.length < HEAD_CHARS || text.length <= missing) return
    if (isData) yield { kind: 'bytes', bytes: bytes.subarray(missing) }
    else line += text.slice(missing, missing + OTHER_CHARS - line.length)
  }
  function* endLine(): Generator<EventPiece> {
    if (line === '') yield { kind: 'dispatch' }
    else if (line.length < HEAD_CHARS) yield* begin()
    const name = /^event: ?(.*)$/s.exec(line)?.[1]
    if (!isData && name !== undefined) yield { kind: 'event', name }
    line = ''
    isData = false
  }
  return {
    *take(bytes) {
      const text = toLatin1(bytes)
      const next = newFinder(text)
      let at = afterCr && text.startsWith('\n') ? 1 : 0
      if (text !== '') afterCr = text.endsWith('\r')
      while (at < text.length) {
        const end = next(at)
        if (end > at) yield* add(bytes.subarray(at, end), text.slice(at, end))
        if (end === text.length) return
        yield* endLine()
        at = end + (text.startsWith('\r\n', end) ? 2 : 1)
      }
    },
    *end() {
      if (line !== '') yield* endLine()
    },
  }
}

/** Finds line ends in order, each character searched for once: texts without CR are common. */
function newFinder(text: string): (from: number) => number {
  const find = (sign: string, from: number) => {
    const at = text.indexOf(sign, from)
    return at < 0 ? text.length : at
  }
  let cr = -1
  let lf = -1
  return (from) => {
    if (cr < from) cr = find('\r', from)
    if (lf < from) lf = find('\n', from)
    return Math.min(cr, lf)
  }
}
