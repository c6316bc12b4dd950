import type { Context } from 'hono'
import { GatewayError } from '../core/error.ts'
import { newJobId, showJobId } from '../core/ids.ts'
import type { Plan } from '../core/plan.ts'
import { FREE } from '../core/price.ts'
import type { Submission } from '../core/request.ts'
import { stagedKeys } from '../core/staged-input.ts'
import { type Echo, statusOfGeneration } from '../dialects/oxen-queue.ts'
import { newInputBatch, type InputBatch } from '../images/input-batch.ts'
import { readSigningKeys } from '../images/signing-keys.ts'
import { answerJson } from './answer.ts'
import type { App, Handler } from './context.ts'
import { deploymentOf } from './deployment.ts'
import { renderPlan } from './dry-run.ts'
import { planOf, readSubmission } from './generations.ts'
import { createGroup, type GroupOrder } from './job-group.ts'
import { memberClaims } from './reuse.ts'

/** `POST /api/ai/queue`: one job for each generation, all or none. */
export const enqueue: Handler = async (c) => {
  const arrivedAt = Date.now()
  const batch = newInputBatch(c.env.IMAGES_BUCKET, c.var.actor.tenant)
  const order = await readOrder(c, batch, arrivedAt).catch(async (caught: unknown) => {
    await batch.keepOnly([])
    throw caught
  })
  const { submission } = order
  await batch.keepOnly(submission.gateway.dryRun ? [] : stagedKeys(submission.request))
  if (submission.gateway.dryRun) {
    if (submission.invalid) throw new GatewayError(submission.invalid)
    return answerJson(c, await renderPlan(c, order.plan, order.group[0]!.reuse, order.group.length))
  }
  const made = await createGroup(c, order)
  Object.assign(c.var.logged, { job: showJobId(made[0]!.view.id), jobs: made.length })
  const isOver = made.every(({ view }) => view.endedAt !== null && view.endedAt < arrivedAt)
  if (isOver) c.header('idempotency-replayed', 'true')
  const generations = made.map(({ view, isOwn }) => ({
    generation_id: view.id,
    status: isOwn ? 'queued' : statusOfGeneration(view.status),
  }))
  return answerJson(c, { generations })
}

async function readOrder(
  c: Context<App>,
  batch: InputBatch,
  arrivedAt: number,
): Promise<GroupOrder> {
  const { submission: read } = await readSubmission(c, batch)
  // What a header prefers changes nothing here.
  const delivery = { ...read.delivery, mode: 'async', waitMs: null } as const
  const count = (JSON.parse(read.echo) as Echo).num_generations
  const order = await withPlan(c, { ...read, delivery }, count)
  const { submission } = order
  const claims = await memberClaims(c.req.raw.headers, submission, count, arrivedAt)
  // Nobody pays for images that could not be linked to.
  if (!submission.gateway.dryRun) await readSigningKeys(c.env.SIGNING_KEYS)
  const group = claims.map((reuse) => ({ job: newJobId(), reuse }))
  return { ...order, group, seedStep: await seedStepOf(c, submission, count), arrivedAt }
}

/** Seeds count up from the one that was sent, or down from it where the model's would end. */
async function seedStepOf(c: Context<App>, submission: Submission, count: number): Promise<1 | -1> {
  const { request, invalid } = submission
  if (request.seed === null || invalid || count === 1) return 1
  const last = { ...request, seed: request.seed + count - 1 }
  return planOf(c, { ...submission, request: last }, newJobId()).then(
    () => 1,
    () => -1,
  )
}

/** What only the model would find wrong is told by the generations; who may, and for how much, now. */
async function withPlan(
  c: Context<App>,
  submission: Submission,
  generations: number,
): Promise<Pick<GroupOrder, 'submission' | 'plan'>> {
  const { model } = submission.request
  try {
    const plan = await planOf(c, submission, newJobId(), generations)
    return { submission, plan: submission.invalid ? unstarted(plan.model) : plan }
  } catch (caught) {
    if (!(caught instanceof GatewayError) || caught.shown.status !== 400) throw caught
    const invalid = submission.invalid ?? caught.shown
    const { names } = await deploymentOf(c.env)
    return { submission: { ...submission, invalid }, plan: unstarted(names.get(model) ?? model) }
  }
}

/** The plan of a job that starts nothing and costs nothing. */
const unstarted = (model: string): Plan => ({
  model,
  routes: [],
  parts: [1],
  price: FREE,
  warnings: [],
  usualSeconds: 1,
})
