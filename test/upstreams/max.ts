import { json, nowSeconds, Refusal, type Api, type Call, type Reply } from './call.ts'
import { findProblem, isAbsent, readSize, textOf, type Rules } from './fields.ts'
import { checkOptions, invalid, tell } from './max-options.ts'
import { fetchImage, pngSize, sniff } from './inputs.ts'
import { drawSlowly, link } from './pictures.ts'
import { serveFile } from './serve-file.ts'
import type { Format, Json } from './shapes.ts'

/** One server has one model. */
const MODEL = 'black-forest-labs/FLUX.2-dev'

const TYPES: Record<number, string> = {
  404: 'not_found_error',
  429: 'rate_limit_error',
}

/** OpenAI's envelope with the status as a string code and an empty param. */
function refuse({ status, message, details }: Refusal): Reply {
  const type = TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
  const error = { code: String(status), message, param: '', type }
  return json({ error }, status, details.headers)
}

/** Unknown keys at the top are ignored. */
const RULES: Rules = {
  model: { is: 'text', required: true },
  seed: { is: 'integer' },
  n: { is: 'integer', min: 1 },
  temperature: { is: 'number', min: 0, max: 2 },
  top_p: { is: 'number', min: 0, max: 1 },
  max_output_tokens: { is: 'integer', min: 1 },
}

interface Asked {
  prompt: string
  image: string | null
}

/** A string, or one message whose texts are joined and whose first image is used. */
function readInput(input: unknown): Asked {
  if (typeof input === 'string' && input !== '') return { prompt: input, image: null }
  if (!Array.isArray(input) || input.length !== 1) throw invalid('input: one message expected')
  const [{ content }] = input as [Json]
  const parts = typeof content === 'string' ? [{ type: 'input_text', text: content }] : content
  if (!Array.isArray(parts)) throw invalid('input.content')
  const texts = parts.filter(({ type }: Json) => type === 'input_text')
  const prompt = texts.map(({ text }: Json) => String(text)).join(' ')
  if (prompt === '') throw invalid('input: no prompt')
  const image = parts.find(({ type }: Json) => type === 'input_image') as Json | undefined
  return { prompt, image: image ? String(image['image_url']) : null }
}

/** Remote images are downloaded before the schema is checked. */
async function readImage(url: string | null): Promise<Buffer[]> {
  if (url === null) return []
  const bytes = await fetchImage(url, 'input').catch(() => null)
  if (bytes) return [bytes]
  throw new Refusal(400, `Invalid request: Failed to download image from '${url.slice(0, 80)}'`)
}

const sizeOf = ([image]: Buffer[]) =>
  (image && sniff(image) === 'png' ? readSize(pngSize(image)) : null) ?? {
    width: 1024,
    height: 1024,
  }

async function respond(call: Call): Promise<Reply> {
  const { json: body } = call
  const asked = readInput(body['input'])
  const inputs = await readImage(asked.image)
  const problem = findProblem(body, RULES, 'ignore')
  if (problem) throw invalid(tell(problem))
  if (body['stream'] === true) throw invalid('stream is not supported')
  const options = checkOptions(body['provider_options'])
  if (body['model'] !== MODEL)
    throw new Refusal(
      404,
      `Unknown model '${String(body['model'])}', currently serving '['${MODEL}']'.`,
    )
  const format = textOf(options, 'output_format', 'jpeg') as Format
  const own = sizeOf(inputs)
  const pictures = await drawSlowly(call, {
    model: MODEL,
    prompt: asked.prompt,
    n: Number(options['num_images'] ?? 1),
    width: Number(options['width'] ?? own.width),
    height: Number(options['height'] ?? own.height),
    format,
    seed: isAbsent(body['seed']) ? null : Number(body['seed']),
    inputs,
  })
  const content = pictures.map((picture) => ({
    type: 'output_image',
    ...(options['response_format'] === 'url'
      ? { image_url: link(call, picture, (name) => `/max/v1/images/${name}/content`) }
      : { image_data: picture.base64() }),
    format,
  }))
  const id = call.requestId.replaceAll('-', '')
  return json({
    id: `resp_${id}`,
    object: 'response',
    created_at: nowSeconds(),
    status: 'completed',
    model: MODEL,
    output: [{ id: `msg_${id}_0`, role: 'assistant', status: 'completed', content }],
  })
}

/**
 * Modular MAX: `openresponses_routes.py`, `open_responses.py` and the provider options of
 * modular/modular, and its page on image generation. It checks no key.
 */
export const max: Api = {
  name: 'max',
  root: '/max',
  base: '/max/v1',
  auth: 'none',
  routes: [
    { method: 'POST', path: /^\/v1\/responses$/, kind: 'submit', handle: respond },
    { method: 'GET', path: /^\/v1\/images\/.+\/content$/, kind: 'result', handle: serveFile },
    { method: 'GET', path: /^\/version$/, kind: 'list', handle: () => json({ version: '26.1' }) },
  ],
  refuse,
  moderation: invalid('the prompt was refused'),
  noCredit: new Refusal(429, 'Server is at capacity. Please retry later.', {
    headers: { 'retry-after': '1' },
  }),
}
