import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import { showJobId } from '../core/ids.ts'
import { toUsd } from '../core/money.ts'
import type { ReuseKind } from '../core/tenant.ts'
import type { JobView } from '../core/view.ts'
import { renderJob } from '../dialects/native-job.ts'
import type { ShownJob } from '../dialects/dialect.ts'
import { jsonBody } from '../images/json-body.ts'
import { isUnchanged } from './conditional.ts'
import type { App } from './context.ts'

/** JSON with its exact length; images that it names are streamed out of R2. */
export async function answerJson(
  c: Context<App>,
  value: unknown,
  status: 200 | 202 = 200,
): Promise<Response> {
  const json = await jsonBody(value, c.env.IMAGES_BUCKET)
  if ('missing' in json) throw new GatewayError(errors.notFound('The image is gone.'))
  // Links open images for whoever holds them; keys are shown once.
  c.header('cache-control', 'no-store')
  c.header('content-type', 'application/json')
  c.header('content-length', String(json.length))
  return c.body(json.body as ReadableStream<Uint8Array>, status)
}

/** JSON that changes when the deployment does: who has it already is answered 304. */
export async function answerTagged(c: Context<App>, value: unknown): Promise<Response> {
  const text = JSON.stringify(value)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const etag = `"${new Uint8Array(digest).toHex()}"`
  c.header('etag', etag)
  c.header('cache-control', 'private, no-cache')
  if (isUnchanged(c.req.header('if-none-match') ?? null, etag)) return c.body(null, 304)
  c.header('content-type', 'application/json')
  return c.body(text)
}

/** 202 with the native job: it goes on, and its links are final. */
export function answerAccepted(c: Context<App>, job: ShownJob): Promise<Response> {
  setPollHeaders(c, job.view)
  return answerJson(c, renderJob(job), 202)
}

/** Where the job can be read, and when it is worth it. */
export function setPollHeaders(c: Context<App>, view: JobView): void {
  c.header('location', `${view.origin}/v1/jobs/${showJobId(view.id)}`)
  c.header('retry-after', String(Math.max(1, Math.round(view.usualSeconds))))
}

/** The answer headers of design.md section 3 that tell about a job. */
export function setJobHeaders(
  c: Context<App>,
  view: JobView,
  reused: ReuseKind | null,
  arrivedAt: number,
): void {
  const endedBefore = view.endedAt !== null && view.endedAt < arrivedAt
  const cache = reused === null ? 'miss' : endedBefore ? 'hit' : 'join'
  c.header('x-darkroom-job', showJobId(view.id))
  c.header('x-darkroom-model', headerSafe(view.model))
  if (view.provider !== null) c.header('x-darkroom-provider', headerSafe(view.provider))
  if (view.charge !== null) c.header('x-darkroom-cost-usd', String(reused ? 0 : toUsd(view.charge)))
  c.header('x-darkroom-cache', cache)
  c.header('x-darkroom-warnings', String(view.warnings.length))
  if (reused === 'idempotency' && endedBefore) c.header('idempotency-replayed', 'true')
  if (!reused) c.var.timing['admit'] = Math.max(0, view.createdAt - arrivedAt)
  addJobTiming(c.var.timing, view)
  Object.assign(c.var.logged, {
    job: showJobId(view.id),
    status: view.status,
    model: view.model,
    provider: view.provider,
    cache,
  })
}

/** Model names may come from configuration: only what a header can hold. */
const headerSafe = (text: string): string => text.replaceAll(/[^\x21-\x7e]/g, '_')

function addJobTiming(timing: Record<string, number>, view: JobView): void {
  const last = view.attempts.at(-1)
  if (view.startedAt !== null) timing['queue'] = view.startedAt - view.createdAt
  if (last?.answeredAt != null) {
    timing['upstream'] = last.answeredAt - last.startedAt
    if (last.endedAt !== null) timing['store'] = last.endedAt - last.answeredAt
  }
}
