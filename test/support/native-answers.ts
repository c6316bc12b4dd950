import * as z from 'zod'

const seconds = z.nullable(z.int())
const usd = z.nullable(z.number().min(0))
const words = z.string().min(1)
export const jobId = z.string().regex(/^job_[a-z2-7]{26}$/)

export const jobImage = z.strictObject({
  url: z.url(),
  width: z.nullable(z.int()),
  height: z.nullable(z.int()),
  content_type: z.string().startsWith('image/'),
  bytes: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  seed: z.optional(z.int()),
  revised_prompt: z.optional(z.string()),
  content_credentials: z.optional(z.literal(true)),
})

const Attempt = z.strictObject({
  upstream: words,
  started_at: seconds,
  ended_at: seconds,
  outcome: z.nullable(words),
  status: z.nullable(z.int()),
  upstream_request_id: z.nullable(z.string()),
  upstream_job_id: z.nullable(z.string()),
})

export const progress = z.strictObject({
  stage: words,
  queue_position: z.optional(z.int()),
  fraction: z.optional(z.number().min(0).max(1)),
})

export const jobError = z.strictObject({
  message: words,
  type: words,
  param: z.nullable(z.string()),
  code: z.nullable(words),
})

const STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'] as const

/** The job JSON of this gateway, whatever API its request came by. */
export const NativeJob = z.strictObject({
  id: jobId,
  object: z.literal('image.job'),
  livemode: z.boolean(),
  status: z.enum(STATUSES),
  created_at: z.int(),
  started_at: seconds,
  completed_at: seconds,
  expires_at: z.int(),
  model: words,
  provider: z.nullable(words),
  progress: z.nullable(progress),
  data: z.array(jobImage),
  error: z.nullable(jobError),
  attempts: z.array(Attempt),
  usage: z.nullable(
    z.strictObject({ input_tokens: z.int(), output_tokens: z.int(), total_tokens: z.int() }),
  ),
  cost: z.strictObject({ usd, reserved_usd: usd }),
  warnings: z.array(z.strictObject({ param: z.nullable(z.string()), message: words })),
  metadata: z.record(z.string(), z.string()),
  reused: z.boolean(),
  reusable_until: z.optional(z.int()),
  urls: z.strictObject({
    get: z.url(),
    cancel: z.url(),
    events: z.url(),
    watch: z.url(),
    images: z.array(z.url()),
  }),
})

const Summary = z.strictObject({
  id: jobId,
  object: z.literal('image.job'),
  livemode: z.boolean(),
  status: z.enum(STATUSES),
  created_at: z.int(),
  started_at: seconds,
  completed_at: seconds,
  expires_at: z.int(),
  model: words,
  provider: z.nullable(words),
  dialect: words,
  n: z.int().min(1),
  cost: z.strictObject({ usd }),
  error_code: z.nullable(words),
})

export const NativeJobs = z.strictObject({
  object: z.literal('list'),
  data: z.array(Summary),
  has_more: z.boolean(),
  last_id: z.nullable(words),
})
