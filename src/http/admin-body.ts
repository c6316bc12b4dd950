import type { Context } from 'hono'
import * as z from 'zod'
import { errors, GatewayError } from '../core/error.ts'
import { fromUsd, MAX_USD, type Micros } from '../core/money.ts'
import { SCOPES } from '../core/tenant.ts'
import { invalidBody } from '../dialects/invalid.ts'
import type { App } from './context.ts'
import { readJson } from './read-json.ts'

const name = z.string().min(1).max(200)
const models = z.array(z.string().min(1).max(200)).max(1000).nullish()
const usd = z.number().min(0).max(MAX_USD)

export const NewTenantBody = z.strictObject({
  name,
  balance_usd: usd.nullish(),
  models,
  response_format: z.enum(['url', 'b64_json']).nullish(),
  retention_seconds: z
    .int()
    .min(300)
    .max(365 * 86_400)
    .nullish(),
  multiplier: z.number().min(0).max(100).nullish(),
  /** Where the tenant's object is placed (Durable Objects, location hints). */
  region: z.enum(['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me']).nullish(),
})

export const NewKeyBody = z.strictObject({
  name,
  test: z.boolean().nullish(),
  scopes: z.array(z.enum(SCOPES)).min(1).nullish(),
  models,
  /** Seconds from now. */
  expires_in: z.int().min(1).nullish(),
})

export const CreditBody = z.strictObject({
  amount_usd: z.number().min(-MAX_USD).max(MAX_USD),
  reference: z.string().min(1).max(200),
})

/** The admin's body, held against its schema: unknown keys are refused, because an operator's typing error costs money. */
export async function readBody<Schema extends z.ZodType>(
  c: Context<App>,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const json = await readJson(c)
  const read = schema.safeParse(json)
  if (!read.success) throw invalidBody(read.error, json)
  return read.data
}

/** @throws GatewayError 400 for more than six decimals. */
export function micros(amount: number, param: string): Micros {
  const exact = fromUsd(amount)
  if (exact !== null) return exact
  const message = `Invalid '${param}': expected USD with at most six decimals, received ${amount}.`
  throw new GatewayError(errors.invalid(param, message))
}
