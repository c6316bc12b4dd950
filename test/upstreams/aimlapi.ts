import { randomUUID } from 'node:crypto'
import { hash, json, nowSeconds, Refusal, type Api, type Call, type Reply } from './call.ts'
import { AIML_MODELS, pickSize, sizeFault, type AimlModel } from './aimlapi-models.ts'
import { findProblem, fromForm, isAbsent, type Problem, textOf } from './fields.ts'
import { fetchImage, sniff } from './inputs.ts'
import { drawSlowly, link, mimeType, type Order } from './pictures.ts'
import { serveFile } from './serve-file.ts'
import type { Format, Json, Picture } from './shapes.ts'

/** For each image; made up. */
const CREDITS = 105_000
const CREDITS_PER_USD = 2_000_000

/** Flat, not under `error`. */
function refuse({ status, message, details }: Refusal, call: Call): Reply {
  const body = {
    message,
    path: call.path.slice('/aimlapi'.length),
    requestId: randomUUID(),
    statusCode: status,
    timestamp: new Date().toISOString(),
  }
  return json(body, status, details.headers)
}

const invalid = (words: string): Refusal => new Refusal(400, `Body validation error!\n${words}`)

function describe({ field, how, rule, value }: Problem): string {
  if (how === 'missing') return `Required: ${field}`
  if (how === 'choice' && rule.is === 'choice') {
    const expected = rule.of.map((name) => `'${name}'`).join(' | ')
    return `Invalid enum value. Expected ${expected}, received '${String(value)}'`
  }
  return how === 'type'
    ? `Expected ${rule.is === 'integer' ? 'number' : rule.is}, received ${typeof value}: ${field}`
    : `Out of range: ${field}`
}

function check(body: Json, model: AimlModel): void {
  const problem = findProblem(body, model.rules, 'ignore')
  if (problem) throw invalid(describe(problem))
  const size = sizeFault(body)
  if (size) throw invalid(size)
}

async function readInputs(body: Json, { inputs }: AimlModel): Promise<Buffer[]> {
  if (!inputs) return []
  const value = body[inputs.field]
  if (isAbsent(value)) throw invalid(`Required: ${inputs.field}`)
  const urls: unknown[] = Array.isArray(value) ? value : [value]
  if (urls.length === 0 || urls.length > inputs.max) throw invalid(`Wrong length: ${inputs.field}`)
  return Promise.all(
    urls.map((url) => {
      if (typeof url === 'string' && /^(https?:|data:)/.test(url))
        return fetchImage(url, inputs.field)
      throw invalid(`Invalid url: ${inputs.field}`)
    }),
  )
}

const filePath = (name: string): string => `/aimlapi/cdn/files/${name}`

interface Drawn {
  call: Call
  body: Json
  order: Order
  pictures: Picture[]
}

/** One entry of `data`; the transport that was not asked for is null. */
function dataOf({ call, body, pictures }: Drawn) {
  return pictures.map((picture) =>
    body['response_format'] === 'b64_json'
      ? { url: null, b64_json: picture.base64() }
      : { url: link(call, picture, filePath), b64_json: null },
  )
}

function imagesOf({ body, order, pictures }: Drawn, urls: (string | null)[]) {
  const images = pictures.map(({ width, height, format }, at) => ({
    url: urls[at],
    width,
    height,
    content_type: mimeType(format),
    file_name: null,
    file_size: null,
  }))
  const seed = body['seed'] ?? hash(order.prompt)
  const has_nsfw_concepts = images.map(() => false)
  return { images, timings: {}, seed, has_nsfw_concepts, prompt: order.prompt }
}

function answer(drawn: Drawn, model: AimlModel): Json {
  const { body, order, pictures } = drawn
  const data = dataOf(drawn)
  const urls = data.map(({ url }) => url)
  const usd_spent = (CREDITS * order.n) / CREDITS_PER_USD
  const meta = { usage: { credits_used: CREDITS * order.n, usd_spent } }
  switch (model.variant) {
    case 'A':
      return imagesOf(drawn, urls)
    case 'B':
      // Milliseconds, as in the vendor's examples.
      return { data, meta, created: Date.now(), model: order.model }
    case 'C':
      return { ...imagesOf(drawn, urls), data, meta }
    case 'E':
      return {
        created: nowSeconds(),
        data,
        background: null,
        output_format: order.format,
        quality: body['quality'] ?? 'medium',
        size: `${order.width}x${order.height}`,
        usage: null,
        meta,
      }
    default: {
      const [mime_type] = pictures.map(({ format }) => mimeType(format))
      const more = { mime_type, revised_prompt: order.prompt }
      return { data: data.map((item) => ({ ...item, ...more })), meta }
    }
  }
}

