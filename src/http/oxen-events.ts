import type { Summary } from '../core/tenant.ts'
import { completionOf, oxenQueue } from '../dialects/oxen-queue.ts'
import { callObject } from '../outbound/object-call.ts'
import type { Handler } from './context.ts'
import { answerFrames } from './event-stream.ts'
import { showJob } from './links.ts'
import { watch } from './watch-job.ts'

/** `GET /api/events`: the ends of queued generations from now on, for at most 15 min. */
export const streamEvents: Handler = async (c) => {
  const { caller } = c.var
  const { tenant, livemode } = caller
  const reader = await watch<Summary & { seq: number }>(0, (after) =>
    callObject(c.env.TENANTS, tenant, async (stub) => stub.watch(after)),
  )
  const next = async () => {
    const row = (await reader?.next()) ?? null
    if (row === null || row === 'quiet') return row
    // Whoever reads is looked after, too, when what happens is none of its business.
    const isIts = row.dialect === oxenQueue.name && row.livemode === livemode && row.endedAt
    if (!isIts || row.status === 'cancelled') return 'quiet'
    const view = await callObject(c.env.JOBS, row.id, async (job) => job.view(caller))
    return (view && completionOf(await showJob(c.env, view))) ?? 'quiet'
  }
  return answerFrames(c, { next, cancel: () => reader?.cancel() }, ': keep-alive\n\n')
}
