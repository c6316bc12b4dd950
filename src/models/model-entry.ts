import * as z from 'zod/mini'
import { deepest, expectation, valueAt } from '../core/issue.ts'
import type { Capabilities, Model, Route } from '../core/model.ts'
import { fromUsd } from '../core/money.ts'
import type { PriceLine as Line } from '../core/price.ts'
import { parseDay } from '../core/seconds.ts'
import { faultOf, Limits, size } from './limits.ts'
import { oneOf } from './one-of.ts'
import { TIER_SIDE } from './size-rule.ts'

/** A text of this form. */
export const matching = (form: RegExp, message: string) =>
  z.string().check(z.refine((text) => form.test(text), message))

export const modelName = matching(
  /^[!-~]{1,200}$/,
  'Not a name: 1 to 200 visible ASCII characters.',
)

/** Larger ones are typing errors, and sums of them would not be exact. */
const usd = z.number().check(
  z.minimum(0),
  z.maximum(1e6),
  z.refine((amount) => fromUsd(amount) !== null, 'Not an amount in USD of at most six decimals.'),
)
const whole = z.int().check(z.minimum(1), z.maximum(1e8))
const word = z.optional(z.string())
const when = z.strictObject({
  size: z.optional(size),
  quality: word,
  resolution: z.optional(z.enum(Object.keys(TIER_SIDE))),
})
const line = {
  when: z.optional(when),
  effective_from: z.optional(
    z.string().check(z.refine((text) => parseDay(text) !== null, 'Not a day such as 2026-11-20.')),
  ),
  source: word,
}

export const PriceLine = oneOf<Line>('unit', {
  image: z.strictObject({ unit: z.enum(['image']), usd, ...line }),
  input: z.strictObject({ unit: z.enum(['input']), usd, ...line }),
  step: z.strictObject({ unit: z.enum(['step']), usd, steps: whole, ...line }),
  megapixel: z.strictObject({
    unit: z.enum(['megapixel']),
    usd,
    block: z.optional(whole),
    above: z.optional(whole),
    steps: z.optional(whole),
    ...line,
  }),
  token: z.strictObject({
    unit: z.enum(['token']),
    of: z.enum([
      'text_in',
      'text_in_cached',
      'image_in',
      'image_in_cached',
      'image_out',
      'text_out',
    ]),
    usd_per_million: usd,
    ...line,
  }),
})

/** For each image at most, and for each input. */
const tokens = z.strictObject({
  imageIn: whole,
  imageOut: whole,
  textOut: z.optional(z.int().check(z.minimum(0), z.maximum(1e8))),
})

/** What operators may say of a model, wherever they name it. */
export const entryFields = {
  base: z.optional(modelName),
  price: z.nullish(z.array(PriceLine).check(z.minLength(1), z.maxLength(100))),
  tokens: z.optional(tokens),
  limits: z.optional(Limits),
  timing: z.optional(
    z.strictObject({
      usualSeconds: z.number().check(z.minimum(0)),
      timeoutSeconds: z.number().check(z.minimum(1), z.maximum(780)),
    }),
  ),
  hidden: z.optional(z.boolean()),
}

const Fields = z.strictObject(entryFields)
interface Given extends z.infer<typeof Fields> {
  aliases?: string[] | undefined
  routes?: Route[] | undefined
}

/** The model with what an entry gives: all of it replaces what was there, `limits` key by key. */
export const laidOver = (model: Model, given: Given): Model => ({
  ...model,
  price: given.price === undefined ? model.price : given.price,
  tokens: given.tokens ? { ...given.tokens, textOut: given.tokens.textOut ?? 0 } : model.tokens,
  aliases: given.aliases ?? model.aliases,
  routes: given.routes ?? model.routes,
  timing: given.timing ?? model.timing,
  hidden: given.hidden ?? model.hidden,
  capabilities: limited(model.capabilities, given.limits ?? {}),
})

/** What cannot be meant in a model, by path: limits or a price that contradict themselves or it; null = nothing. */
export function faultOfModel(model: Model): { path: PropertyKey[]; message: string } | null {
  const { price, tokens: bounds, capabilities } = model
  const fault = faultOf(capabilities)
  if (fault) return { ...fault, path: ['limits', fault.path] }
  const words = (capabilities.quality || []).filter((quality) => quality !== 'auto')
  for (const [i, { unit, when: asked }] of (price ?? []).entries()) {
    if (unit === 'token' && !bounds) return { path: ['price'], message: LACKS_TOKENS }
    const { quality } = asked ?? {}
    if (quality !== undefined && !words.includes(quality)) {
      const message = `The model has no such quality. Known: ${words.join(', ') || 'none'}.`
      return { path: ['price', i, 'when', 'quality'], message }
    }
  }
  return null
}

const LACKS_TOKENS = 'A price per token needs "tokens": the most that an image takes.'

const limited = (capabilities: Capabilities, limits: z.infer<typeof Limits>): Capabilities =>
  Object.assign(
    { ...capabilities },
    Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
  )

/**
 * Reads a JSON variable.
 *
 * @param variable its name, for errors
 * @throws Error that names variable and path, such as `MODELS: gpt-image-2.price.0.usd: ...`
 */
export function readVariable<T>(variable: string, text: string, schema: z.ZodMiniType<T>): T {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unreadable'
    return failAt(variable, [], `Not JSON: ${why}`)
  }
  const read = schema.safeParse(json)
  if (read.success) return read.data
  const issue = deepest(read.error.issues[0]!)
  const isMissing = valueAt(json, issue.path) === undefined
  return failAt(variable, issue.path, isMissing ? 'Missing.' : expectation(issue))
}

/** Refuses a variable by the path of what is wrong in it. */
export function failAt(variable: string, path: readonly PropertyKey[], message: string): never {
  throw new Error([variable, path.map(String).join('.'), message].filter(Boolean).join(': '))
}
