import type { Context } from 'hono'
import { partialPath, parseJobId, showJobId, type JobId } from '../core/ids.ts'
import type { EventRow } from '../core/event.ts'
import type { Owner } from '../core/tenant.ts'
import { callObject } from '../outbound/object-call.ts'
import type { ShownJob } from '../dialects/dialect.ts'
import { invalid } from '../dialects/invalid.ts'
import { renderEvent } from '../dialects/native-events.ts'
import type { App, Handler } from './context.ts'
import { answerFrames } from './event-stream.ts'
import { jobIdOf, unknownJob } from './jobs.ts'
import { requireLink, showJob, signPath } from './links.ts'
import { watchJob } from './watch-job.ts'

/** `GET /v1/jobs/{id}/events`, with an API key. */
export const readEvents: Handler = (c) => answerEvents(c, c.var.caller, jobIdOf(c))

/** `GET /watch/{tenant}/{job}?e&k&s`: whoever holds the link may watch. Verified first, before any I/O. */
export const readWatchLink: Handler = async (c) => {
  await requireLink(c)
  const job = parseJobId(c.req.param('job') ?? '')
  if (!job) throw unknownJob()
  return answerEvents(c, c.req.param('tenant')!, job)
}

/** All events behind the one that the client names, then each as it comes, until the job has ended. */
async function answerEvents(c: Context<App>, owner: Owner, id: JobId): Promise<Response> {
  const after = afterOf(c)
  const view = await callObject(c.env.JOBS, id, async (job) => job.view(owner))
  const reader = view && (await watchJob(c.env.JOBS, id, owner, after))
  if (!reader) throw unknownJob()
  c.var.logged['job'] = showJobId(id)
  const shown = await showJob(c.env, view)
  const hasEnded = view.status !== 'queued' && view.status !== 'running'
  const first = hasEnded ? await reader.next() : 'quiet'
  // Tells a browser that has seen all not to come again.
  if (first === null) return c.body(null, 204)
  let ahead: typeof first | null = first
  return answerFrames(c, {
    async next() {
      const row = ahead ?? (await reader.next())
      ahead = null
      return row === null || row === 'quiet' ? row : frameOf(c.env, row, shown)
    },
    cancel: () => reader.cancel(),
  })
}

async function frameOf(env: Env, row: EventRow, shown: ShownJob) {
  const link =
    row.type === 'partial' ? await signPath(env, shown.view, partialPath(row.image.key)) : null
  return renderEvent(row, shown, link)
}

/** The last event that the client has seen: `Last-Event-ID` of one that comes again, else `?after=`; 0 = none. */
function afterOf(c: Context<App>): number {
  const text = c.req.header('last-event-id') || c.req.query('after') || '0'
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw invalid('after', 'expected the id of an event')
}
