import * as z from 'zod/mini'
import { errors, GatewayError } from '../core/error.ts'
import type { Submission, Warning } from '../core/request.ts'
import type { ParseContext } from './dialect.ts'
import { flag, text } from './fields.ts'
import { Reference, toInput } from './image-reference.ts'
import { invalidBody } from './invalid.ts'
import { openaiImages } from './openai-images.ts'

/** Most fields that warnings are given for. */
const MAX_WARNINGS = 20

/** Fields that no other API has; the rest is checked as the fields of OpenAI's that it becomes. */
export const OwnFields = z.looseObject({
  mask_url: z.nullish(Reference),
  output_quality: z.nullish(
    z.union([z.enum(['standard', 'high']), z.int().check(z.minimum(0), z.maximum(100))], {
      error: "expected 'standard', 'high' or a whole number from 0 to 100",
    }),
  ),
  disable_safety_checker: flag,
  enable_safety_checker: flag,
  target_namespace: text(200),
})

/** OpenAI's name of a field, by Oxen's. */
export const NAMES: Record<string, string> = {
  model: 'model',
  prompt: 'prompt',
  response_format: 'response_format',
  num_inference_steps: 'num_inference_steps',
  guidance_scale: 'guidance_scale',
  seed: 'seed',
  negative_prompt: 'negative_prompt',
  output_format: 'output_format',
  quality: 'quality',
  aspect_ratio: 'aspect_ratio',
  resolution: 'resolution',
  size: 'size',
  gateway: 'gateway',
  input_image: 'image_url',
  guidance: 'guidance_scale',
  image_size: 'size',
}

/** Fields that are read above, or that say nothing about the picture. */
const UNDERSTOOD = [...Object.keys(NAMES), ...Object.keys(OwnFields.shape)]

export const SIZE_FIELDS = ['aspect_ratio', 'resolution', 'size', 'image_size']

/** What the models' own words of size mean, whichever field they stand in: megapixels the nearest tier. */
const TIERS: Record<string, string> = {
  '512': '512',
  '0.5 MP': '512',
  '1 MP': '1K',
  '2 MP': '2K',
  '1K': '1K',
  '2K': '2K',
  '4K': '4K',
}
/** What comes without the field. */
const DEFAULTS = ['auto', 'match_input_image', 'optimize_for_quality']

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
  const text = String(value)
  const resolution = TIERS[text.toUpperCase()]
  if (resolution !== undefined) return { resolution }
  if (DEFAULTS.includes(text)) return {}
  // `landscape`, and `landscape_4_3` of models whose presets name a ratio.
  const preset = /^(square|portrait|landscape)(?:_hd|_(\d{1,2})_(\d{1,2}))?$/.exec(text)
  if (preset) {
    const [, shape, long = '3', short = '2'] = preset
    if (shape === 'square') return { aspect_ratio: '1:1' }
    return { aspect_ratio: shape === 'portrait' ? `${short}:${long}` : `${long}:${short}` }
  }
  // Whole numbers say the same: 19.5:9, 2.35:1.
  const sides = /^(\d{1,2}(?:\.\d{1,2})?):(\d{1,2}(?:\.\d{1,2})?)$/.exec(text)?.slice(1)
  return sides && { aspect_ratio: sides.map((side) => Math.round(Number(side) * 100)).join(':') }
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
