import type { Context } from 'hono'
import { GatewayError } from '../core/error.ts'
import type { JobId } from '../core/ids.ts'
import type { Plan } from '../core/plan.ts'
import type { InputImage, Submission } from '../core/request.ts'
import { stagedKeys } from '../core/staged-input.ts'
import type { Member, Rates } from '../core/tenant.ts'
import type { JobView } from '../core/view.ts'
import { copyInput } from '../images/stage-url.ts'
import { callObject } from '../outbound/object-call.ts'
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
  /** ms. */
  arrivedAt: number
}

interface Made {
  view: JobView
  /** False: an earlier request has asked for it. */
  isOwn: boolean
  rates?: Rates
}

/**
 * Makes all jobs of a group, which are admitted by the first. Once that is done the others cannot be
 * refused, but by a key that was revoked meanwhile.
 *
 * @throws GatewayError when one was refused; then none goes on
 */
export async function createGroup(c: Context<App>, order: GroupOrder): Promise<Made[]> {
  const { keyId, tenant } = c.var.actor
  const { submission, group } = order
  const all = { ...submission, request: { ...submission.request, count: group.length } }
  const known = refused.find(keyId, all, Date.now())
  const first = known ?? (await makeOne(c, order, 0))
  if ('refusal' in first && first.refusal.status === 429 && !known)
    refused.add(keyId, all, first, Date.now())
  const others = 'view' in first ? group.slice(1).map((_, i) => makeOne(c, order, i + 1)) : []
  const made = [first, ...(await Promise.all(others))]
  await dropUnused(c, first, order, submission)
  setRateHeaders(c, first.rates)
  const broken = made.find((it) => 'refusal' in it)
  if (!broken) return made.filter((it) => 'view' in it)
  const own = made.flatMap((it) => ('view' in it && it.isOwn ? [it.view.id] : []))
  // One that cannot be told goes on, is charged for what it delivers, and can be seen.
  await Promise.allSettled(
    own.map((id) => callObject(c.env.JOBS, id, async (job) => job.cancel(tenant))),
  )
  throw new GatewayError(broken.refusal)
}

/** Staged inputs go, unless this request may have made the job that reads them. */
async function dropUnused(
  { env }: Context<App>,
  made: Made | Refused,
  { arrivedAt }: GroupOrder,
  submission: Submission,
): Promise<void> {
  const keys = stagedKeys(submission.request)
  const isUsed = 'view' in made && made.view.createdAt >= arrivedAt
  if (!isUsed && keys.length > 0) await env.IMAGES_BUCKET.delete(keys)
}

async function makeOne(c: Context<App>, order: GroupOrder, i: number): Promise<Made | Refused> {
  const bucket = c.env.IMAGES_BUCKET
  const { job, reuse } = order.group[i]!
  const submission = i === 0 ? order.submission : await apart(bucket, order.submission, i)
  const hash = await hashOf(submission, order.plan)
  const create = (id: JobId, group: { group?: Member[] }) =>
    callObject(c.env.JOBS, id, async (stub) => {
      const arrival = { origin: originOf(c), reuse, hash, ...group, waitMs: 0 }
      return stub.create(submission, order.plan, c.var.actor, arrival)
    })
  let created = await create(job, order.group.length > 1 ? { group: order.group } : {})
  const isOwn = created.ok
  // Who asked for that one may have died before it was made; one that is there stays as it is.
  if ('join' in created) created = await create(created.join, {})
  if ('join' in created) throw new Error('a job is answered by one that is answered by another')
  const made = created.ok ? { ...created, isOwn } : created
  // The first's are what the others' are copied from.
  if (i > 0) await dropUnused(c, made, order, submission)
  if (made.ok && !isOwn) await joinWebhook(c, made.view.id, submission)
  return made
}

/** The same request with another seed, and copies of its staged inputs. */
async function apart(bucket: R2Bucket, submission: Submission, i: number): Promise<Submission> {
  const { request } = submission
  const copy = async (input: InputImage) => ('r2' in input ? copyInput(bucket, input, i) : input)
  const inputs = await Promise.all(request.inputs.map(copy))
  const mask = request.mask && (await copy(request.mask))
  const seed = request.seed === null ? null : request.seed + i
  return { ...submission, request: { ...request, inputs, mask, seed } }
}
