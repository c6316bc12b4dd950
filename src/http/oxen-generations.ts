import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import { parseJobId, showJobId, type JobId } from '../core/ids.ts'
import type { JobView } from '../core/view.ts'
import { invalid } from '../dialects/invalid.ts'
import { filedAs, oxenQueue, PLACES, renderGeneration } from '../dialects/oxen-queue.ts'
import { callObject } from '../outbound/object-call.ts'
import { answerJson } from './answer.ts'
import type { App, Handler } from './context.ts'
import { deploymentOf } from './deployment.ts'
import { showJob } from './links.ts'

/** Generations of one list: each is a subrequest, of which the free plan allows 50. */
const MAX_LISTED = 40

/** Where to look in the index for each status of this API, one after the other; it may be a step behind. */
const INDEXED: ReadonlyMap<string | undefined, string[][]> = new Map([
  [undefined, [['queued', 'running']]],
  ['queued', [['queued']]],
  ['processing', [['running'], ['queued']]],
  ['succeeded', [['succeeded']]],
  ['failed', [['failed', 'expired']]],
  ['cancelled', [['cancelled']]],
])

/** The same for malformed, unknown and foreign ids, and for jobs that were not queued here. */
const unknown = (): GatewayError =>
  new GatewayError(errors.notFound('The requested resource could not be found'))

function idOf(c: Context<App>): JobId {
  const id = parseJobId(c.req.param('id') ?? '')
  if (!id) throw unknown()
  c.var.logged['job'] = showJobId(id)
  return id
}

/** Null for a job of another dialect, too. */
async function find(c: Context<App>, id: JobId): Promise<JobView | null> {
  const view = await callObject(c.env.JOBS, id, async (job) => job.view(c.var.caller))
  return view?.dialect === oxenQueue.name ? view : null
}

/** `GET /api/ai/queue/{id}` */
export const readGeneration: Handler = async (c) => {
  const view = await find(c, idOf(c))
  if (!view) throw unknown()
  return answerJson(c, renderGeneration(await showJob(c.env, view)))
}

/** `DELETE /api/ai/queue/{id}`: without effect on what has ended. */
export const cancelGeneration: Handler = async (c) => {
  const id = idOf(c)
  if (!(await find(c, id))) throw unknown()
  await callObject(c.env.JOBS, id, async (job) => job.cancel(c.var.caller))
  return answerJson(c, { status: 'success', generation_id: id })
}

/** `GET /api/ai/queue`: the newest that are asked for; only what has not ended unless a status is. */
export const listGenerations: Handler = async (c) => {
  const query = c.req.query()
  const { status, model, media_type: media = 'image' } = query
  const places = INDEXED.get(status)
  if (!places) {
    const accepted = [...INDEXED.keys()].slice(1).join(', ')
    throw invalid('status', `expected one of ${accepted}`)
  }
  const { tenant, livemode } = c.var.actor
  const { names } = await deploymentOf(c.env)
  const asked = {
    livemode,
    dialect: oxenQueue.name,
    filed: filedAs((place) => query[place]),
    model: model && (names.get(model) ?? model),
  }
  const ids: JobId[] = []
  for (const statuses of places) {
    const limit = MAX_LISTED - ids.length
    if (limit === 0 || media !== 'image') break
    const list = await callObject(c.env.TENANTS, tenant, async (stub) =>
      stub.list({ ...asked, statuses, limit }),
    )
    ids.push(...(list?.data ?? []).map(({ id }) => id))
  }
  const views = await Promise.all(ids.map((id) => find(c, id)))
  const shown = await Promise.all(
    views.flatMap((view) => (view ? [showJob(c.env, view).then(renderGeneration)] : [])),
  )
  // The index knows only how names of places begin, and nothing of older jobs.
  const isThere = (it: Record<string, unknown>): boolean =>
    PLACES.every((place) => query[place] === undefined || query[place] === it[`target_${place}`])
  const generations = shown.filter(
    (it) => (status === undefined ? it.completed_at === null : it.status === status) && isThere(it),
  )
  return answerJson(c, { count: generations.length, generations })
}
