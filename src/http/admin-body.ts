import type { Context } from 'hono'
import * as z from 'zod/mini'
import { errors, GatewayError } from '../core/error.ts'
import { fromUsd, MAX_USD, type Micros } from '../core/money.ts'
import { RETENTION } from '../core/retention.ts'
import { invalidBody } from '../dialects/invalid.ts'
import type { App } from './context.ts'
import { KEY_CHANGE, KEY_FIELDS } from './key-body.ts'
import { readJson } from './read-json.ts'
import { TAG_NAME } from './usage-request.ts'

const text = z.string().check(z.minLength(1), z.maxLength(200))
const tagName = z
  .string()
  .check(
    z.refine((name) => TAG_NAME.test(name), 'expected 1 to 64 of a-z, A-Z, 0-9, "_", "." and "-"'),
  )
const models = z.nullish(z.array(text).check(z.maxLength(1000)))

const usd = z.number().check(z.minimum(0), z.maximum(MAX_USD))
const count = (least: number) => z.nullish(z.int().check(z.minimum(least), z.maximum(1e9)))

/** Of a tenant or a key; null = no limit. */
export const LimitsBody = z.nullish(
  z.strictObject({
    requests_per_minute: count(1),
    images_per_minute: count(1),
    running: count(1),
    queued: count(0),
    pixels_per_image: count(1),
  }),
)

/** Most that a key may spend in a day or a month of UTC. */
export const BudgetBody = z.nullish(z.strictObject({ usd, period: z.enum(['day', 'month']) }))

const tenantSettings = {
  models,
  limits: LimitsBody,
  response_format: z.nullish(z.enum(['url', 'b64_json'])),
  retention_seconds: z.nullish(
    z.int().check(z.minimum(RETENTION.least), z.maximum(RETENTION.most)),
  ),
  multiplier: z.nullish(z.number().check(z.minimum(0), z.maximum(100))),
  /** Metadata keys that usage is counted by, beside `user`. */
  usage_tags: z.nullish(z.array(tagName).check(z.maxLength(8))),
}

export const NewTenantBody = z.strictObject({
  name: text,
  balance_usd: z.nullish(usd),
  ...tenantSettings,
  /** Where the tenant's object is placed (Durable Objects, location hints). */
  region: z.nullish(z.enum(['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'])),
})

/** What is missing stays as it is. */
export const ChangeTenantBody = z.strictObject({
  name: z.optional(text),
  status: z.optional(z.enum(['active', 'suspended'])),
  ...tenantSettings,
})

const bounds = { limits: LimitsBody, budget: BudgetBody }

export const ChangeKeyBody = z.strictObject({ ...KEY_CHANGE, ...bounds })

export const NewKeyBody = z.strictObject({ ...KEY_FIELDS, ...bounds })

export const CreditBody = z.strictObject({
  amount_usd: z.number().check(z.minimum(-MAX_USD), z.maximum(MAX_USD)),
  reference: text,
})

/** The admin's body, held against its schema: unknown keys are refused, because an operator's typing error costs money. */
export async function readBody<Schema extends z.ZodMiniType>(
  c: Context<App>,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const json = await readJson(c)
  const read = schema.safeParse(json)
  if (!read.success) throw invalidBody(read.error, json)
  return read.data
}

/** As `readBody`; clients leave out a body in which nothing must be said, and may name its type all the same. */
export const readOptionalBody = async <Schema extends z.ZodMiniType>(
  c: Context<App>,
  schema: Schema,
): Promise<z.infer<Schema>> =>
  c.req.raw.body && c.req.header('content-length') !== '0' ? readBody(c, schema) : schema.parse({})

/** @throws GatewayError 400 for more than six decimals. */
export function micros(amount: number, param: string): Micros {
  const exact = fromUsd(amount)
  if (exact !== null) return exact
  const message = `Invalid '${param}': expected USD with at most six decimals, received ${amount}.`
  throw new GatewayError(errors.invalid(param, message))
}