async function respond(call: Call, body: Json, model: AimlModel, inputs: Buffer[]): Promise<Reply> {
  const order: Order = {
    model: String(body['model']),
    prompt: String(body['prompt']),
    n: Number(body[model.count] ?? 1),
    ...pickSize(model, body),
    format: textOf(body, 'output_format', model.format) as Format,
    seed: typeof body['seed'] === 'number' ? body['seed'] : null,
    inputs,
  }
  const pictures = await drawSlowly(call, order)
  const credits = CREDITS * order.n
  return json(answer({ call, body, order, pictures }, model), 200, {
    'x-aimlapi-credits-used': String(credits),
    'x-aimlapi-usd-spent': String(credits / CREDITS_PER_USD),
  })
}

function findModel(body: Json): AimlModel {
  const name = textOf(body, 'model', '')
  if (Object.hasOwn(AIML_MODELS, name)) return AIML_MODELS[name]!
  throw new Refusal(404, `Model ${name} not found`)
}

async function generate(call: Call): Promise<Reply> {
  const model = findModel(call.json)
  check(call.json, model)
  return respond(call, call.json, model, await readInputs(call.json, model))
}

/** Files only, and GPT Image models only. */
async function edit(call: Call): Promise<Reply> {
  if (!call.form) throw invalid('Expected multipart/form-data')
  const name = call.form.fields.find((field) => field.name === 'model')?.value ?? ''
  const base = findModel({ model: name })
  if (!name.startsWith('openai/gpt-image-')) throw invalid('Invalid enum value: model')
  const model = { ...base, rules: { ...base.rules, n: { is: 'number', min: 1, max: 10 } as const } }
  const body = fromForm(call.form, model.rules)
  check(body, model)
  const images = call.form.files.filter((file) => ['image', 'image[]', 'mask'].includes(file.name))
  if (images.length === 0 || images.length > 17) throw invalid('Required: image')
  if (!images.every(({ bytes }) => sniff(bytes))) throw invalid('Invalid file: image')
  return respond(
    call,
    body,
    model,
    images.map(({ bytes }) => bytes),
  )
}

/** Only a valid one is echoed; any other is dropped in silence. */
function clientId({ headers }: Call): Record<string, string> {
  const id = headers['x-client-request-id']
  return typeof id === 'string' && /^[A-Za-z0-9._:-]{1,128}$/.test(id)
    ? { 'x-client-request-id': id }
    : {}
}

/** AI/ML API: its documentation repository, August 2026. */
export const aimlapi: Api = {
  name: 'aimlapi',
  root: '/aimlapi',
  base: '/aimlapi/v1',
  auth: 'bearer',
  routes: [
    {
      method: 'POST',
      path: /^(?:\/v1)?\/images\/generations\/?$/,
      kind: 'submit',
      handle: generate,
    },
    { method: 'POST', path: /^(?:\/v1)?\/images\/edits\/?$/, kind: 'submit', handle: edit },
    {
      method: 'GET',
      path: /^\/v1\/models$/,
      kind: 'list',
      handle: () =>
        json({
          object: 'list',
          data: Object.keys(AIML_MODELS).map((id) => ({ id, type: 'image', aliases: [] })),
        }),
    },
    {
      method: 'GET',
      path: /^\/v2\/billing$/,
      kind: 'list',
      handle: () => json({ current_balance: 123.45, currency: 'USD' }),
    },
    { method: 'GET', path: /^\/cdn\/files\/.+$/, kind: 'result', handle: serveFile },
  ],
  refuse,
  moderation: new Refusal(400, 'The request was flagged by the content filter.'),
  noCredit: new Refusal(403, "You've run out of credits. Please top up your balance."),
  headers: (call) => ({ 'x-inference-id': call.requestId, ...clientId(call) }),
}
