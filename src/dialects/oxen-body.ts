import * as z from 'zod/mini'
import { errors, GatewayError } from '../core/error.ts'
import type { Submission, Warning } from '../core/request.ts'
import type { ParseContext } from './dialect.ts'
import { Reference, toInput } from './image-reference.ts'
import { invalidBody } from './invalid.ts'
import { openaiImages } from './openai-images.ts'

/** Most fields that warnings are given for. */
const MAX_WARNINGS = 20

const FLAG = z.nullish(z.boolean())

/** Fields that no other API has; the rest is checked as the fields of OpenAI's that it becomes. */
const OwnFields = z.looseObject({
  mask_url: z.nullish(Reference),
  output_quality: z.nullish(
    z.union([z.enum(['standard', 'high']), z.int().check(z.minimum(0), z.maximum(100))], {
      error: "expected 'standard', 'high' or a whole number from 0 to 100",
    }),
  ),
  disable_safety_checker: FLAG,
  enable_safety_checker: FLAG,
  target_namespace: z.nullish(z.string().check(z.maxLength(200))),
})

/** OpenAI's name of a field, by Oxen's. */
const NAMES: Record<string, string> = {
  ...Object.fromEntries(
    [
      'model',
      'prompt',
      'response_format',
      'num_inference_steps',
      'guidance_scale',
      'seed',
      'negative_prompt',
      'output_format',
      'quality',
      'aspect_ratio',
      'resolution',
      'size',
      'gateway',
    ].map((name) => [name, name]),
  ),
  input_image: 'image_url',
  guidance: 'guidance_scale',
  image_size: 'size',
}

/** Fields that are read above, or that say nothing about the picture. */
const UNDERSTOOD = [...Object.keys(NAMES), ...Object.keys(OwnFields.shape)]

const SIZE_FIELDS = ['aspect_ratio', 'resolution', 'size', 'image_size']
const tier = (resolution: string) => ({ resolution })
const pixels = (size: string) => ({ size })
const ratio = (text: string) => ({ aspect_ratio: text })

/**
 * What the models' own words of size mean, whichever field they stand in. Megapixels are named by the
 * nearest tier; the presets are those of fal, whose models these are.
 */
const SIZES: Record<string, object> = {
  '512': tier('512'),
  '0.5 MP': tier('512'),
  '1 MP': tier('1K'),
  '2 MP': tier('2K'),
  '1K': tier('1K'),
  '2K': tier('2K'),
  '4K': tier('4K'),
  square: ratio('1:1'),
  portrait: ratio('2:3'),
  landscape: ratio('3:2'),
  square_hd: pixels('1024x1024'),
  portrait_4_3: pixels('768x1024'),
  portrait_16_9: pixels('576x1024'),
  landscape_4_3: pixels('1024x768'),
  landscape_16_9: pixels('1024x576'),
  // What comes without the field.
  auto: {},
  match_input_image: {},
  optimize_for_quality: {},
}

type Fields = Record<string, unknown>

/**
 * A body of section 7's vocabulary (docs.oxen.ai, August 2026) as the request that it means. Where its
 * images belong and how long its caller waits is the gateway's business; what no field of ours means is
 * left to the parameter policy.
 */
export function readOxen(json: unknown, context: ParseContext): Submission {
  const read = OwnFields.safeParse(json)
  if (!read.success) throw invalidBody(read.error, json)
  const body: Fields = Object.fromEntries(Object.entries(read.data).filter(([, it]) => it != null))
  if (body['prompt'] === undefined || body['prompt'] === '') throw noPrompt()
  const { submission, sent } = parse(body, { ...context, defaultModel: null })
  const { mask_url: mask } = read.data
  const format = sent['response_format'] ?? context.responseFormat ?? 'url'
  return {
    ...submission,
    request: {
      ...submission.request,
      mask: mask == null ? null : toInput({ param: 'mask_url', value: mask }, context),
    },
    delivery: { ...submission.delivery, format: format === 'url' ? 'url' : 'b64' },
    dialect: 'oxen',
    warnings: unknown(body, submission.gateway.params),
  }
}

const noPrompt = (): GatewayError =>
  new GatewayError(errors.invalid('prompt', 'Prompt cannot be empty', 'missing_required_parameter'))

/** Through the door of OpenAI's superset; what it refuses is told under the name that was sent. */
function parse(body: Fields, context: ParseContext): { submission: Submission; sent: Fields } {
  const sent = toOpenai(body)
  try {
    return { submission: openaiImages.parse(sent, context), sent }
  } catch (caught) {
    throw caught instanceof GatewayError ? renamed(caught, body) : caught
  }
}

function renamed({ shown }: GatewayError, body: Fields): GatewayError {
  const [field = '', ...path] = (shown.param ?? '').split('.')
  const own = Object.keys(body).find((name) => name !== field && NAMES[name] === field)
  if (own === undefined || field in body) return new GatewayError(shown)
  const message = shown.message.replaceAll(`'${shown.param}'`, `'${[own, ...path].join('.')}'`)
  return new GatewayError({ ...shown, message, param: [own, ...path].join('.') })
}

function toOpenai(body: Fields): Fields {
  const sent: Fields = {}
  for (const [name, value] of Object.entries(body)) {
    const theirs = NAMES[name]
    if (theirs === undefined) continue
    Object.assign(sent, (SIZE_FIELDS.includes(name) && sizeOf(value)) || { [theirs]: value })
  }
  const { output_quality: quality, output_format: format } = body
  if (typeof quality === 'number') sent['output_compression'] = quality
  else if (quality !== undefined) sent['quality'] = quality
  if (format === 'jpg') sent['output_format'] = 'jpeg'
  if (body['disable_safety_checker'] === true || body['enable_safety_checker'] === false)
    sent['moderation'] = 'low'
  if (isCounted(body)) sent['n'] = body['num_images']
  return sent
}

/** The only model with a count of its own. */
const isCounted = ({ model, num_images: count }: Fields): boolean =>
  count !== undefined && String(model).includes('ideogram-v4')

/** Undefined for a ratio or a size in pixels. */
function sizeOf(value: unknown): object | undefined {
  const text = String(value).replace(/k$/, 'K')
  if (Object.hasOwn(SIZES, text)) return SIZES[text]
  // Whole numbers say the same: 19.5:9, 2.35:1.
  const sides = /^(\d{1,2}(?:\.\d{1,2})?):(\d{1,2}(?:\.\d{1,2})?)$/.exec(text)?.slice(1)
  return sides && ratio(sides.map((side) => Math.round(Number(side) * 100)).join(':'))
}

/** Fields that only some upstream would understand. */
function unknown(body: Fields, policy: Submission['gateway']['params']): Warning[] {
  const left = Object.keys(body).filter((name) => !UNDERSTOOD.includes(name))
  const params = left.filter((name) => name !== 'num_images' || !isCounted(body))
  if (policy === 'drop') return []
  const warnings = params.slice(0, MAX_WARNINGS).map((name) => {
    const param = name.slice(0, 100)
    return { param, message: `Left out: '${param}' is not understood.` }
  })
  const [first] = warnings
  if (policy === 'warn' || !first) return warnings
  const message = `Unsupported parameter: '${first.param}'.`
  throw new GatewayError(errors.invalid(first.param, message, 'unsupported_parameter'))
}
