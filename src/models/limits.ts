import * as z from 'zod/mini'
import type { Capabilities, SizeRule } from '../core/model.ts'
import { pairs } from './pairs.ts'
import { parseRatio, parseSize } from '../core/size.ts'
import { oneOf } from './one-of.ts'
import { fixedSizes, isLegal, isTier } from './size-rule.ts'

export const size = z
  .string()
  .check(z.refine((text) => parseSize(text) !== null, 'Not a size such as 1024x1024.'))
const ratio = z
  .string()
  .check(z.refine((text) => parseRatio(text) !== null, 'Not a ratio such as 16:9.'))
/** zod's literals are 0.1 KiB of the Worker. */
const no = z.custom<false>((it: unknown) => it === false)
const count = z.int().check(z.minimum(1))
const side = count.check(z.maximum(20_000))
const some = <T extends z.ZodMiniType>(item: T) => z.array(item).check(z.minLength(1))
const orFalse = <T extends z.ZodMiniType>(schema: T) => z.union([no, schema])
const words = z.optional(orFalse(some(z.string().check(z.minLength(1)))))
const flag = z.optional(z.boolean())
const bounds = z.optional(
  orFalse(
    z
      .strictObject({ min: z.number(), max: z.number() })
      .check(z.refine((it) => it.min <= it.max, 'min > max.')),
  ),
)

/** `16:9`, or `16:9@2K` for what `resolution` 2K gives. */
const pixelsKey = z.string().check(
  z.refine((key) => {
    const [label = '', tier, ...rest] = key.split('@')
    return parseRatio(label) !== null && rest.length === 0 && (tier === undefined || isTier(tier))
  }, 'Not a ratio such as 16:9 or 16:9@2K.'),
)

const sizeRule = oneOf<SizeRule>('mode', {
  free: z.strictObject({
    mode: z.enum(['free']),
    minSide: side,
    maxSide: side,
    multiple: side,
    maxRatio: z.number().check(z.minimum(1)),
    maxPixels: z.nullable(count),
    default: z.nullable(size),
    largest: z.optional(size),
  }),
  list: z.strictObject({
    mode: z.enum(['list']),
    sizes: some(size),
    auto: z.boolean(),
    default: z.nullable(size),
  }),
  ratio: z.strictObject({
    mode: z.enum(['ratio']),
    default: z.nullable(size),
    pixels: pairs(pixelsKey, size),
  }),
})

/** The keys of a capability record that `MODELS` may replace, each whole. */
export const Limits = z.strictObject({
  operations: z.optional(some(z.enum(['generate', 'edit']))),
  promptMax: z.optional(count),
  countMax: z.optional(count.check(z.maximum(10))),
  size: z.optional(sizeRule),
  aspect: z.optional(z.union([no, z.enum(['derive']), some(ratio)])),
  quality: words,
  style: words,
  background: z.optional(orFalse(some(z.enum(['transparent', 'opaque', 'auto'])))),
  formats: z.optional(some(z.enum(['png', 'jpeg', 'webp', 'gif']))),
  compression: flag,
  moderation: words,
  seed: bounds,
  steps: bounds,
  guidance: bounds,
  negativePrompt: flag,
  inputs: z.optional(orFalse(z.strictObject({ max: count }))),
  mask: flag,
  inputFidelity: z.optional(orFalse(some(z.enum(['high', 'low'])))),
  partials: flag,
  endUser: flag,
  own: z.optional(z.array(z.string())),
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
