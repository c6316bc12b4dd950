import { randomUUID } from 'node:crypto'
import { json, nowSeconds, Refusal, type Api, type Call, type Reply } from './call.ts'
import { isAbsent, textOf } from './fields.ts'
import { fetchImage } from './inputs.ts'
import { cancelJob, findJob, keepJob, phaseOf, seconds, startJob, type Job } from './jobs.ts'
import { findFault, OXEN_MODELS, readOrder } from './oxen-models.ts'
import { draw, drawSlowly, link } from './pictures.ts'
import { EXPIRED, serveFile } from './serve-file.ts'
import type { Json, Picture } from './shapes.ts'

const TYPES: Record<number, string> = {
  400: 'invalid_params',
  401: 'unauthenticated',
  404: 'resource_not_found',
  429: 'rate_limited',
}
const TITLES: Record<string, string> = {
  invalid_params: 'Invalid parameters supplied, please check your request and try again.',
  resource_not_found: 'The requested resource could not be found',
}

/** The framework's shape, or the models' when the refusal carries the code `model`. */
function refuse({ status, message, details }: Refusal): Reply {
  if (details.code === 'model') return json({ error: { message } }, status, details.headers)
  const type = TYPES[status] ?? (status < 500 ? 'invalid_params' : 'unknown_error')
  const error = { type, title: TITLES[type] ?? message, ...(status === 400 && { detail: message }) }
  return json({ error, status: 'error', status_message: type }, status, details.headers)
}

/** Statuses of these are not documented. */
const modelError = (message: string, status = 400): Refusal =>
  new Refusal(status, message, { code: 'model' })

function checkModel(body: Json): string {
  const name = textOf(body, 'model', '')
  if (Object.hasOwn(OXEN_MODELS, name)) return name
  throw modelError(`Model not found: ${name}`, 404)
}

const filePath = (name: string): string => `/oxen/api/repos/simulated/out/files/main/${name}`

const linkTo = (call: Call, picture: Picture): string => link(call, picture, filePath)

/** A single string or a list, fetched. */
function readInputs(body: Json): Promise<Buffer[]> {
  const input = body['input_image']
  const urls: unknown[] = isAbsent(input) ? [] : Array.isArray(input) ? input : [input]
  return Promise.all(urls.map((url) => fetchImage(String(url), 'input_image')))
}

/** `POST /ai/images/generate` and `/ai/images/edit`: the path only states the intent. */
async function generate(call: Call): Promise<Reply> {
  const body = call.json
  const model = checkModel(body)
  if (isAbsent(body['prompt']) || body['prompt'] === '') throw modelError('Prompt cannot be empty')
  const fault = findFault(OXEN_MODELS[model]!, body)
  if (fault) throw modelError(`Getting model response error: 422 - ${fault}`)
  const inputs = await readInputs(body)
  const pictures = await drawSlowly(call, { ...readOrder(model, body), n: 1, inputs })
  const inline = body['response_format'] === 'b64_json'
  const images = pictures.map((picture) =>
    inline ? { b64_json: picture.base64() } : { url: linkTo(call, picture) },
  )
  return json({ model, created: nowSeconds(), images })
}

interface Generation {
  job: Job
  body: Json
  url: string | null
}

/** One job of its own; what the model will not take fails later, without a bill. */
async function accept(call: Call, model: string, index: number): Promise<Generation> {
  const { json: body } = call
  const fault = findFault(OXEN_MODELS[model]!, body)
  const inputs = fault ? [] : await readInputs(body).catch(() => null)
  const words = fault ?? (inputs ? null : '403 Client Error: Forbidden for url')
  const order = readOrder(model, body)
  const seed = order.seed === null ? index : order.seed + index
  const pictures = words ? [] : draw(call, { ...order, seed, n: 1, inputs: inputs ?? [] })
  const failure = words
    ? { code: 'model', message: `Getting model response error: 422 - ${words}` }
    : null
  const job = startJob(call, randomUUID(), { prompt: order.prompt, pictures, failure })
  const [picture] = pictures
  const generation = { job, body, url: picture ? linkTo(call, picture) : null }
  keepJob(call, generation)
  return generation
}

/** `POST /ai/queue`. */
async function enqueue(call: Call): Promise<Reply> {
  const model = checkModel(call.json)
  const count = call.json['num_generations'] ?? 1
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > 4) {
    throw modelError('num_generations must be an integer between 1 and 4')
  }
  const generations: Json[] = []
  for (let index = 0; index < count; index++) {
    const { job } = await accept(call, model, index)
    generations.push({ generation_id: job.id, status: 'queued' })
  }
  return json({ generations })
}

