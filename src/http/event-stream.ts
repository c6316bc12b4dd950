import type { Context } from 'hono'
import { describeCause, log } from '../core/log.ts'
import { DONE, type Frame } from '../dialects/dialect.ts'
import { jsonBody } from '../images/json-body.ts'
import { readBody } from '../images/read.ts'
import type { App } from './context.ts'

/** Frames as they come; `quiet` asks for a comment, null ends the stream. */
export interface FrameReader {
  next(): Promise<Frame | 'quiet' | null>
  cancel(): void
}

type Writer = WritableStreamDefaultWriter<Uint8Array>

/**
 * Server-sent events. Images that frames name are streamed out of R2, one after the other.
 *
 * @param comment sent at once, and when nothing happens
 */
export function answerFrames(c: Context<App>, frames: FrameReader, comment = ':\n\n'): Response {
  const { readable, writable } = new IdentityTransformStream()
  void send(frames, c.env.IMAGES_BUCKET, writable.getWriter(), comment)
  c.header('content-type', 'text/event-stream; charset=utf-8')
  c.header('cache-control', 'no-store')
  return c.body(readable)
}

/** When that fails, or the client goes, the stream breaks off. */
async function send(
  frames: FrameReader,
  bucket: R2Bucket,
  writer: Writer,
  comment: string,
): Promise<void> {
  writer.closed.catch(() => frames.cancel())
  try {
    // Some proxies hold the headers back until the first byte.
    await writeText(writer, comment)
    for (let frame = await frames.next(); frame; frame = await frames.next())
      await (frame === 'quiet' ? writeText(writer, comment) : writeFrame(writer, frame, bucket))
    await writer.close()
  } catch (cause) {
    log('stream_broke', { cause: describeCause(cause) })
    await writer.abort(cause).catch(() => {})
  } finally {
    frames.cancel()
  }
}

const writeText = (writer: Writer, text: string): Promise<void> =>
  writer.write(new TextEncoder().encode(text))

async function writeFrame(writer: Writer, frame: Frame, bucket: R2Bucket): Promise<void> {
  if (frame === DONE) return writeText(writer, `data: ${String(frame.data)}\n\n`)
  const { event, id, data, ifGone } = frame
  const json = await jsonBody(data, bucket)
  if ('missing' in json) return ifGone ? writeFrame(writer, ifGone, bucket) : undefined
  const head = `${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: `
  // In one piece where that is possible: some clients read events by pieces.
  if (json.body instanceof Uint8Array)
    return writeText(writer, `${head}${new TextDecoder().decode(json.body)}\n\n`)
  await writeText(writer, head)
  await copy(json.body, writer)
  await writeText(writer, '\n\n')
}

async function copy(body: ReadableStream<Uint8Array>, writer: Writer): Promise<void> {
  const reader = readBody(body)
  try {
    for (let piece = await reader.next(); piece; piece = await reader.next())
      await writer.write(piece)
  } finally {
    await reader.cancel()
  }
}
