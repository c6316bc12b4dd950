import * as z from 'zod/mini'
import { MAX_INPUTS } from '../core/request.ts'
import { flag, text, whole } from './fields.ts'
import { Gateway } from './gateway-options.ts'
import { Reference } from './image-reference.ts'
import { ImageSize, Resolution } from './image-size.ts'

/** Longest prompt in characters (OpenAI Images API). */
const MAX_PROMPT = 32_000
const References = z.array(Reference).check(z.minLength(1), z.maxLength(MAX_INPUTS))

/**
 * OpenAI `POST /v1/images/generations` (SDK 7.55 types) as a superset: fields of ModelMax, AI/ML API and
 * Together are understood too. `null` is the same as leaving a field out. Fields that nobody here acts
 * on are left out with a warning: clients add fields faster than gateways learn them.
 */
export const Body = z.looseObject({
  model: z.nullish(z.string().check(z.minLength(1), z.maxLength(200))),
  prompt: z.string().check(z.minLength(1), z.maxLength(MAX_PROMPT)),
  n: whole(1, 10),
  // AI/ML API's name and most.
  num_images: whole(1, 4),
  size: text(20),
  width: whole(1, 20_000),
  height: whole(1, 20_000),
  aspect_ratio: text(20),
  resolution: z.nullish(Resolution),
  image_size: z.nullish(ImageSize),
  quality: z.nullish(
    z.enum(['low', 'medium', 'high', 'xhigh', 'max', 'auto', 'standard', 'hd', 'draft']),
  ),
  style: z.nullish(z.enum(['vivid', 'natural'])),
  background: z.nullish(z.enum(['transparent', 'opaque', 'auto'])),
  moderation: z.nullish(z.enum(['low', 'auto'])),
  safety_tolerance: z.nullish(z.enum(['1', '2', '3', '4', '5', '6'])),
  output_format: z.nullish(z.enum(['png', 'jpeg', 'webp', 'gif'])),
  output_compression: whole(0, 100),
  stream: flag,
  partial_images: whole(0, 3),
  response_format: z.nullish(z.enum(['url', 'b64_json', 'base64'])),
  user: text(512),
  safety_identifier: text(512),
  complexity: z.nullish(z.enum(['low', 'medium', 'high'])),
  frame_count: whole(2, 16),
  frame_duration_ms: whole(0, 655_350),
  svg: z.nullish(z.enum([], 'expected nothing: SVG output is not offered')),
  seed: whole(0, Number.MAX_SAFE_INTEGER),
  steps: whole(1, 1000),
  num_inference_steps: whole(1, 1000),
  guidance_scale: z.nullish(z.number().check(z.minimum(0), z.maximum(100))),
  negative_prompt: text(MAX_PROMPT),
  image_url: z.nullish(z.union([Reference, References])),
  image_urls: z.nullish(References),
  provider_options: z.nullish(z.strictObject({})),
  gateway: Gateway,
})

export type ImagesBody = z.infer<typeof Body>
