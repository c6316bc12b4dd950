import * as z from 'zod/mini'
import { errors, GatewayError } from '../core/error.ts'
import { inOwnNames, type OwnNames } from '../core/own-names.ts'
import type { Submission } from '../core/request.ts'
import { parseRatio } from '../core/size.ts'
import type { ParseContext } from './dialect.ts'
import { flag, text } from './fields.ts'
import { Reference, toInput } from './image-reference.ts'
import { invalid, invalidBody } from './invalid.ts'
import { openaiImages } from './openai-images.ts'
import { OXEN_FIELDS } from './oxen-names.ts'
import { unread } from './unread.ts'

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

export const SIZE_FIELDS = ['aspect_ratio', 'resolution', 'size', 'image_size']

/** The models' own words of an amount of pixels, whichever field they stand in. */
const TIER = /^(512|1K|2K|4K|(0\.5|1|2) MP)$/i
/** What comes without the field. */
const DEFAULTS = ['auto', 'optimize_for_quality']

const MATCH = 'match_input_image'

type Fields = Record<string, unknown>

/** A body as one of OpenAI's, and what its fields are called. */
interface Translated {
  sent: Fields
  names: OwnNames
  /** The shape of the first image is wanted. */
  matches: boolean
}

/**
 * A body of Oxen's vocabulary as the request that it means. Where its images belong and how long its
 * caller waits is the gateway's business; what no field of ours means is left to the parameter policy.
 */
export function readOxen(json: unknown, context: ParseContext): Submission {
  const read = OwnFields.safeParse(json)
  if (!read.success) throw invalidBody(read.error, json)
  const body: Fields = Object.fromEntries(Object.entries(read.data).filter(([, it]) => it != null))
  if (body['prompt'] === undefined || body['prompt'] === '') throw noPrompt()
  const told = translate(body)
  const { submission, names } = parse(told, { ...context, defaultModel: null })
  const { mask_url: mask } = read.data
  const format = told.sent['response_format'] ?? context.responseFormat ?? 'url'
  const understood = {
    ...Object.fromEntries(OXEN_FIELDS),
    ...OwnFields.shape,
    ...(isCounted(body) && { num_images: '' }),
  }
  return {
    ...submission,
    request: {
      ...submission.request,
      mask: mask == null ? null : toInput({ param: 'mask_url', value: mask }, context),
      providerOptions: told.matches ? { aspect_ratio: MATCH } : {},
    },
    delivery: { ...submission.delivery, format: format === 'url' ? 'url' : 'b64' },
    dialect: 'oxen',
    warnings: unread(body, understood, submission.gateway.params),
    names,
  }
}

const noPrompt = (): GatewayError =>
  new GatewayError(errors.invalid('prompt', 'Prompt cannot be empty', 'missing_required_parameter'))

/** Through the door of OpenAI's superset; what it refuses is told under the name that was sent. */
function parse({ sent, names }: Translated, context: ParseContext) {
  try {
    const submission = openaiImages.parse(sent, context)
    const own = new Map(names)
    const checked = (submission.names ?? []).map(([ours, theirs]): OwnNames[number] => [
      ours,
      own.get(theirs) ?? theirs,
    ])
    return { submission, names: [...names, ...checked] }
  } catch (caught) {
    throw caught instanceof GatewayError
      ? new GatewayError(inOwnNames(caught.shown, names))
      : caught
  }
}

function translate(body: Fields): Translated {
  const sent = new Map<string, unknown>()
  // Of images and masks that are missing, too.
  const names = new Map([
    ['image', 'input_image'],
    ['image_url', 'input_image'],
    ['mask', 'mask_url'],
  ])
  const put = (name: string, theirs: string, value: unknown) => {
    const before = names.get(theirs) ?? theirs
    if (sent.has(theirs) && sent.get(theirs) !== value)
      throw invalid(
        name,
        `it says '${String(body[name])}' while '${before}' says '${String(body[before])}'; send one of them`,
      )
    sent.set(theirs, value)
    names.set(theirs, name)
  }
  for (const [name, value] of Object.entries(body)) {
    const theirs = OXEN_FIELDS.get(name)
    if (name === 'output_quality')
      put(name, typeof value === 'number' ? 'output_compression' : 'quality', value)
    else if (name === 'output_format') put(name, name, value === 'jpg' ? 'jpeg' : value)
    else if (SIZE_FIELDS.includes(name)) {
      for (const [as, said] of sizeOf(value) ?? [[theirs!, value]]) put(name, as, said)
    } else if (theirs !== undefined && theirs !== 'mask') put(name, theirs, value)
  }
  for (const [name, off] of [
    ['disable_safety_checker', true],
    ['enable_safety_checker', false],
  ] as const)
    if (body[name] === off) put(name, 'moderation', 'low')
  if (isCounted(body)) put('num_images', 'n', body['num_images'])
  const matches = sent.get('aspect_ratio') === MATCH
  if (matches) sent.delete('aspect_ratio')
  const renamed = [...names].filter(([theirs, own]) => theirs !== own)
  return { sent: Object.fromEntries(sent), names: renamed, matches }
}

/** A model with a count of its own. */
const isCounted = ({ model, num_images: count }: Fields): boolean =>
  count !== undefined && String(model).includes('ideogram-v4')

/** The fields that say the same; undefined for a size in pixels. */
function sizeOf(value: unknown): [name: string, value: string][] | undefined {
  const said = String(value)
  if (TIER.test(said)) return [['resolution', said.toUpperCase()]]
  if (DEFAULTS.includes(said)) return []
  if (said === MATCH) return [['aspect_ratio', said]]
  // `landscape`, and `landscape_4_3` of models whose presets name a ratio.
  const preset = /^(square|portrait|landscape)(?:_hd|_(\d{1,2})_(\d{1,2}))?$/.exec(said)
  if (preset) {
    const [, shape, long = '3', short = '2'] = preset
    const ratio = shape === 'portrait' ? `${short}:${long}` : `${long}:${short}`
    return [['aspect_ratio', shape === 'square' ? '1:1' : ratio]]
  }
  return parseRatio(said) ? [['aspect_ratio', said]] : undefined
}
