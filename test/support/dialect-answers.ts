import * as z from 'zod'

const usd = z.number().min(0)
const words = z.string().min(1)
const requestId = z.string().regex(/^req_\w{32}$/)

/** What ModelMax's documents state of an answer, and nothing beside it. */
export const ModelmaxImages = z.strictObject({
  created: z.int(),
  data: z
    .array(
      z.union([
        z.strictObject({ url: z.url(), revised_prompt: z.optional(words) }),
        z.strictObject({ b64_json: z.base64(), revised_prompt: z.optional(words) }),
      ]),
    )
    .min(1),
  usage: z.strictObject({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    total_tokens: z.int(),
  }),
})

export const ModelmaxError = z.strictObject({
  error: z.strictObject({
    message: words,
    type: z.enum([
      'bad_request',
      'unauthorized',
      'insufficient_balance',
      'internal_error',
      'bad_gateway',
      // Not in its documents.
      'forbidden',
      'rate_limit_exceeded',
    ]),
  }),
})

const data = z.union([
  z.strictObject({ url: z.url(), b64_json: z.null(), revised_prompt: z.optional(words) }),
  z.strictObject({ url: z.null(), b64_json: z.base64(), revised_prompt: z.optional(words) }),
])

/** Both spellings of AI/ML API in one answer. */
export const AimlImages = z.strictObject({
  created: z.int(),
  images: z
    .array(
      z.strictObject({
        url: z.url(),
        width: z.int(),
        height: z.int(),
        content_type: z.string().startsWith('image/'),
        file_name: z.null(),
        file_size: z.int(),
      }),
    )
    .min(1),
  data: z.array(data).min(1),
  timings: z.strictObject({ inference: z.optional(z.number()) }),
  seed: z.nullable(z.int()),
  has_nsfw_concepts: z.array(z.boolean()),
  prompt: words,
  meta: z.strictObject({
    usage: z.nullable(z.strictObject({ credits_used: z.int(), usd_spent: usd })),
  }),
})

export const openaiError = z.strictObject({
  message: words,
  type: words,
  param: z.nullable(z.string()),
  code: z.nullable(z.string()),
})

export const OpenaiError = z.strictObject({ error: openaiError })

export const AimlError = z.strictObject({
  message: words,
  path: z.string().startsWith('/aiml'),
  requestId,
  statusCode: z.int(),
  timestamp: z.iso.datetime(),
  error: openaiError,
})

const rate = z.strictObject({
  price: usd,
  unit: words,
  per: z.int().min(1),
  when: z.optional(z.record(z.string(), z.string())),
})

export const AimlModel = z.strictObject({
  id: words,
  aliases: z.array(words),
  type: z.literal('image'),
  info: z.strictObject({ name: words, developer: words }),
  tags: z.array(words),
  modalities: z.optional(
    z.strictObject({ input: z.array(words).min(1), output: z.tuple([z.literal('image')]) }),
  ),
  capabilities: z.optional(z.array(z.enum(['text_to_image', 'image_to_image'])).min(1)),
  pricing: z.optional(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('variable'), currency: z.literal('USD') }),
      z.strictObject({
        kind: z.literal('fixed'),
        currency: z.literal('USD'),
        units: z.array(rate).min(1),
      }),
      z.strictObject({
        kind: z.literal('variants'),
        currency: z.literal('USD'),
        dimensions: z.array(words).min(1),
        variants: z.array(rate).min(2),
      }),
    ]),
  ),
})

export const AimlModels = z.strictObject({
  object: z.literal('list'),
  data: z.array(AimlModel),
})

/** `GET /modelmax/v1/config`. */
export const ModelmaxConfig = z.strictObject({ balance: z.nullable(z.number()) })
