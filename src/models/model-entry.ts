import * as z from 'zod/mini'
import { deepest, expectation, valueAt } from '../core/issue.ts'
import type { Capabilities, Model, Route } from '../core/model.ts'
import { fromUsd } from '../core/money.ts'
import { Limits } from './limits.ts'

export const modelName = z
  .string()
  .check(z.regex(/^[!-~]{1,200}$/, 'Not a name: 1 to 200 visible ASCII characters.'))

const price = z.strictObject({
  unit: z.literal('image'),
  usd: z.number().check(
    z.minimum(0),
    z.refine((usd) => fromUsd(usd) !== null, 'Not an amount in USD of at most six decimals.'),
  ),
})

/** What operators may say of a model, wherever they name it. */
export const entryFields = {
  base: z.optional(modelName),
  price: z.nullish(z.array(price).check(z.length(1))),
  limits: z.optional(Limits),
  timing: z.optional(
    z.strictObject({
      usualSeconds: z.number().check(z.minimum(0)),
      timeoutSeconds: z.number().check(z.minimum(1), z.maximum(840)),
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
  aliases: given.aliases ?? model.aliases,
  routes: given.routes ?? model.routes,
  timing: given.timing ?? model.timing,
  hidden: given.hidden ?? model.hidden,
  capabilities: limited(model.capabilities, given.limits ?? {}),
})

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
