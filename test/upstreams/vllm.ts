import { json, nowSeconds, Refusal, type Api, type Call, type Reply } from './call.ts'
import { checkBody, imagesOf, invalidField, refuse, sizeOfFirst } from './fastapi.ts'
import { fromForm, isAbsent, readSize, type Rules, textOf } from './fields.ts'
import { fetchImage, sniff } from './inputs.ts'
import { drawSlowly, mimeType } from './pictures.ts'
import type { Format, Json } from './shapes.ts'

const MODEL = 'Qwen/Qwen-Image'
const FORMATS = ['png', 'jpg', 'jpeg', 'webp']

const RULES: Rules = {
  prompt: { is: 'text', required: true },
  model: { is: 'text' },
  n: { is: 'integer', min: 1, max: 10 },
  size: { is: 'text' },
  response_format: { is: 'choice', of: ['b64_json', 'url', 'file'] },
  user: { is: 'text' },
  negative_prompt: { is: 'text' },
  num_inference_steps: { is: 'integer', min: 1, max: 200 },
  guidance_scale: { is: 'number', min: 0, max: 20 },
  true_cfg_scale: { is: 'number', min: 0, max: 20 },
  seed: { is: 'integer' },
  output_format: { is: 'text' },
  output_compression: { is: 'integer', min: 0, max: 100 },
}

function check(body: Json): void {
  checkBody(body, RULES)
  if (body['response_format'] === 'url') {
    const text = `Value error, Only 'b64_json' or 'file' response format is supported, got: url`
    throw invalidField('response_format', text)
  }
  if (!isAbsent(body['model']) && body['model'] !== MODEL) {
    throw new Refusal(400, `Model mismatch: the server runs '${MODEL}'.`)
  }
  if (!FORMATS.includes(textOf(body, 'output_format', 'png'))) {
    throw new Refusal(400, `Invalid output_format: ${String(body['output_format'])}`)
  }
}

function readAsked(size: unknown): { width: number; height: number } | null {
  if (isAbsent(size) || size === 'auto') return null
  const text = String(size)
  if (!text.includes('x')) {
    throw invalidField('size', `Value error, size must be in format 'WIDTHxHEIGHT'`)
  }
  const pixels = readSize(text)
  if (pixels) return pixels
  throw new Refusal(400, `Invalid size format: '${text}'. Expected format: 'WIDTHxHEIGHT'.`)
}

async function respond(call: Call, body: Json, inputs: Buffer[]): Promise<Reply> {
  const size = readAsked(body['size']) ?? sizeOfFirst(inputs) ?? { width: 1024, height: 1024 }
  const format = textOf(body, 'output_format', 'png').replace('jpg', 'jpeg') as Format
  const seed = typeof body['seed'] === 'number' ? body['seed'] : null
  const n = Number(body['n'] ?? 1)
  const order = { model: MODEL, prompt: String(body['prompt']), n, ...size, format, seed, inputs }
  const pictures = await drawSlowly(call, order)
  const [first] = pictures
  if (body['response_format'] === 'file' && first) {
    return {
      status: 200,
      headers: { 'content-type': mimeType(format), 'content-disposition': 'attachment' },
      body: [first.bytes()],
    }
  }
  const data = pictures.map((picture) => ({
    b64_json: picture.base64(),
    url: null,
    revised_prompt: null,
  }))
  const shown = `${size.width}x${size.height}`
  return json({ created: nowSeconds(), data, output_format: format, size: shown })
}

function generate(call: Call): Promise<Reply> {
  check(call.json)
  return respond(call, call.json, [])
}

/** Files, or links in `url`, also written `url[]`. */
async function edit(call: Call): Promise<Reply> {
  if (!call.form) throw invalidField('prompt', 'Field required', 'missing')
  const body = fromForm(call.form, RULES)
  check(body)
  if (body['stream'] === 'true') {
    throw new Refusal(400, 'Streaming is not supported by single-stage pipelines.')
  }
  const urls = call.form.fields.filter(({ name }) => name === 'url' || name === 'url[]')
  const linked = await Promise.all(urls.map(({ value }) => fetchImage(value, 'url')))
  const inputs = [...imagesOf(call.form), ...linked]
  if (inputs.length === 0) throw new Refusal(422, `Field 'image' or 'url' is required`)
  if (!inputs.every((input) => sniff(input))) throw new Refusal(400, 'Invalid image.')
  return respond(call, body, inputs)
}

const models = { object: 'list', data: [{ id: MODEL, object: 'model', owned_by: 'vllm' }] }

/** vLLM-Omni: `docs/serving/image_generation_api.md`, `image_edit_api.md` and its protocol file. */
export const vllm: Api = {
  name: 'vllm',
  root: '/vllm',
  base: '/vllm/v1',
  auth: 'none',
  routes: [
    { method: 'POST', path: /^\/v1\/images\/generations$/, kind: 'submit', handle: generate },
    { method: 'POST', path: /^\/v1\/images\/edits$/, kind: 'submit', handle: edit },
    { method: 'GET', path: /^\/v1\/models$/, kind: 'list', handle: () => json(models) },
  ],
  refuse,
  moderation: new Refusal(400, 'The prompt was refused.'),
  noCredit: new Refusal(503, 'Diffusion engine not initialized.'),
}
