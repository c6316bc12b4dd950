import * as z from 'zod'
import type { Capabilities, SizeRule } from '../core/model.ts'
import { parseRatio, parseSize } from '../core/size.ts'
import { fixedSizes, isLegal, isTier } from './size-rule.ts'

const size = z.string().refine((text) => parseSize(text) !== null, 'Not a size such as 1024x1024.')
const ratio = z.string().refine((text) => parseRatio(text) !== null, 'Not a ratio such as 16:9.')
const side = z.int().min(1).max(20_000)
const words = z.union([z.literal(false), z.array(z.string().min(1)).min(1)])
const bounds = z.union([
  z.literal(false),
  z
    .strictObject({ min: z.number(), max: z.number() })
    .refine((it) => it.min <= it.max, 'min > max.'),
])

/** `16:9`, or `16:9@2K` for what `resolution` 2K gives. */
const pixelsKey = z.string().refine((key) => {
  const [label = '', tier, ...rest] = key.split('@')
  return parseRatio(label) !== null && rest.length === 0 && (tier === undefined || isTier(tier))
}, 'Not a ratio such as 16:9 or 16:9@2K.')

const sizeRule = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z.literal('free'),
    minSide: side,
    maxSide: side,
    multiple: side,
    maxRatio: z.number().min(1),
    maxPixels: z.int().min(1).nullable(),
    default: size.nullable(),
  }),
  z.strictObject({
    mode: z.literal('list'),
    sizes: z.array(size).min(1),
    auto: z.boolean(),
    default: size.nullable(),
  }),
  z.strictObject({
    mode: z.literal('ratio'),
    default: size.nullable(),
    pixels: z.record(pixelsKey, size),
  }),
])

/** The keys of a capability record that `MODELS` may replace, each whole. */
export const Limits = z.strictObject({
  operations: z
    .array(z.enum(['generate', 'edit']))
    .min(1)
    .optional(),
  promptMax: z.int().min(1).optional(),
  countMax: z.int().min(1).max(10).optional(),
  size: sizeRule.optional(),
  aspect: z.union([z.literal(false), z.literal('derive'), z.array(ratio).min(1)]).optional(),
  quality: words.optional(),
  style: words.optional(),
  background: z
    .union([z.literal(false), z.array(z.enum(['transparent', 'opaque', 'auto'])).min(1)])
    .optional(),
  formats: z
    .array(z.enum(['png', 'jpeg', 'webp', 'gif']))
    .min(1)
    .optional(),
  compression: z.boolean().optional(),
  moderation: words.optional(),
  seed: bounds.optional(),
  steps: bounds.optional(),
  guidance: bounds.optional(),
  negativePrompt: z.boolean().optional(),
  inputs: z.union([z.literal(false), z.strictObject({ max: z.int().min(1) })]).optional(),
  mask: z.boolean().optional(),
  inputFidelity: z.union([z.literal(false), z.array(z.enum(['high', 'low'])).min(1)]).optional(),
  partials: z.boolean().optional(),
  endUser: z.boolean().optional(),
})

/** What contradicts itself in a capability record, by path; null = nothing. */
export function faultOf(capabilities: Capabilities): { path: string; message: string } | null {
  const { operations, inputs, mask, aspect, size: rule } = capabilities
  const sizeFault = faultOfSize(rule)
  if (sizeFault) return { path: 'size', message: sizeFault }
  if (operations.includes('edit') && !inputs)
    return { path: 'inputs', message: 'An editing model takes at least one image.' }
  if (mask && !inputs) return { path: 'mask', message: 'A mask needs an image.' }
  if (rule.mode === 'ratio' && !hasPixels(aspect, rule))
    return { path: 'aspect', message: 'Each ratio needs its key in size.pixels.' }
  return null
}

const hasPixels = (
  aspect: Capabilities['aspect'],
  { pixels }: Extract<SizeRule, { mode: 'ratio' }>,
): boolean => Array.isArray(aspect) && aspect.every((label) => Object.hasOwn(pixels, label))

function faultOfSize(rule: SizeRule): string | null {
  const start = rule.default === null ? null : parseSize(rule.default)
  if (rule.mode === 'free' && rule.minSide > rule.maxSide) return 'minSide is above maxSide.'
  if (rule.mode !== 'free' && fixedSizes(rule).length === 0) return 'It offers no size.'
  if (!start) return rule.default === null ? null : 'default is not a size.'
  if (rule.mode === 'list' && !rule.sizes.includes(rule.default ?? ''))
    return 'default is not in sizes.'
  return rule.mode === 'free' && !isLegal(start, rule) ? 'default is outside the limits.' : null
}
