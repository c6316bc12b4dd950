import { newEventLines, type EventPiece } from './event-lines.ts'
import type { ExtractOptions } from './extract-json.ts'
import type { ImageSink } from './ingest.ts'
import type { Ingested } from './intake.ts'
import { fromLatin1, TEXT_BYTES, toLatin1, toPieces } from './latin1.ts'
import { readBody } from './read.ts'
import { type JsonScan, newJsonScan, type Unreadable } from './scan-json.ts'

/** One event, or why there are no more. */
export type ExtractedEvent =
  | {
      ok: true
      /** `message` when the stream did not name it. */
      event: string
      /** Null when the data was no JSON. */
      json: unknown
      /** Those of this event, in order. */
      images: Ingested[]
    }
  | { ok: false; reason: Exclude<Unreadable, 'not_json'>; images: Ingested[] }

/** The data that ends a stream of OpenAI's form. */
const DONE = '[DONE]'
/** Another line of the same data. */
const LINE_BREAK = fromLatin1('\n')

/** As for one body; the sink may depend on the name of the image's event. */
export interface EventOptions extends Omit<ExtractOptions, 'sink'> {
  sink: (n: number, event: string) => ImageSink
}

/**
 * Reads server-sent events as `extractJson` reads one body: each event's data is JSON, its images go to
 * sinks, `$image` counts over the whole stream, `maxSkeletonBytes` is for one event. Ends with the body
 * or `[DONE]`; a last event needs no blank line. A body that breaks off, or data that is too large, is
 * the last item. Throws when R2 fails or the signal is aborted. Whenever it ends, also by its reader's
 * leaving, the body is cancelled and an image on its way is aborted.
 */
export async function* extractEvents(
  body: ReadableStream<Uint8Array>,
  options: EventOptions,
): AsyncGenerator<ExtractedEvent> {
  const { signal } = options
  const reader = readBody(body, { buffer: TEXT_BYTES, least: 1 })
  const lines = newEventLines()
  const events = newEvents(options)
  const stop = () => void reader.cancel()
  signal.addEventListener('abort', stop, { once: true })
  try {
    for (let isOpen = true; isOpen;) {
      signal.throwIfAborted()
      const bytes = await reader.next().catch(() => 'broken_stream' as const)
      signal.throwIfAborted()
      if (bytes === 'broken_stream') return yield await events.fail(bytes)
      isOpen = bytes !== null
      for (const piece of pieces(lines, bytes)) {
        const item = await events.take(piece)
        if (item === 'done') return
        if (item) yield item
        if (item?.ok === false) return
      }
    }
  } finally {
    signal.removeEventListener('abort', stop)
    void reader.cancel()
    await events.abort()
  }
}

/** The end of a body is the end of its last line and event. */
function* pieces(
  lines: ReturnType<typeof newEventLines>,
  bytes: Uint8Array | null,
): Generator<EventPiece | { kind: 'end' }> {
  for (const part of toPieces(bytes ?? new Uint8Array())) yield* lines.take(part)
  if (bytes !== null) return
  yield* lines.end()
  yield { kind: 'end' }
}

/** Puts events together out of what their lines say. */
function newEvents(options: EventOptions) {
  let name = ''
  /** The data of the event so far; null before its first line. */
  let scan: JsonScan | null = null
  /** The beginning of that data, enough to know `[DONE]`. */
  let opening = ''
  let images = 0

  async function fail(reason: 'broken_stream' | 'too_large'): Promise<ExtractedEvent> {
    await scan?.abort()
    return { ok: false, reason, images: scan?.images ?? [] }
  }
  async function write(bytes: Uint8Array): Promise<ExtractedEvent | null> {
    if (opening.length <= DONE.length)
      opening += toLatin1(bytes.subarray(0, DONE.length + 1 - opening.length))
    return scan && !(await scan.write(bytes)) ? fail('too_large') : null
  }
  async function beginLine(): Promise<ExtractedEvent | null> {
    if (scan) return write(LINE_BREAK)
    const event = name
    scan = newJsonScan({ ...options, sink: (n) => options.sink(n, event) }, images)
    return null
  }
  async function dispatch(isLast: boolean): Promise<ExtractedEvent | 'done' | null> {
    const event = name === '' ? 'message' : name
    name = ''
    if (scan === null) return null
    const isDone = opening === DONE
    opening = ''
    const result = await scan.end()
    images += result.images.length
    scan = null
    if (isDone) return 'done'
    if (isLast && !result.ok) return { ...result, reason: 'broken_stream' }
    return { ok: true, event, json: result.ok ? result.json : null, images: result.images }
  }
  return {
    fail,
    async take(piece: EventPiece | { kind: 'end' }): Promise<ExtractedEvent | 'done' | null> {
      switch (piece.kind) {
        case 'event':
          name = piece.name
          return null
        case 'data':
          return beginLine()
        case 'bytes':
          return write(piece.bytes)
        case 'dispatch':
          return dispatch(false)
        case 'end':
          return dispatch(true)
      }
    },
    abort: async () => scan?.abort(),
  }
}
