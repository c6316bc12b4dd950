import { json, nowSeconds, Refusal, type Api, type Call, type Reply } from './call.ts'
import { findProblem, readSize, type Rules, textOf } from './fields.ts'
import { drawSlowly, link, mimeType } from './pictures.ts'
import { serveFile } from './serve-file.ts'
import type { Picture } from './shapes.ts'

const TYPES: Record<number, string> = {
  400: 'bad_request',
  401: 'unauthorized',
  402: 'insufficient_balance',
  502: 'bad_gateway',
}

/** Neither code nor param. */
const refuse = ({ status, message, details }: Refusal): Reply =>
  json(
    {
      error: { message, type: TYPES[status] ?? (status < 500 ? 'bad_request' : 'internal_error') },
    },
    status,
    details.headers,
  )

/** Whether `url` is a data URL, as the vendor's own client expects of this model. */
const IMAGE_MODELS: Record<string, { dataUrl: boolean }> = {
  'imagen-3': { dataUrl: false },
  'gemini-3.1-flash-image-preview': { dataUrl: true },
}

const RULES: Rules = {
  model: { is: 'text', required: true },
  prompt: { is: 'text', required: true },
  n: { is: 'integer', min: 1 },
  size: { is: 'text' },
  quality: { is: 'choice', of: ['standard', 'hd'] },
  response_format: { is: 'choice', of: ['url', 'b64_json'] },
  style: { is: 'choice', of: ['natural', 'vivid'] },
}

const filePath = (name: string): string => `/modelmax/storage/${name}`

function toUrl(call: Call, picture: Picture, dataUrl: boolean): string {
  if (dataUrl) return `data:${mimeType(picture.format)};base64,${picture.base64()}`
  return link(call, picture, filePath)
}

async function generate(call: Call): Promise<Reply> {
  const { json: body } = call
  const problem = findProblem(body, RULES, 'ignore')
  if (problem) throw new Refusal(400, `invalid ${problem.field}`)
  const name = String(body['model'])
  const model = IMAGE_MODELS[name]
  if (!model) throw new Refusal(400, `model ${name} does not support image generation`)
  const size = readSize(textOf(body, 'size', '1024x1024'))
  if (!size) throw new Refusal(400, 'invalid size')
  const prompt = String(body['prompt'])
  const n = Number(body['n'] ?? 1)
  const pictures = await drawSlowly(call, { model: name, prompt, n, ...size, format: 'png' })
  const inline = body['response_format'] === 'b64_json'
  const data = pictures.map((picture) => ({
    ...(inline ? { b64_json: picture.base64() } : { url: toUrl(call, picture, model.dataUrl) }),
    revised_prompt: prompt,
  }))
  const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
  return json({ created: nowSeconds(), data, usage })
}

/** ModelMax: its documentation pages; images only, of which it has no jobs. */
export const modelmax: Api = {
  name: 'modelmax',
  root: '/modelmax',
  base: '/modelmax/v1',
  auth: 'bearer',
  routes: [
    { method: 'POST', path: /^\/v1\/images\/generations$/, kind: 'submit', handle: generate },
    {
      method: 'GET',
      path: /^\/v1\/config$/,
      kind: 'list',
      handle: () => json({ balance: 12.34, clink_merchant_id: 'simulated' }),
    },
    { method: 'GET', path: /^\/storage\/.+$/, kind: 'result', handle: serveFile },
  ],
  refuse,
  moderation: new Refusal(400, 'prompt was blocked by the provider'),
  noCredit: new Refusal(402, 'insufficient balance'),
}
