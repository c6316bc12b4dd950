import { randomUUID } from 'node:crypto'
import { json, nowSeconds, Refusal, type Api, type Call, type Reply } from './call.ts'
import { isAbsent, readSize, textOf } from './fields.ts'
import { pngSize, sniff } from './inputs.ts'
import { cancelJob, findJob, keepJob, phaseOf, seconds, startJob, type Job } from './jobs.ts'
import { draw, drawSlowly, type Order } from './pictures.ts'
import type { Format, Json } from './shapes.ts'

const MODEL = 'sd-cpp-local'
/** Pixels a side, images a job, jobs waiting: its capabilities name them. */
const LIMITS = { min: 64, max: 4096, batch: 8, queue: 64 }
const EXTRA_ARGS = /<sd_cpp_extra_args>(.*?)<\/sd_cpp_extra_args>/

/** `error` is a word or a sentence, not an object; 500s carry the sentence beside it. */
function refuse({ status, message, details }: Refusal): Reply {
  const body = status >= 500 ? { error: 'server_error', message } : { error: message }
  return json(body, status, details.headers)
}

const invalid = (words: string): Refusal => new Refusal(400, words)

/** The prompt without the tag that may hold native fields, and these fields. */
function splitPrompt(text: string): { prompt: string; extra: Json } {
  const tag = EXTRA_ARGS.exec(text)
  if (!tag) return { prompt: text, extra: {} }
  try {
    return { prompt: text.replace(EXTRA_ARGS, ''), extra: JSON.parse(tag[1]!) as Json }
  } catch {
    throw invalid('invalid sd_cpp_extra_args')
  }
}

function readFormat(value: unknown, allowed: readonly string[]): Format {
  const format = isAbsent(value) ? 'png' : String(value)
  if (allowed.includes(format)) return format as Format
  throw invalid(`invalid output_format, must be one of [${allowed.join(', ')}]`)
}

function checkOrder(order: Order): Order {
  const sides = [order.width, order.height]
  const fits = sides.every((side) => side >= LIMITS.min && side <= LIMITS.max)
  if (!fits || order.n < 1 || order.n > LIMITS.batch) throw invalid('invalid params')
  return order
}

const readSeed = ({ seed }: Json): number | null =>
  typeof seed === 'number' && seed >= 0 ? seed : null

interface Asked {
  prompt: string
  n: number
  size: { width: number; height: number } | null
  format: Format
  inputs: Buffer[]
}

function toOrder({ prompt: text, n, size, format, inputs }: Asked): Order {
  if (text === '') throw invalid('prompt required')
  const { prompt, extra } = splitPrompt(text)
  const { width = size?.width ?? 512, height = size?.height ?? 512 } = extra as Partial<Order>
  return checkOrder({
    model: MODEL,
    prompt,
    n,
    width,
    height,
    format,
    inputs,
    seed: readSeed(extra),
  })
}

async function respond(call: Call, order: Order): Promise<Reply> {
  const pictures = await drawSlowly(call, order)
  const data = pictures.map((picture) => ({ b64_json: picture.base64() }))
  return json({ created: nowSeconds(), data, output_format: order.format })
}

/** A size that is none falls back to the default without a word. */
function generate(call: Call): Promise<Reply> {
  const { json: body } = call
  return respond(
    call,
    toOrder({
      prompt: textOf(body, 'prompt', ''),
      n: Math.max(1, Number(body['n'] ?? 1)),
      size: readSize(textOf(body, 'size', '')),
      format: readFormat(body['output_format'], ['png', 'jpeg', 'webp']),
      inputs: [],
    }),
  )
}

/** `image[]`, else one `image`; without a size the first input's. */
function edit(call: Call): Promise<Reply> {
  if (!call.form) throw invalid('Content-Type must be multipart/form-data')
  const { fields, files } = call.form
  const field = (name: string): string | undefined =>
    fields.find((candidate) => candidate.name === name)?.value
  if (!field('prompt')) throw invalid('prompt required')
  const listed = files.filter(({ name }) => name === 'image[]')
  const images =
    listed.length > 0 ? listed : files.filter(({ name }) => name === 'image').slice(0, 1)
  if (images.length === 0) throw invalid('at least one image[] required')
  const masks = files.filter(({ name }) => name === 'mask').slice(0, 1)
  const inputs = [...images, ...masks].map(({ bytes }) => bytes)
  const [first] = inputs
  const own = first && sniff(first) === 'png' ? readSize(pngSize(first)) : null
  return respond(
    call,
    toOrder({
      prompt: field('prompt')!,
      n: Number(field('n') ?? 1) || 1,
      size: readSize(field('size') ?? '') ?? own,
      format: readFormat(field('output_format'), ['png', 'jpeg']),
      inputs,
    }),
  )
}

