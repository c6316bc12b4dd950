import * as z from 'zod/mini'

const words = z.string()
const seconds = z.nullable(z.int())
const usd = z.nullable(z.number())

const Image = z.looseObject({
  url: z.optional(words),
  b64_json: z.optional(words),
  revised_prompt: z.optional(words),
  width: z.nullable(z.int()),
  height: z.nullable(z.int()),
  content_type: words,
  seed: z.optional(z.int()),
})

const status = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'])

/** What a job and its line in a list have in common. */
const job = {
  id: words,
  object: z.literal('image.job'),
  livemode: z.boolean(),
  status,
  created_at: z.int(),
  started_at: seconds,
  completed_at: seconds,
  expires_at: z.int(),
  model: words,
  provider: z.nullable(words),
}

const warning = z.looseObject({ param: z.nullable(words), message: words })

/** Of jobs and their images; what is not said here may come, too. */
export const IMAGE_ANSWERS = {
  Images: z.looseObject({
    created: z.int(),
    data: z.array(Image),
    usage: z.looseObject({ total_tokens: z.int() }),
  }),
  ModelmaxImages: z.looseObject({
    created: z.int(),
    data: z.array(z.looseObject({ url: z.optional(words), b64_json: z.optional(words) })),
    usage: z.looseObject({ total_tokens: z.int() }),
  }),
  AimlImages: z.looseObject({
    created: z.int(),
    images: z.array(z.looseObject({ url: words, content_type: words })),
    data: z.array(z.looseObject({ url: z.nullable(words), b64_json: z.nullable(words) })),
    seed: z.nullable(z.int()),
    prompt: words,
    meta: z.looseObject({}),
  }),
  OxenImages: z.looseObject({
    model: words,
    created: z.int(),
    images: z.array(z.looseObject({ url: z.optional(words), b64_json: z.optional(words) })),
  }),
  OxenQueued: z.looseObject({
    generations: z.array(z.looseObject({ generation_id: words, status: words })),
  }),
  Response: z.looseObject({
    id: words,
    object: z.literal('response'),
    status: z.enum(['queued', 'in_progress', 'completed', 'failed', 'cancelled', 'incomplete']),
    output: z.array(z.looseObject({ type: words })),
  }),
  Plan: z.looseObject({
    object: z.literal('gateway.plan'),
    model: words,
    routes: z.array(z.looseObject({ upstream: words })),
    worst_cost_usd: usd,
    usual_seconds: z.number(),
    warnings: z.array(warning),
  }),
  Job: z.looseObject({
    ...job,
    progress: z.nullable(z.looseObject({ stage: words })),
    data: z.array(
      z.looseObject({ url: words, content_type: words, bytes: z.int(), sha256: words }),
    ),
    error: z.nullable(z.looseObject({ message: words, type: words, code: z.nullable(words) })),
    attempts: z.array(z.looseObject({ upstream: words, outcome: z.nullable(words) })),
    cost: z.looseObject({ usd, reserved_usd: usd }),
    warnings: z.array(warning),
    metadata: z.record(words, words),
    reused: z.boolean(),
    urls: z.looseObject({
      get: words,
      cancel: words,
      events: words,
      watch: words,
      images: z.array(words),
    }),
  }),
  JobSummary: z.looseObject({
    ...job,
    dialect: words,
    n: z.int(),
    cost: z.looseObject({ usd }),
    error_code: z.nullable(words),
  }),
  OxenGeneration: z.looseObject({
    generation_id: words,
    model_name: words,
    status: z.enum(['queued', 'processing', 'succeeded', 'failed', 'cancelled']),
    result_url: z.nullable(words),
    error_message: z.nullable(words),
    enqueued_at: seconds,
    started_at: seconds,
    completed_at: seconds,
  }),
  PendingImage: z.looseObject({ status: z.literal('pending'), message: words }),
  Receipt: z.looseObject({ receipt: words, payload: z.looseObject({}) }),
}
