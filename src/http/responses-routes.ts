import type { Context } from 'hono'
import { errors, GatewayError } from '../core/error.ts'
import { parseJobId, showJobId, showResponseId } from '../core/ids.ts'
import type { JobView } from '../core/view.ts'
import { invalid } from '../dialects/invalid.ts'
import { BACKGROUND, isResponse } from '../dialects/response-kind.ts'
import { responses } from '../dialects/responses.ts'
import { responseFrames } from '../dialects/responses-frames.ts'
import { renderInputItems } from '../dialects/responses-items.ts'
import { renderResponse } from '../dialects/responses-render.ts'
import { callObject } from '../outbound/object-call.ts'
import { answerJson } from './answer.ts'
import type { App, Handler, Route } from './context.ts'
import { answerFrames } from './event-stream.ts'
import { framesOf } from './generation-stream.ts'
import { submit } from './generations.ts'
import { showJob } from './links.ts'
import { numberFrames } from './number-frames.ts'
import { answerList, pageOf } from './page.ts'
import { CONVERSATION, route } from './route.ts'
import { watchJob } from './watch-job.ts'

/** The same 404 for malformed, unknown, foreign and purged ids, and for jobs of other dialects. */
const unknown = (): GatewayError => new GatewayError(errors.notFound('There is no such response.'))

async function find(c: Context<App>): Promise<JobView> {
  const id = parseJobId(c.req.param('id') ?? '')
  const view = id && (await callObject(c.env.JOBS, id, async (job) => job.view(c.var.caller)))
  if (!view || !isResponse(view)) throw unknown()
  c.var.logged['job'] = showJobId(view.id)
  return view
}

const answerResponse = async (c: Context<App>, view: JobView): Promise<Response> =>
  answerJson(c, renderResponse(await showJob(c.env, view), view.echo))

/** `GET /v1/responses/{id}`; with `stream=true` all its events behind `starting_after`, old ones first. */
const readResponse: Handler = async (c) => {
  const view = await find(c)
  if (c.req.query('stream') !== 'true') return answerResponse(c, view)
  const after = c.req.query('starting_after') ?? '-1'
  if (!/^(-1|\d{1,9})$/.test(after))
    throw invalid('starting_after', 'expected the sequence_number of an event')
  const reader = await watchJob(c.env.JOBS, view.id, c.var.caller, 0)
  if (!reader) throw unknown()
  const shown = await showJob(c.env, view)
  const frames = framesOf(reader, (row) => responseFrames(row, shown, view.echo), true)
  return answerFrames(c, numberFrames(frames, Number(after)))
}

const cancelResponse: Handler = async (c) => {
  const { id, dialect } = await find(c)
  if (dialect !== BACKGROUND)
    throw new GatewayError(errors.invalid('id', 'Only a background response can be cancelled.'))
  const view = await callObject(c.env.JOBS, id, async (job) => job.cancel(c.var.caller))
  if (!view) throw unknown()
  return answerResponse(c, view)
}

const deleteResponse: Handler = async (c) => {
  const { id } = await find(c)
  if (!(await callObject(c.env.JOBS, id, async (job) => job.remove(c.var.caller)))) throw unknown()
  return answerJson(c, { id: showResponseId(id), object: 'response', deleted: true })
}

const listInputItems: Handler = async (c) => {
  const { limit, after } = pageOf(c)
  const items = renderInputItems(await find(c))
  const order = c.req.query('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') throw invalid('order', "expected 'asc' or 'desc'")
  if (order === 'desc') items.reverse()
  const from = items.findIndex(({ id }) => id === after) + 1
  if (from === 0 && after !== undefined) throw invalid('after', 'expected the id of an item')
  const data = items.slice(from, from + limit)
  const first_id = data[0]?.id ?? null
  return answerList(c, data, items.length > from + limit, { first_id })
}

const PATH = '/v1/responses'
const rest = { dialect: responses }

export const RESPONSES_ROUTES: readonly Route[] = [
  route('POST', PATH, 'images:create', submit, { body: CONVERSATION, ...rest }),
  route('GET', `${PATH}/:id`, 'jobs:read', readResponse, rest),
  route('DELETE', `${PATH}/:id`, 'jobs:cancel', deleteResponse, rest),
  route('POST', `${PATH}/:id/cancel`, 'jobs:cancel', cancelResponse, rest),
  route('GET', `${PATH}/:id/input_items`, 'jobs:read', listInputItems, rest),
]