interface NativeJob {
  job: Job
  format: Format
}

const STATUSES = {
  queued: 'queued',
  running: 'generating',
  done: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
}

function show({ job, format }: NativeJob): Json {
  const phase = phaseOf(job)
  const images = job.pictures.map((picture, index) => ({ index, b64_json: picture.base64() }))
  const ended = { done: job.doneAt, failed: job.doneAt, cancelled: job.cancelledAt }
  const at = phase === 'queued' || phase === 'running' ? null : ended[phase]
  const cancelled = { code: 'cancelled', message: 'job cancelled by client' }
  return {
    id: job.id,
    kind: 'img_gen',
    status: STATUSES[phase],
    created: seconds(job.createdAt),
    started: phase === 'queued' || phase === 'cancelled' ? null : seconds(job.startsAt),
    completed: at === null ? null : seconds(at),
    queue_position: phase === 'queued' ? 1 : 0,
    result: phase === 'done' ? { output_format: format, images } : null,
    error: phase === 'cancelled' ? cancelled : phase === 'failed' ? job.failure : null,
  }
}

/** `POST /sdcpp/v1/img_gen`: 202 and a relative address to ask at. */
function submit(call: Call): Reply {
  const { json: body } = call
  const format = readFormat(body['output_format'], ['png', 'jpeg', 'webp'])
  const order = checkOrder({
    model: MODEL,
    prompt: textOf(body, 'prompt', ''),
    n: Number(body['batch_count'] ?? 1),
    width: Number(body['width'] ?? 512),
    height: Number(body['height'] ?? 512),
    format,
    seed: readSeed(body),
  })
  const pictures = draw(call, order)
  const id = `job_${randomUUID().replaceAll('-', '')}`
  const job = startJob(call, id, { prompt: order.prompt, pictures })
  const kept: NativeJob = { job, format }
  keepJob(call, kept)
  const poll_url = `/sdcpp/v1/jobs/${id}`
  return json(
    { id, kind: 'img_gen', status: 'queued', created: seconds(job.createdAt), poll_url },
    202,
  )
}

function find(call: Call): NativeJob {
  const found = findJob(call, call.params[0]!) as NativeJob | undefined
  if (found) return found
  throw new Refusal(404, 'job not found')
}

function poll(call: Call): Reply {
  const shown = show(find(call))
  return json(call.fault?.kind === 'unknown_status' ? { ...shown, status: 'warming_up' } : shown)
}

/** Only a queued job can be cancelled: `cancel_generating` is false. */
function cancel(call: Call): Reply {
  const found = find(call)
  const phase = phaseOf(found.job)
  if (phase !== 'queued') throw new Refusal(409, `job is ${STATUSES[phase]}`)
  cancelJob(found.job)
  return json(show(found))
}

function capabilities(): Reply {
  const { min, max, batch, queue } = LIMITS
  return json({
    model: { name: 'model.gguf', stem: 'model', path: 'models/model.gguf' },
    current_mode: 'img_gen',
    supported_modes: ['img_gen'],
    output_formats_by_mode: { img_gen: ['png', 'jpeg', 'webp'] },
    features_by_mode: { img_gen: { cancel_queued: true, cancel_generating: false } },
    limits: {
      min_width: min,
      max_width: max,
      min_height: min,
      max_height: max,
      max_batch_count: batch,
      max_queue_size: queue,
    },
  })
}

const list = { data: [{ id: MODEL, object: 'model', owned_by: 'local' }] }

/** stable-diffusion.cpp: `examples/server/api.md`. Its own job API lies beside `/v1`, under `/sdcpp/v1`. */
export const sdcpp: Api = {
  name: 'sdcpp',
  root: '/sdcpp',
  base: '/sdcpp/v1',
  auth: 'none',
  routes: [
    { method: 'POST', path: /^\/v1\/images\/generations$/, kind: 'submit', handle: generate },
    { method: 'POST', path: /^\/v1\/images\/edits$/, kind: 'submit', handle: edit },
    { method: 'GET', path: /^\/v1\/models$/, kind: 'list', handle: () => json(list) },
    { method: 'POST', path: /^\/sdcpp\/v1\/img_gen$/, kind: 'submit', handle: submit },
    { method: 'GET', path: /^\/sdcpp\/v1\/jobs\/([^/]+)$/, kind: 'poll', handle: poll },
    {
      method: 'POST',
      path: /^\/sdcpp\/v1\/jobs\/([^/]+)\/cancel$/,
      kind: 'cancel',
      handle: cancel,
    },
    { method: 'GET', path: /^\/sdcpp\/v1\/capabilities$/, kind: 'list', handle: capabilities },
  ],
  refuse,
  moderation: invalid('invalid params'),
  noCredit: new Refusal(429, 'job queue is full'),
}
