import type { EventBody, EventRow } from '../core/event.ts'
import { hasEnded, type EndStatus, type JobState } from '../core/job-state.ts'
import { lastOf, readKind, writeRow } from './rows.ts'

/** Rows of one job at most. The last ones are left to what must be told: images (at most 10) and the end. */
const MAX_ROWS = { progress: 50, partial: 180 }

/** Its end may be told: the money is settled, or will be whatever happens. */
export const isAnnounced = (state: JobState): boolean =>
  hasEnded(state.status) && (state.settled || state.settleTries > 0)

/** What a step of the job tells those who watch it. */
export function eventsBetween(before: JobState, after: JobState): EventBody[] {
  const events: EventBody[] = []
  if (before.status === 'admitting' && after.status === 'queued') events.push({ type: 'queued' })
  if (before.startedAt === null && after.startedAt !== null) events.push({ type: 'running' })
  if (after.position != null && after.position !== before.position)
    events.push({
      type: 'progress',
      progress: { stage: 'queued', queuePosition: after.position },
    })
  if (after.progress && !isSame(before.progress, after.progress))
    events.push({ type: 'progress', progress: after.progress })
  for (const image of after.images)
    if (!before.images.includes(image)) events.push({ type: 'image', n: image.n, image })
  if (!isAnnounced(before) && isAnnounced(after)) events.push(endOf(after))
  return events
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

function endOf({ status, error, images, usage, charge }: JobState): EventBody {
  const paid = status === 'succeeded' ? images : []
  return { type: status as EndStatus, error, images: paid, usage, charge }
}

/** Writes rows in the caller's transaction. Beyond their limit, progress and partial images are left out. */
export function insertEvents(sql: SqlStorage, events: EventBody[], at: number): void {
  if (events.length === 0) return
  // Rows are never deleted, so the newest is as many as there are.
  let last = lastOf(sql, 'event')
  for (const event of events) {
    const isOptional = event.type === 'progress' || event.type === 'partial'
    if (isOptional && last >= MAX_ROWS[event.type]) continue
    last += 1
    writeRow(sql, 'event', last, { at, ...event })
  }
}

/** Rows behind the one named, oldest first. */
export const readEvents = (sql: SqlStorage, after: number): EventRow[] =>
  readKind(sql, 'event', after).map(
    ({ n, value }) => ({ seq: n, ...(value as object) }) as EventRow,
  )
