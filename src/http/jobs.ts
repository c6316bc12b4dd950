import type { Context } from 'hono'
import * as z from 'zod/mini'
import { errors, GatewayError } from '../core/error.ts'
import { parseJobId, showJobId, type JobId } from '../core/ids.ts'
import { callObject } from '../outbound/object-call.ts'
import type { JobView } from '../core/view.ts'
import { invalid, invalidBody } from '../dialects/invalid.ts'
import { renderJob, renderSummary } from '../dialects/native-job.ts'
import { answerJson } from './answer.ts'
import type { App, Handler } from './context.ts'
import { signDeletion } from './deletion-receipt.ts'
import { showJob } from './links.ts'
import { waitFor } from './wait.ts'
import { answerList, pageOf } from './page.ts'

/** Longest `?wait=` of a poll, seconds. */
const MAX_WAIT_SECONDS = 240

/** The same 404 for malformed, unknown, foreign and purged ids: none tells which. */
export const unknownJob = (): GatewayError =>
  new GatewayError(errors.notFound('There is no such job.'))

export function jobIdOf(c: Context<App>): JobId {
  const id = parseJobId(c.req.param('id') ?? '')
  if (!id) throw unknownJob()
  return id
}

async function answerJob(c: Context<App>, view: JobView | null): Promise<Response> {
  if (!view) throw unknownJob()
  c.var.logged['job'] = showJobId(view.id)
  return answerJson(c, renderJob(await showJob(c.env, view)))
}

/** `GET /v1/jobs/{id}?wait=S`: as it stands, or as it ends within S seconds. */
export const readJob: Handler = async (c) => {
  const id = jobIdOf(c)
  const seconds = Number(c.req.query('wait') ?? 0)
  if (!(seconds >= 0))
    throw invalid('wait', `expected a number of seconds up to ${MAX_WAIT_SECONDS}`)
  const ms = Math.min(seconds, MAX_WAIT_SECONDS) * 1000
  return answerJob(c, await waitFor(c.env.JOBS, id, c.var.caller, ms))
}

export const cancelJob: Handler = async (c) => {
  const { caller } = c.var
  const view = await callObject(c.env.JOBS, jobIdOf(c), async (job) => job.cancel(caller))
  return answerJob(c, view)
}

/** `DELETE`: cancels what has not ended, then removes job and images; says so signed, where it can. */
export const deleteJob: Handler = async (c) => {
  const id = jobIdOf(c)
  const removed = await callObject(c.env.JOBS, id, async (job) => job.remove(c.var.caller))
  if (!removed) throw unknownJob()
  const receipt = await signDeletion(c.env, removed)
  return answerJson(c, { id: showJobId(id), object: 'image.job', deleted: true, ...receipt })
}

const STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'] as const

const Query = z.object({
  status: z.optional(z.enum(STATUSES)),
  model: z.optional(z.string().check(z.maxLength(200))),
})

/** `GET /v1/jobs`: newest first, from the tenant's index alone. */
export const listJobs: Handler = async (c) => {
  const read = Query.safeParse(c.req.query())
  if (!read.success) throw invalidBody(read.error, c.req.query())
  const { status, model } = read.data
  const { limit, after } = pageOf(c)
  const afterId = after === undefined ? undefined : parseJobId(after)
  if (afterId === null) throw unknownAfter()
  const { tenant, livemode } = c.var.actor
  const list = await callObject(c.env.TENANTS, tenant, async (stub) =>
    stub.list({ livemode, limit, status, model, after: afterId }),
  )
  if (!list) throw unknownAfter()
  return answerList(c, list.data.map(renderSummary), list.hasMore)
}

const unknownAfter = () => invalid('after', 'expected the id of a job in this list')
