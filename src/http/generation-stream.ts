import type { Context } from 'hono'
import { errors, GatewayError, toGatewayError, type PublicError } from '../core/error.ts'
import { isEnd, type EventRow } from '../core/event.ts'
import type { Submission } from '../core/request.ts'
import type { Frame, ShownJob } from '../dialects/dialect.ts'
import { openaiErrorFrame } from '../dialects/openai-frames.ts'
import type { App } from './context.ts'
import { answerFrames, type FrameReader } from './event-stream.ts'
import { numberFrames } from './number-frames.ts'
import { watchJob, type EventReader } from './watch-job.ts'

/** How long the headers wait for something to show, ms: an end without an image is an ordinary error answer. */
const HOLD_MS = 60_000

type Render = (row: EventRow) => Frame[]

/** The answer to `stream: true`: what happens to the job, in the dialect's events, until it has ended. */
export async function answerStream(
  c: Context<App>,
  shown: ShownJob,
  submission: Submission,
): Promise<Response> {
  const { dialect } = c.var.route
  const { view } = shown
  const reader = await watchJob(c.env.JOBS, view.id, view.tenant, 0)
  if (!reader) throw new GatewayError(errors.cancelled())
  const render: Render = (row) => dialect.frames!(row, shown, submission)
  try {
    const first = await firstFrames(reader, render)
    const frames = framesOf(reader, render, dialect.isNumbered, first)
    return answerFrames(c, dialect.isNumbered ? numberFrames(frames) : frames)
  } catch (caught) {
    reader.cancel()
    throw caught
  }
}

interface First {
  frames: Frame[]
  /** The job has ended: no others follow. */
  isOver: boolean
}

/** @throws GatewayError when the job ends before there is an image, complete or not. */
async function firstFrames(reader: EventReader, render: Render): Promise<First> {
  const until = Date.now() + HOLD_MS
  while (Date.now() < until) {
    const row = await reader.next()
    if (row === null) throw new GatewayError(errors.cancelled())
    if (row === 'quiet') continue
    if (isEnd(row) && row.error) throw new GatewayError(row.error)
    const frames = render(row)
    if (frames.length > 0) return { frames, isOver: isEnd(row) }
  }
  return { frames: [], isOver: false }
}

/**
 * A stream that ends before its job, after 15 min or when it broke too often, says so. Where frames are
 * numbered, an event of no row would take the number of a later one: there it just ends, to be resumed.
 */
export function framesOf(
  reader: EventReader,
  render: Render,
  isNumbered = false,
  first: First = { frames: [], isOver: false },
): FrameReader {
  const ready = first.frames
  let { isOver } = first
  const endEarly = (error: PublicError) => (isNumbered ? [] : [openaiErrorFrame(error)])
  async function more(): Promise<Frame[] | 'quiet'> {
    try {
      const row = await reader.next()
      if (row === 'quiet') return row
      isOver = row === null || isEnd(row)
      return row ? render(row) : endEarly(errors.waitOver())
    } catch (caught) {
      isOver = true
      return endEarly(toGatewayError(caught).shown)
    }
  }
  return {
    async next() {
      while (ready.length === 0 && !isOver) {
        const frames = await more()
        if (frames === 'quiet') return frames
        ready.push(...frames)
      }
      return ready.shift() ?? null
    },
    cancel: () => reader.cancel(),
  }
}
