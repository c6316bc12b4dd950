import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import { newJobId, type JobId } from '../core/ids.ts'
import { inOwnNames } from '../core/own-names.ts'
import { describeCause, log } from '../core/log.ts'
import { callObject, failureOf, isOverloaded } from '../outbound/object-call.ts'
import { checkTenantUrl } from '../outbound/tenant-url.ts'
import type { Plan } from '../core/plan.ts'
import type { Submission } from '../core/request.ts'
import { stagedKeys } from '../core/staged-input.ts'
import type { ReuseClaim, ReuseKind } from '../core/tenant.ts'
import type { JobView } from '../core/view.ts'
import { newInputBatch, type InputBatch } from '../images/input-batch.ts'
import { readSigningKeys } from '../images/signing-keys.ts'
import { resolve } from '../models/resolve.ts'
import { defaultModelOf } from '../models/deployment.ts'
import { answerAccepted, answerJson, setJobHeaders, setPollHeaders } from './answer.ts'
import type { App, Handler } from './context.ts'
import { deploymentOf } from './deployment.ts'
import { withEarlierImages } from './earlier-images.ts'
import { renderPlan } from './dry-run.ts'
import { answerStream } from './generation-stream.ts'
import { showJob } from './links.ts'
import { waitFor } from './wait.ts'
import { applyPrefer } from './prefer.ts'
import { readImageBody } from './read-image-body.ts'
import { setRateHeaders } from './rate-headers.ts'
import { RefusedLately, type Refused } from './refused-lately.ts'
import { retentionOf } from './retention.ts'
import { hashOf, reuseClaims } from './reuse.ts'

/** Longest a caller without a preference waits, ms: Node's fetch gives up on headers at 300 s. */
const MAX_WAIT_MS = 240_000

export const refused = new RefusedLately()

/** The job that answers this request: its own, or one that does already. */
interface Accepted {
  id: JobId
  /** Null when the job is another request's. */
  view: JobView | null
  reused: ReuseKind | null
}

/** `POST` one request: parse, resolve, create, wait, answer. */
export const submit: Handler = async (c) => {
  const arrivedAt = Date.now()
  const batch = newInputBatch(c.env.IMAGES_BUCKET, c.var.actor.tenant, c.var.route.body?.images)
  const order = await readOrder(c, batch, arrivedAt).catch(async (caught: unknown) => {
    await batch.keepOnly([])
    throw caught
  })
  const { submission, applied, plan, claims } = order
  await batch.keepOnly(submission.gateway.dryRun ? [] : stagedKeys(submission.request))
  if (submission.gateway.dryRun) return answerJson(c, await renderPlan(c, plan, claims))

  let { id } = order
  try {
    const accepted = await create(c, order, batch)
    id = accepted.id
    if (accepted.reused) await joinWebhook(c, id, submission)
    if (applied) c.header('preference-applied', applied)
    const view = await ended(c, accepted, submission)
    setJobHeaders(c, view, accepted.reused, arrivedAt)
    return await answer(c, view, accepted, submission)
  } catch (caught) {
    if (caught instanceof GatewayError) throw caught
    // Ours, and the job goes on or may exist: asked again, it could be paid a second time.
    await leaveLate(c, id)
    throw new GatewayError({ ...errors.internal(), shouldRetry: false }, caught)
  }
}

/** What was asked and how it will be done, before anything exists but staged inputs. */
interface Order {
  id: JobId
  submission: Submission
  /** The `Prefer` that was applied. */
  applied: string | null
  plan: Plan
  hash: string
  claims: ReuseClaim[]
}

async function readOrder(c: Context<App>, batch: InputBatch, arrivedAt: number): Promise<Order> {
  const { submission, applied } = await readSubmission(c, batch)
  const id = newJobId()
  const plan = await planOf(c, submission, id)
  const hash = await hashOf(submission, plan)
  const claims = await reuseClaims(c.req.raw.headers, submission, hash, arrivedAt)
  // Nobody pays for images that could not be linked to.
  if (!submission.gateway.dryRun) await readSigningKeys(c.env.SIGNING_KEYS)
  return { id, submission, applied, plan, hash, claims }
}

export async function readSubmission(c: Context<App>, batch: InputBatch) {
  const { dialect } = c.var.route
  const { responseFormat } = c.var.actor
  const defaultModel = defaultModelOf(await deploymentOf(c.env))
  const allowPrivate = c.env.ALLOW_PRIVATE_URLS === 'true'
  const checkUrl = (url: string) => {
    const checked = checkTenantUrl(url, { allowPrivate })
    return checked.ok ? null : checked.reason.slice(0, -1)
  }
  const body = await readImageBody(c, batch)
  const asWritten = dialect.parse(body, { defaultModel, responseFormat, checkUrl })
  c.set('asked', asWritten.request.model)
  const parsed = await withEarlierImages(c, asWritten)
  const { delivery, applied } = applyPrefer(parsed.delivery, c.req.header('prefer'))
  const asked = parsed.gateway.retentionSeconds
  const retentionSeconds = retentionOf(c.env, asked, c.var.actor.retentionSeconds)
  const gateway = { ...parsed.gateway, retentionSeconds }
  return { submission: { ...parsed, delivery, gateway }, applied }
}