const STATUSES = {
  queued: 'queued',
  running: 'processing',
  done: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
}

function show({ job, body, url }: Generation): Json {
  const phase = phaseOf(job)
  const started = phase !== 'queued' && !(phase === 'cancelled' && job.cancelledAt! < job.startsAt)
  const ended = phase === 'done' || phase === 'failed' ? job.doneAt : job.cancelledAt
  const { model, num_generations: _, target_namespace: __, ...submitted } = body
  return {
    ...submitted,
    generation_id: job.id,
    model_name: model,
    prompt: body['prompt'] ?? null,
    media_type: 'image',
    status: STATUSES[phase],
    result_url: phase === 'done' ? url : null,
    error_message: phase === 'failed' ? job.failure!.message : null,
    enqueued_at: seconds(job.createdAt),
    started_at: started ? seconds(job.startsAt) : null,
    completed_at: ended === null ? null : seconds(ended),
  }
}

function find(call: Call): Generation {
  const generation = findJob(call, call.params[0]!) as Generation | undefined
  if (generation) return generation
  throw new Refusal(404, 'No such generation.')
}

/** `GET /ai/queue/{generation_id}`. */
function poll(call: Call): Reply {
  const found = find(call)
  const shown = show(found)
  if (call.fault?.kind === 'unknown_status') return json({ ...shown, status: 'warming_up' })
  if (call.fault?.kind === 'expired_url' && shown['result_url'])
    return json({ ...shown, result_url: `${found.url}?${EXPIRED}` })
  return json(shown)
}

/** `GET /ai/queue`: what has not ended, unless a status is asked for. */
function list(call: Call): Reply {
  const status = call.query.get('status')
  const model = call.query.get('model')
  const generations = [...call.world.jobs.entries()]
    .filter(([key]) => key.startsWith('oxen:'))
    .map(([, generation]) => generation as Generation)
    .filter(({ job }) => job.key === call.key)
    .map(show)
    .filter((shown) =>
      status
        ? shown['status'] === status
        : ['queued', 'processing'].includes(String(shown['status'])),
    )
    .filter((shown) => !model || shown['model_name'] === model)
  return json({ count: generations.length, generations })
}

/** `DELETE /ai/queue/{generation_id}`: success, too, when it has ended. */
function cancel(call: Call): Reply {
  const { job } = find(call)
  cancelJob(job)
  return json({ status: 'success', generation_id: job.id })
}

const describe = (id: string): Json => ({
  id,
  object: 'model',
  created: 1780000000,
  owned_by: 'oxen',
  display_name: id,
  model_type: 'base',
  endpoint: '/images/generate',
  capabilities: { input: ['text', 'image'], output: ['image'] },
  pricing: { method: 'per_image', cost_per_image: 0.01 },
  request_schema: null,
})

/** Oxen.ai: its documentation repository, August 2026. The stream of events is left out. */
export const oxen: Api = {
  name: 'oxen',
  root: '/oxen',
  base: '/oxen/api',
  auth: 'bearer',
  routes: [
    { method: 'POST', path: /^\/api\/ai\/images\/generate$/, kind: 'submit', handle: generate },
    { method: 'POST', path: /^\/api\/ai\/images\/edit$/, kind: 'submit', handle: generate },
    { method: 'POST', path: /^\/api\/ai\/queue$/, kind: 'submit', handle: enqueue },
    { method: 'GET', path: /^\/api\/ai\/queue$/, kind: 'list', handle: list },
    { method: 'GET', path: /^\/api\/ai\/queue\/([^/]+)$/, kind: 'poll', handle: poll },
    { method: 'DELETE', path: /^\/api\/ai\/queue\/([^/]+)$/, kind: 'cancel', handle: cancel },
    {
      method: 'GET',
      path: /^\/api\/ai\/models$/,
      kind: 'list',
      handle: () => json({ object: 'list', data: Object.keys(OXEN_MODELS).map(describe) }),
    },
    {
      method: 'GET',
      path: /^\/api\/ai\/models\/([^/]+)$/,
      kind: 'list',
      handle: ({ params: [id] }) => json(describe(checkModel({ model: id }))),
    },
    { method: 'GET', path: /^\/api\/repos\/.+$/, kind: 'result', handle: serveFile },
  ],
  refuse,
  moderation: modelError('Getting model response error: 422 - content flagged by safety checker'),
  noCredit: modelError('Insufficient credits', 402),
}
