import { randomUUID } from 'node:crypto'
import { json, Refusal, type Api, type Call, type Reply } from './call.ts'
import { findProblem, isAbsent, type Rules, textOf } from './fields.ts'
import { fetchImage } from './inputs.ts'
import { refuse } from './openai.ts'
import { drawSlowly, link } from './pictures.ts'
import { serveFile } from './serve-file.ts'
import type { Format } from './shapes.ts'

const MODELS = [
  'black-forest-labs/FLUX.1-schnell',
  'black-forest-labs/FLUX.1.1-pro',
  'black-forest-labs/FLUX.1-kontext-pro',
  'black-forest-labs/FLUX.2-dev',
]

/** Fields of the vendor's client 0.52.0; the ranges of steps and sides are second hand. */
const RULES: Rules = {
  model: { is: 'text', required: true },
  prompt: { is: 'text', required: true },
  n: { is: 'integer', min: 1, max: 4 },
  width: { is: 'integer', min: 64, max: 2048 },
  height: { is: 'integer', min: 64, max: 2048 },
  steps: { is: 'integer', min: 1, max: 50 },
  seed: { is: 'integer' },
  guidance_scale: { is: 'number' },
  negative_prompt: { is: 'text' },
  image_url: { is: 'text' },
  reference_images: { is: 'any' },
  response_format: { is: 'choice', of: ['base64', 'url'] },
  output_format: { is: 'choice', of: ['jpeg', 'png'] },
  disable_safety_checker: { is: 'boolean' },
}

const filePath = (name: string): string => `/together/imgproxy/${name}`

const invalid = (message: string, param: string): Refusal =>
  new Refusal(400, message, { code: 'invalid_request', param })

async function generate(call: Call): Promise<Reply> {
  const { json: body } = call
  const problem = findProblem(body, RULES, 'ignore')
  if (problem) throw invalid(`Invalid value for '${problem.field}'.`, problem.field)
  const model = String(body['model'])
  if (!MODELS.includes(model)) {
    throw new Refusal(404, `Unable to access model ${model}.`, { code: 'model_not_available' })
  }
  const [width, height] = [Number(body['width'] ?? 1024), Number(body['height'] ?? 1024)]
  if (width % 8 > 0) throw invalid('width must be a multiple of 8.', 'width')
  if (height % 8 > 0) throw invalid('height must be a multiple of 8.', 'height')
  const single: unknown[] = isAbsent(body['image_url']) ? [] : [body['image_url']]
  const urls = single.concat(body['reference_images'] ?? [])
  const inputs = await Promise.all(urls.map((url) => fetchImage(String(url), 'image_url')))
  const pictures = await drawSlowly(call, {
    model,
    prompt: String(body['prompt']),
    n: Number(body['n'] ?? 1),
    width,
    height,
    format: textOf(body, 'output_format', 'jpeg') as Format,
    seed: typeof body['seed'] === 'number' ? body['seed'] : null,
    inputs,
  })
  const data = pictures.map((picture, index) =>
    body['response_format'] === 'base64'
      ? { index, type: 'b64_json', b64_json: picture.base64(), timings: { inference: 0.4 } }
      : { index, type: 'url', url: link(call, picture, filePath), timings: { inference: 0.4 } },
  )
  return json({ id: `o${randomUUID()}`, model, object: 'list', data })
}

/** Together AI: the types of its Node client 0.52.0 and its images overview. */
export const together: Api = {
  name: 'together',
  root: '/together',
  base: '/together/v1',
  auth: 'bearer',
  routes: [
    { method: 'POST', path: /^\/v1\/images\/generations$/, kind: 'submit', handle: generate },
    { method: 'GET', path: /^\/imgproxy\/.+$/, kind: 'result', handle: serveFile },
  ],
  refuse: (refusal) => refuse(refusal),
  moderation: new Refusal(422, 'The prompt was flagged: NSFW content.', { code: 'nsfw_content' }),
  noCredit: new Refusal(402, 'Credit limit exceeded.', { type: 'credit_limit', code: null }),
}
