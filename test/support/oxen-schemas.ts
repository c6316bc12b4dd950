import * as z from 'zod/mini'

export const MODEL = 'black-forest-labs-flux-2-klein-4b'

const url = z.url()
const uuid = z.uuid()
const seconds = z.nullable(z.int().check(z.minimum(1_700_000_000), z.maximum(10_000_000_000)))

/** Answers of Oxen.ai, as its documentation of 8 August 2026 states them. */
export const Images = z.object({
  model: z.string(),
  created: z.int(),
  images: z
    .array(z.union([z.strictObject({ url }), z.strictObject({ b64_json: z.base64() })]))
    .check(z.minLength(1)),
})

const STATUSES = ['queued', 'processing', 'succeeded', 'failed', 'cancelled'] as const

export const Enqueued = z.strictObject({
  generations: z
    .array(z.strictObject({ generation_id: uuid, status: z.enum(STATUSES) }))
    .check(z.minLength(1), z.maxLength(4)),
})

const ten = {
  generation_id: uuid,
  model_name: z.string(),
  prompt: z.nullable(z.string()),
  media_type: z.literal('image'),
  status: z.enum(STATUSES),
  result_url: z.nullable(url),
  error_message: z.nullable(z.string().check(z.minLength(1))),
  enqueued_at: seconds,
  started_at: seconds,
  completed_at: seconds,
}

/** The ten keys, nulls included, and no nonsense among them. */
export const Generation = z.looseObject(ten).check(
  z.refine((it) => (it.status === 'succeeded') === (it.result_url !== null), 'result_url'),
  z.refine((it) => (it.status === 'failed') === (it.error_message !== null), 'error_message'),
  z.refine(
    (it) => ['queued', 'processing'].includes(it.status) === (it.completed_at === null),
    'completed_at',
  ),
  z.refine(
    (it) => it.enqueued_at! <= (it.started_at ?? it.enqueued_at!),
    'enqueued before it started',
  ),
  z.refine(
    (it) => (it.started_at ?? 0) <= (it.completed_at ?? Infinity),
    'started before it was completed',
  ),
)

export const List = z.strictObject({ count: z.int(), generations: z.array(Generation) })

/** What a DELETE answers. */
export const Cancelled = z.strictObject({ status: z.literal('success'), generation_id: uuid })

export const Completion = z.union([
  z.strictObject({
    generation_id: uuid,
    status: z.literal('succeeded'),
    media_type: z.literal('image'),
    model: z.string(),
    url,
  }),
  z.strictObject({
    generation_id: uuid,
    status: z.literal('failed'),
    media_type: z.literal('image'),
    model: z.string(),
    error: z.string().check(z.minLength(1)),
  }),
])

/** Both shapes have a message for generic clients. */
export const Refusal = z.union([
  z.strictObject({
    error: z.strictObject({
      type: z.string(),
      title: z.string(),
      detail: z.string(),
      message: z.string(),
    }),
    status: z.literal('error'),
    status_message: z.string(),
  }),
  z.strictObject({
    error: z.strictObject({ message: z.string(), detail: z.optional(z.string()) }),
  }),
])

export const Model = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
  display_name: z.string(),
  model_type: z.enum(['base', 'custom']),
  endpoint: z.enum(['/images/generate', '/images/edit']),
  capabilities: z.strictObject({ input: z.array(z.string()), output: z.array(z.string()) }),
  pricing: z.nullable(
    z.object({ method: z.enum(['token', 'per_image']), cost_per_image: z.nullable(z.number()) }),
  ),
  deployments: z.array(z.object({ status: z.enum(['active', 'inactive']) })),
  developer: z.object({ name: z.string(), logo: z.nullable(z.string()) }),
  request_schema: z.object({
    type: z.literal('object'),
    properties: z.record(z.string(), z.looseObject({})),
    required: z.array(z.string()),
  }),
})

export const Models = z.strictObject({ object: z.literal('list'), data: z.array(Model) })