export async function planOf(
  c: Context<App>,
  { request, gateway, warnings, names }: Submission,
  jobId: JobId,
  jobs = 1,
): Promise<Plan> {
  const { actor } = c.var
  const deployment = await deploymentOf(c.env)
  const resolved = resolve({ request, gateway, jobId, jobs, actor, now: Date.now() }, deployment)
  if (!resolved.ok) throw new GatewayError(inOwnNames(resolved.error, names))
  const { plan } = resolved
  const told = plan.warnings.map((it) => inOwnNames(it, names))
  return { ...plan, warnings: [...warnings, ...told] }
}

/** When the call breaks off, the job may exist and need its inputs: then they stay. */
async function create(
  c: Context<App>,
  { id, submission, plan, hash, claims: reuse }: Order,
  batch: InputBatch,
): Promise<Accepted> {
  const { keyId } = c.var.actor
  const known = refused.find(keyId, submission, Date.now())
  if (known) return refuse(c, known, batch)
  const origin = originOf(c)
  const until = Date.now() + waitMsOf(submission)
  let tries = 0
  const created = await callObject(c.env.JOBS, id, async (job) => {
    tries += 1
    const waitMs = Math.max(0, until - Date.now())
    return job.create(submission, plan, c.var.caller, { origin, reuse, hash, waitMs })
  }).catch((caught: unknown) => {
    // An overloaded object has done nothing; one that was asked before may have.
    throw tries === 1 && isOverloaded(caught) ? failureOf(caught) : caught
  })
  if ('refusal' in created) {
    if (created.refusal.status === 429) refused.add(keyId, submission, created, Date.now())
    return refuse(c, created, batch)
  }
  setRateHeaders(c, created.rates)
  if (created.ok) return { id, view: created.view, reused: null }
  await batch.keepOnly([])
  return { id: created.join, view: null, reused: created.how }
}

/** Base of a job's links. */
export const originOf = (c: Context<App>): string =>
  (c.env.PUBLIC_URL || new URL(c.req.url).origin).replace(/\/$/, '')

async function refuse(
  c: Context<App>,
  { refusal, rates }: Refused,
  batch: InputBatch,
): Promise<never> {
  await batch.keepOnly([])
  setRateHeaders(c, rates)
  throw new GatewayError(refusal)
}

/** The job that answers was another request's, whose end this one wants to be told of, too. */
export async function joinWebhook(
  c: Context<App>,
  id: JobId,
  { gateway }: Submission,
): Promise<void> {
  const { webhookUrl: url } = gateway
  if (!url) return
  await callObject(c.env.JOBS, id, async (job) =>
    job.webhook(c.var.caller, { type: 'webhook', url }),
  )
}

/** How long the caller waits for the end of the job; 0 = not at all. */
const waitMsOf = ({ delivery }: Submission): number =>
  delivery.mode === 'wait' ? (delivery.waitMs ?? MAX_WAIT_MS) : 0

/** The job after as much waiting as the caller wants. Its own has waited already. */
async function ended(
  c: Context<App>,
  { id, view }: Accepted,
  submission: Submission,
): Promise<JobView> {
  if (view) return view
  const seen = await waitFor(c.env.JOBS, id, c.var.caller, waitMsOf(submission))
  if (!seen) throw new GatewayError(errors.purged())
  return seen
}

async function answer(
  c: Context<App>,
  view: JobView,
  { reused }: Accepted,
  submission: Submission,
): Promise<Response> {
  const { mode, waitMs } = submission.delivery
  if (mode === 'stream') return answerStream(c, await showJob(c.env, view, reused), submission)
  const isRunning = view.status === 'queued' || view.status === 'running'
  const { dialect } = c.var.route
  const shown = await showJob(c.env, view, reused)
  const headers = Object.entries(dialect.headersOf?.(shown) ?? {})
  for (const [header, value] of headers) c.header(header, value)
  if (mode === 'async' || (isRunning && waitMs !== null)) {
    const own = dialect.renderPending?.(shown, submission)
    return own === undefined ? answerAccepted(c, shown) : answerJson(c, own)
  }
  if (isRunning) return waitOver(c, view)
  if (view.error) throw new GatewayError(view.error)
  return answerJson(c, dialect.render(shown, submission))
}

/** 504: the job goes on. */
async function waitOver(c: Context<App>, view: JobView): Promise<never> {
  setPollHeaders(c, view)
  await leaveLate(c, view.id)
  throw new GatewayError(errors.waitOver())
}

/** An equal request of the same key within 10 min joins the job (`late`). */
async function leaveLate(c: Context<App>, job: JobId): Promise<void> {
  try {
    await callObject(c.env.TENANTS, c.var.actor.tenant, async (tenant) => tenant.late(job))
  } catch (caught) {
    log('late_failed', { job, cause: describeCause(caught) })
  }
}
