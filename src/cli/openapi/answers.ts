import * as z from 'zod/mini'
import { IMAGE_ANSWERS } from './image-answers.ts'

const words = z.string()
const seconds = z.nullable(z.int())
const usd = z.nullable(z.number())
const { JobSummary, OxenGeneration } = IMAGE_ANSWERS

/** In the shape of OpenAI's lists. */
const listOf = (item: z.ZodMiniType) =>
  z.looseObject({ object: z.literal('list'), data: z.array(item) })
const pageOf = (item: z.ZodMiniType) =>
  z.looseObject({
    ...listOf(item).shape,
    has_more: z.boolean(),
    last_id: z.nullable(z.union([words, z.int()])),
  })

const error = z.looseObject({
  message: words,
  type: words,
  param: z.nullable(words),
  code: z.nullable(words),
})

/** Of refusals and failures, by the API of the path. */
const ERRORS = {
  OpenaiError: z.looseObject({ error }),
  ModelmaxError: z.looseObject({ error: z.looseObject({ message: words, type: words }) }),
  AimlError: z.looseObject({
    message: words,
    path: words,
    requestId: words,
    statusCode: z.int(),
    timestamp: words,
    error,
  }),
  OxenError: z.looseObject({ error: z.looseObject({ message: words }) }),
}

const Model = z.looseObject({
  id: words,
  object: z.literal('model'),
  created: z.int(),
  owned_by: words,
})
const AimlModel = z.looseObject({ id: words, type: words })

const Key = z.looseObject({
  id: words,
  object: z.literal('key'),
  name: words,
  livemode: z.boolean(),
  scopes: z.array(words),
  expires_at: seconds,
  revoked_at: seconds,
})
const Tenant = z.looseObject({
  id: words,
  object: z.literal('tenant'),
  status: z.enum(['active', 'suspended', 'deleting', 'deleted']),
})
const TenantName = z.looseObject({ id: words, name: words, deleted_at: seconds })
const Upstream = z.looseObject({
  id: words,
  provider: words,
  // Null where it could not be told.
  health: z.nullable(
    z.looseObject({
      open_until: seconds,
      pace_until: seconds,
      last_errors: z.array(z.looseObject({ at: z.int(), kind: words })),
    }),
  ),
})
const WebhookEndpoint = z.looseObject({
  id: words,
  object: z.literal('webhook_endpoint'),
  // Null for the place that stands for the addresses of requests.
  url: z.nullable(words),
  event_types: z.array(words),
  status: z.enum(['enabled', 'disabled']),
})
const WebhookDelivery = z.looseObject({
  id: words,
  object: z.literal('webhook_delivery'),
  status: words,
})
const Entry = z.looseObject({ id: z.int(), at: seconds })

/** By their names in the document; what is not said here may come, too. */
export const ANSWERS = {
  ...ERRORS,
  ...IMAGE_ANSWERS,
  Health: z.looseObject({ status: z.literal('ok') }),
  Jobs: pageOf(JobSummary),
  Model,
  Models: listOf(Model),
  AimlModel,
  AimlModels: listOf(AimlModel),
  OxenGenerations: z.looseObject({ count: z.int(), generations: z.array(OxenGeneration) }),
  OxenCancelled: z.looseObject({ status: z.literal('success'), generation_id: words }),
  InputItems: pageOf(z.looseObject({})),
  Deleted: z.looseObject({ id: words, object: words, deleted: z.literal(true) }),
  PublicKeys: z.looseObject({ keys: z.array(z.looseObject({ kid: words })) }),
  Balance: z.looseObject({ balance_usd: usd, reserved_usd: z.number() }),
  ModelmaxConfig: z.looseObject({ balance: usd }),
  Usage: pageOf(z.looseObject({ object: z.literal('usage'), requests: z.int() })),
  Key,
  NewKey: z.looseObject({ ...Key.shape, key: words }),
  Keys: pageOf(Key),
  WebhookEndpoint,
  WebhookEndpoints: pageOf(WebhookEndpoint),
  WebhookDelivery,
  WebhookDeliveries: pageOf(WebhookDelivery),
  WebhookTest: z.looseObject({ object: z.literal('webhook_endpoint.test'), success: z.boolean() }),
  Tenant,
  Tenants: pageOf(TenantName),
  Credited: z.looseObject({ balance_usd: usd, duplicate: z.boolean() }),
  Ledger: pageOf(z.looseObject({ ...Entry.shape, kind: words, amount_usd: z.number() })),
  Audit: pageOf(Entry),
  Upstreams: pageOf(Upstream),
}
