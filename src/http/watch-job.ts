import { errors, GatewayError } from '../core/error.ts'
import type { EventRow } from '../core/event.ts'
import type { JobId } from '../core/ids.ts'
import { describeCause, log } from '../core/log.ts'
import type { Owner } from '../core/tenant.ts'
import { callObject } from '../outbound/object-call.ts'

/** How often a stream that broke (deploy, eviction) is opened again behind the last row that came. */
const MAX_BREAKS = 3
/** Pause of a caller who finds too many others watching, seconds. */
const BUSY_SECONDS = 5

/** Rows as they come. */
export interface EventReader<Row = EventRow> {
  /** `quiet`: nothing happened for a while, and somebody should look whether the client is still there. Null: no more come. */
  next(): Promise<Row | 'quiet' | null>
  cancel(): void
}

/**
 * Follows a job from the event behind the one named. Null for an unknown job.
 * @throws GatewayError 429 when too many watch it.
 */
export const watchJob = (
  jobs: Env['JOBS'],
  id: JobId,
  owner: Owner,
  after: number,
): Promise<EventReader | null> =>
  watch<EventRow>(after, (last) => callObject(jobs, id, async (job) => job.watch(owner, last)))

/** As `watchJob`, for whatever sends rows as `Watchers` does. */
export async function watch<Row extends { seq: number }>(
  after: number,
  openFrom: (after: number) => Promise<ReadableStream<Uint8Array> | 'full' | null>,
): Promise<EventReader<Row> | null> {
  let last = after
  let breaks = 0
  let isCancelled = false
  const open = async () => openLines(await openFrom(last))
  let lines: Lines | null | undefined = await open()
  if (!lines) return null
  return {
    async next() {
      for (;;) {
        const line = lines && (await nextLine(lines))
        if (line === null || line === '.' || isCancelled) return null
        if (line === ':') return 'quiet'
        if (line !== undefined) {
          const row = JSON.parse(line) as Row
          last = row.seq
          return row
        }
        breaks += 1
        if (breaks > MAX_BREAKS) throw new GatewayError(errors.overloaded())
        lines = await open().catch(broke)
      }
    },
    cancel() {
      isCancelled = true
      lines?.cancel()
    },
  }
}

interface Lines {
  /** Undefined at the end. */
  next(): Promise<string | undefined>
  cancel(): void
}

/** Undefined when the stream ends or breaks off without saying that it is at its end. */
const nextLine = (lines: Lines): Promise<string | undefined> => lines.next().catch(broke)

function broke(caught: unknown): undefined {
  log('watch_broke', { cause: describeCause(caught) })
}

function openLines(stream: ReadableStream<Uint8Array> | 'full' | null): Lines | null {
  if (stream === 'full')
    throw new GatewayError(errors.rate('Too many clients watch this.', BUSY_SECONDS))
  return stream && readLines(stream)
}

function readLines(stream: ReadableStream<Uint8Array>): Lines {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    async next() {
      for (;;) {
        const end = text.indexOf('\n')
        if (end >= 0) {
          const line = text.slice(0, end)
          text = text.slice(end + 1)
          return line
        }
        const { done, value } = await reader.read()
        if (done) return undefined
        text += decoder.decode(value, { stream: true })
      }
    },
    cancel: () => void reader.cancel().catch(() => {}),
  }
}
