import type { Context } from 'hono'
import { GatewayError } from '../core/error.ts'
import type { JobId } from '../core/ids.ts'
import type { Plan } from '../core/plan.ts'
import type { InputImage, Submission } from '../core/request.ts'
import { stagedKeys } from '../core/staged-input.ts'
import type { Member, Rates } from '../core/tenant.ts'
import type { JobView } from '../core/view.ts'
import { copyInput } from '../images/stage-url.ts'
import { callObject, failureOf } from '../outbound/object-call.ts'
import type { App } from './context.ts'
import { joinWebhook, originOf, refused } from './generations.ts'
import { setRateHeaders } from './rate-headers.ts'
import { hashOf } from './reuse.ts'
import type { Refused } from './refused-lately.ts'

/** Several jobs of one request; they differ in their seeds, and each owns its inputs. */
export interface GroupOrder {
  submission: Submission
  plan: Plan
  group: Member[]
  /** From one job's seed to the next. */
  seedStep: 1 | -1
  /** ms. */
  arrivedAt: number
}

interface Made {
  view: JobView
  /** False: an earlier request has asked for it. */
  isOwn: boolean
  rates?: Rates
}

type Tried = PromiseSettledResult<Made | Refused>

/**
 * Makes all jobs of a group, which are admitted by the first. Once that is done the others cannot be
 * refused, but by a key that was revoked meanwhile. Of a group that is not made whole nothing goes on,
 * unless its request has an `Idempotency-Key`: sent again, it makes what is missing.
 *
 * @throws GatewayError when one was refused or could not be made
 */
export async function createGroup(c: Context<App>, order: GroupOrder): Promise<Made[]> {
  const { keyId } = c.var.actor
  const { submission, group } = order
  const all = { ...submission, request: { ...submission.request, count: group.length } }
  const known = refused.find(keyId, all, Date.now())
  // What may fail before anything is held comes first.
  const each = known ? [submission] : await membersOf(c.env.IMAGES_BUCKET, order)
  const make = (submissions: Submission[], from: number): Promise<Tried[]> =>
    Promise.allSettled(submissions.map((it, i) => makeOne(c, order, it, from + i)))
  const tried = known
    ? [{ status: 'fulfilled' as const, value: known }]
    : await make(each.slice(0, 1), 0)
  const first = valueOf(tried[0]!)
  if (first && 'refusal' in first && first.refusal.status === 429 && !known)
    refused.add(keyId, all, first, Date.now())
  if (first && 'view' in first) tried.push(...(await make(each.slice(1), 1)))
  setRateHeaders(c, first?.rates)
  const made = tried.map(valueOf).flatMap((it) => (it && 'view' in it ? [it] : []))
  try {
    if (made.length < group.length) await undo(c, order, each, tried)
    return made
  } finally {
    await dropInputs(
      c,
      each.filter((_, i) => !mayRun(tried[i], order)),
    )
  }
}

const valueOf = (tried: Tried): Made | Refused | null =>
  tried.status === 'fulfilled' ? tried.value : null

/** Whether this request has made the job, or may have. */
function mayRun(tried: Tried | undefined, { arrivedAt }: GroupOrder): boolean {
  if (tried?.status !== 'fulfilled') return tried !== undefined
  return 'view' in tried.value && tried.value.view.createdAt >= arrivedAt
}

/** Never rejects: a lifecycle rule is the net. */
async function dropInputs({ env }: Context<App>, unused: Submission[]): Promise<void> {
  const keys = unused.flatMap((it) => stagedKeys(it.request))
  if (keys.length > 0) await env.IMAGES_BUCKET.delete(keys).catch(() => {})
}

/** Tells of a group that is not whole; without a key, a repeat would pay for another beside what is left of it. */
async function undo(
  c: Context<App>,
  order: GroupOrder,
  each: Submission[],
  tried: Tried[],
): Promise<never> {
  const { group } = order
  const error = faultOf(tried)
  const begun = tried.map(
    (it) => it.status === 'rejected' || ('isOwn' in it.value && it.value.isOwn),
  )
  const isNamed = group[0]!.reuse.length > 0 && error.shown.status >= 500
  if (isNamed || !begun.includes(true)) throw error
  // One that cannot be told goes on, is charged for what it delivers, and can be seen.
  await Promise.allSettled(
    begun.map(async (isBegun, i) => {
      const { tenant } = c.var.actor
      const cancel = async () =>
        callObject(c.env.JOBS, group[i]!.job, async (job) => job.cancel(tenant))
      if (isBegun && !(await cancel())) await dropInputs(c, [each[i]!])
    }),
  )
  const shown = { ...error.shown, shouldRetry: false, retryAfterSeconds: null }
  throw new GatewayError(shown, error.cause)
}

/** What could not be made says more than what was refused. */
function faultOf(tried: Tried[]): GatewayError {
  const broken = tried.find((it) => it.status === 'rejected')
  if (broken) return failureOf(broken.reason)
  const refusal = tried.map(valueOf).find((it) => it && 'refusal' in it) as Refused
  return new GatewayError(refusal.refusal)
}

async function makeOne(
  c: Context<App>,
  order: GroupOrder,
  submission: Submission,
  i: number,
): Promise<Made | Refused> {
  const { plan, group } = order
  const { job, reuse } = group[i]!
  const hash = await hashOf(submission, plan)
  const place = i === 0 ? { group } : { isHeld: reuse.length === 0 }
  const create = (id: JobId, asked: { group?: Member[]; isHeld?: boolean }) =>
    callObject(c.env.JOBS, id, async (stub) => {
      const arrival = { origin: originOf(c), reuse, hash, ...asked, waitMs: 0 }
      return stub.create(submission, plan, c.var.caller, arrival)
    })
  let created = await create(job, group.length > 1 ? place : {})
  const isOwn = created.ok
  // Who asked for that one may have died before it was made; one that is there stays as it is.
  if ('join' in created) created = await create(created.join, {})
  if ('join' in created) throw new Error('a job is answered by one that is answered by another')
  const made = created.ok ? { ...created, isOwn } : created
  if (made.ok && !isOwn) await joinWebhook(c, made.view.id, submission)
  return made
}

/** The same request with other seeds, and copies of its staged inputs; none when one cannot be copied. */
async function membersOf(bucket: R2Bucket, order: GroupOrder): Promise<Submission[]> {
  const { submission, group, seedStep } = order
  const { request } = submission
  const copied = await Promise.allSettled(
    group.map(async (_, i): Promise<Submission> => {
      if (i === 0) return submission
      const copy = async (input: InputImage) =>
        'r2' in input ? copyInput(bucket, input, i) : input
      const inputs = await Promise.all(request.inputs.map(copy))
      const mask = request.mask && (await copy(request.mask))
      const seed = request.seed === null ? null : request.seed + i * seedStep
      return { ...submission, request: { ...request, inputs, mask, seed } }
    }),
  )
  const broken = copied.find((it) => it.status === 'rejected')
  if (!broken) return copied.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
  const keys = stagedKeys(request).flatMap((key) =>
    group.map((_, i) => (i === 0 ? key : `${key}.${i}`)),
  )
  await bucket.delete(keys).catch(() => {})
  throw broken.reason
}
