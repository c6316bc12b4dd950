import { randomUUID } from 'node:crypto'
import { json, nowSeconds, Refusal, type Api, type Call, type Reply } from './call.ts'
import { checkBody, imagesOf, invalidField, refuse, sizeOfFirst } from './fastapi.ts'
import { fromForm, readSize, type Rules, textOf } from './fields.ts'
import { fetchImage } from './inputs.ts'
import { drawSlowly } from './pictures.ts'
import { serveFile } from './serve-file.ts'
import type { Format, Json, Picture } from './shapes.ts'

const MODEL = 'black-forest-labs/FLUX.2-dev'

const RULES: Rules = {
  prompt: { is: 'text', required: true },
  model: { is: 'text' },
  n: { is: 'integer' },
  size: { is: 'text' },
  response_format: { is: 'text' },
  background: { is: 'text' },
  output_format: { is: 'text' },
  output_compression: { is: 'integer' },
  quality: { is: 'text' },
  user: { is: 'text' },
  seed: { is: 'integer' },
  negative_prompt: { is: 'text' },
  num_inference_steps: { is: 'integer' },
  guidance_scale: { is: 'number' },
}

/** A path, not an address: the client has to know the host. */
function relativeUrl(call: Call, id: string, picture: Picture, at: number): string {
  const path = `/v1/images/${id}/content`
  call.world.files.set(`/sglang${path}?variant=${at}`, picture)
  return at === 0 ? path : `${path}?variant=${at}`
}

async function respond(call: Call, body: Json, inputs: Buffer[]): Promise<Reply> {
  const asked = readSize(textOf(body, 'size', ''))
  const size = asked ?? sizeOfFirst(inputs) ?? { width: 1024, height: 1024 }
  const prompt = String(body['prompt'])
  const pictures = await drawSlowly(call, {
    model: MODEL,
    prompt,
    // Out of range is brought into it without a word.
    n: Math.max(1, Math.min(Number(body['n'] ?? 1), 10)),
    ...size,
    format: textOf(body, 'output_format', 'png').replace('jpg', 'jpeg') as Format,
    seed: typeof body['seed'] === 'number' ? body['seed'] : null,
    inputs,
  })
  const id = randomUUID()
  const inline = textOf(body, 'response_format', 'b64_json').toLowerCase() === 'b64_json'
  const data = pictures.map((picture, at) => ({
    ...(inline ? { b64_json: picture.base64() } : { url: relativeUrl(call, id, picture, at) }),
    revised_prompt: prompt,
  }))
  return json({ id, created: nowSeconds(), data })
}

function checkFormat(body: Json, allowed: readonly string[]): void {
  const format = textOf(body, 'response_format', 'b64_json').toLowerCase()
  if (!allowed.includes(format)) {
    throw new Refusal(400, `response_format=${format} is not supported`)
  }
}

/** Links are for edits only. */
function generate(call: Call): Promise<Reply> {
  checkBody(call.json, RULES)
  checkFormat(call.json, ['b64_json'])
  return respond(call, call.json, [])
}

async function edit(call: Call): Promise<Reply> {
  if (!call.form) throw invalidField('prompt', 'Field required', 'missing')
  const body = fromForm(call.form, RULES)
  checkBody(body, RULES)
  checkFormat(body, ['b64_json', 'url'])
  const urls = call.form.fields.filter(({ name }) => name === 'url' || name === 'url[]')
  const linked = await Promise.all(urls.map(({ value }) => fetchImage(value, 'url')))
  const inputs = [...imagesOf(call.form), ...linked]
  if (inputs.length === 0) throw new Refusal(422, `Field 'image' or 'url' is required`)
  return respond(call, body, inputs)
}

function content(call: Call): Reply {
  const variant = call.query.get('variant') ?? '0'
  return serveFile({ ...call, path: `${call.path}?variant=${variant}` })
}

const model = { model_path: MODEL, task_type: 'T2I', pipeline_name: 'flux_2', num_gpus: 1 }
const models = { object: 'list', data: [{ id: MODEL, object: 'model', owned_by: 'sglang' }] }

/** SGLang diffusion: `docs/diffusion/api/openai_api.md`. */
export const sglang: Api = {
  name: 'sglang',
  root: '/sglang',
  base: '/sglang/v1',
  auth: 'none',
  routes: [
    { method: 'POST', path: /^\/v1\/images\/generations$/, kind: 'submit', handle: generate },
    { method: 'POST', path: /^\/v1\/images\/edits$/, kind: 'submit', handle: edit },
    { method: 'GET', path: /^\/v1\/images\/[^/]+\/content$/, kind: 'result', handle: content },
    { method: 'GET', path: /^\/v1\/models$/, kind: 'list', handle: () => json(models) },
    { method: 'GET', path: /^\/models$/, kind: 'list', handle: () => json(model) },
  ],
  refuse,
  moderation: new Refusal(400, 'The prompt was refused.'),
  noCredit: new Refusal(503, 'No worker available.'),
}
