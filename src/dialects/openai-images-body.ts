import * as z from 'zod'
import { Gateway } from './gateway-options.ts'
import { Reference } from './image-reference.ts'

/** Longest prompt in characters (OpenAI Images API). */
const MAX_PROMPT = 32_000
/** A whole number within bounds; whichever bound is missed, the message names both. */
function whole(min: number, max: number) {
  const error = `expected a whole number from ${min} to ${max}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}

/**
 * OpenAI `POST /v1/images/generations` (SDK 7.55 types) as a superset: fields of ModelMax, AI/ML API and
 * Together are understood too. `null` is the same as leaving a field out. Fields that nobody here acts
 * on are let through unread: clients add fields faster than gateways learn them.
 */
export const Body = z.looseObject({
  model: z.string().min(1).max(200).nullish(),
  prompt: z.string().min(1).max(MAX_PROMPT),
  n: whole(1, 10).nullish(),
  num_images: whole(1, 10).nullish(),
  size: z.string().max(20).nullish(),
  width: whole(1, 20_000).nullish(),
  height: whole(1, 20_000).nullish(),
  aspect_ratio: z.string().max(20).nullish(),
  resolution: z.enum(['512', '1K', '2K', '4K']).nullish(),
  quality: z
    .enum(['low', 'medium', 'high', 'xhigh', 'max', 'auto', 'standard', 'hd', 'draft'])
    .nullish(),
  style: z.enum(['vivid', 'natural']).nullish(),
  background: z.enum(['transparent', 'opaque', 'auto']).nullish(),
  moderation: z.enum(['low', 'auto']).nullish(),
  safety_tolerance: z.enum(['1', '2', '3', '4', '5', '6']).nullish(),
  output_format: z.enum(['png', 'jpeg', 'webp', 'gif']).nullish(),
  output_compression: whole(0, 100).nullish(),
  stream: z.boolean().nullish(),
  partial_images: whole(0, 3).nullish(),
  response_format: z.enum(['url', 'b64_json', 'base64']).nullish(),
  user: z.string().max(512).nullish(),
  safety_identifier: z.string().max(512).nullish(),
  complexity: z.enum(['low', 'medium', 'high']).nullish(),
  frame_count: whole(2, 16).nullish(),
  frame_duration_ms: whole(0, 655_350).nullish(),
  svg: z.null('SVG output is not offered').optional(),
  seed: whole(0, Number.MAX_SAFE_INTEGER).nullish(),
  steps: whole(1, 1000).nullish(),
  num_inference_steps: whole(1, 1000).nullish(),
  guidance_scale: z.number().min(0).max(100).nullish(),
  negative_prompt: z.string().max(MAX_PROMPT).nullish(),
  image_url: z.union([Reference, z.array(Reference).min(1).max(16)]).nullish(),
  image_urls: z.array(Reference).min(1).max(16).nullish(),
  provider_options: z.strictObject({}).nullish(),
  gateway: Gateway,
})

export type ImagesBody = z.infer<typeof Body>
