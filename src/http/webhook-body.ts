import type { Context } from 'hono'
import * as z from 'zod/mini'
import { errors, GatewayError } from '../core/error.ts'
import { EVENT_TYPES } from '../core/event-type.ts'
import { checkTenantUrl } from '../outbound/tenant-url.ts'
import type { App } from './context.ts'

const text = z.nullish(z.string().check(z.maxLength(200)))
/** Null or empty = all. */
const types = z.nullish(z.array(z.enum(EVENT_TYPES)).check(z.maxLength(EVENT_TYPES.length)))
const url = z.string().check(z.minLength(1))

export const NewEndpointBody = z.strictObject({
  url,
  name: text,
  description: text,
  event_types: types,
})

export const EndpointChangeBody = z.strictObject({
  url: z.nullish(url),
  name: text,
  description: text,
  event_types: types,
  enabled: z.nullish(z.boolean()),
})

export const RotateBody = z.strictObject({
  keep_old_secret_active_for_24_hours: z.nullish(z.boolean()),
})

/** Sent to an endpoint to see whether it takes events. */
export const TEST_EVENT = 'webhook.test'
export const TestBody = z.strictObject({
  event_type: z.nullish(z.enum([...EVENT_TYPES, TEST_EVENT])),
})

/** What a body says of an endpoint; what it leaves out is left out. */
export const settingsOf = (body: z.infer<typeof EndpointChangeBody>) => ({
  ...(body.name != null && { name: body.name }),
  ...(body.description != null && { description: body.description }),
  ...(body.event_types !== undefined && { events: body.event_types ?? [] }),
})

/** @throws GatewayError 400 for an address that must not be called. */
export function requireUrl(c: Context<App>, given: string): string {
  const checked = checkTenantUrl(given, { allowPrivate: c.env.ALLOW_PRIVATE_URLS === 'true' })
  if (checked.ok) return given
  throw new GatewayError(errors.invalid('url', `Invalid 'url': ${checked.reason}`))
}
