import * as z from 'zod/mini'
import { parseSize } from '../core/size.ts'
import { Gateway, Metadata } from './gateway-options.ts'
import { Reference } from './image-reference.ts'
import { Body as Images } from './openai-images-body.ts'

const LONGEST_SIDE = 20_000

const text = (max: number) => z.nullish(z.string().check(z.maxLength(max)))
const flag = z.nullish(z.boolean())
const between = (min: number, max: number) =>
  z.nullish(z.number().check(z.minimum(min), z.maximum(max)))

const positive = (most: number) => {
  const error = `expected a number above 0${most === Infinity ? '' : ` and at most ${most}`}`
  return z.nullish(z.number({ error }).check(z.gt(0, { error }), z.maximum(most, { error })))
}

const sideError = `expected a multiple of 8 from 128 to ${LONGEST_SIDE}`
const side = z.nullish(
  z
    .int({ error: sideError })
    .check(
      z.minimum(128, { error: sideError }),
      z.maximum(LONGEST_SIDE, { error: sideError }),
      z.multipleOf(8, { error: sideError }),
    ),
)

const { shape: images } = Images

/** Image options of Modular MAX that one provider alone understands; they are handed on under their names. */
const OWN = {
  true_cfg_scale: positive(Infinity),
  secondary_prompt: images.negative_prompt,
  secondary_negative_prompt: images.negative_prompt,
  strength: positive(1),
  cfg_normalization: flag,
  cfg_truncation: positive(Infinity),
  flow_shift: positive(Infinity),
}
export const OWN_OPTIONS = Object.keys(OWN) as (keyof typeof OWN)[]

/** `provider_options.image` of Modular MAX (modality/image.py). */
const ImageOptions = z.strictObject({
  ...OWN,
  width: side,
  height: side,
  steps: images.steps,
  guidance_scale: images.guidance_scale,
  negative_prompt: images.negative_prompt,
  num_images: images.num_images,
  output_format: z.nullish(z.enum(['jpeg', 'png', 'webp'])),
  response_format: z.nullish(z.enum(['url', 'b64_json'])),
})

/** Its mask, and the options of OpenAI's `image_generation` tool (SDK 7.55 types). */
export const ImageTool = z.object({
  type: z.literal('image_generation'),
  model: images.model,
  size: z.nullish(
    z
      .string()
      .check(
        z.refine(
          (it) => it === 'auto' || parseSize(it) !== null,
          "expected 'auto' or 'WIDTHxHEIGHT' such as '1024x1024'",
        ),
      ),
  ),
  quality: images.quality,
  background: images.background,
  moderation: images.moderation,
  output_format: images.output_format,
  output_compression: images.output_compression,
  partial_images: images.partial_images,
  complexity: images.complexity,
  frame_count: images.frame_count,
  frame_duration_ms: images.frame_duration_ms,
  svg: images.svg,
  action: z.nullish(z.enum(['generate', 'edit', 'auto'])),
  input_fidelity: z.nullish(z.enum(['high', 'low'])),
  input_image_mask: z.nullish(
    z.object({ image_url: z.nullish(Reference), file_id: z.nullish(z.unknown()) }),
  ),
})
export type ImageTool = z.infer<typeof ImageTool>

const Part = z.looseObject({
  type: z.string(),
  text: z.optional(z.string()),
  image_url: z.nullish(Reference),
})

const Item = z.looseObject({
  type: z.nullish(z.string()),
  role: z.nullish(z.enum(['user', 'assistant', 'system', 'developer'])),
  content: z.nullish(
    z.union([z.string(), z.array(Part)], { error: 'expected a text or an array of parts' }),
  ),
  id: z.nullish(z.string()),
})
export type Item = z.infer<typeof Item>

/**
 * `POST /v1/responses`, of Modular MAX and of OpenAI. Fields of text models are checked where their range
 * is stated, told again in the answer, and without effect. Others are let through unread.
 */
export const Body = z.looseObject({
  model: z.string().check(z.minLength(1), z.maxLength(200)),
  input: z.union([z.string().check(z.minLength(1)), z.array(Item).check(z.minLength(1))], {
    error: 'expected a text or an array of messages, not empty',
  }),
  instructions: z.nullish(z.string()),
  provider_options: z.nullish(
    z.strictObject({
      image: z.nullish(ImageOptions),
      max: z.nullish(z.strictObject({ target_endpoint: text(200) })),
    }),
  ),
  n: images.n,
  seed: images.seed,
  tools: z.nullish(z.array(z.looseObject({ type: z.string() })).check(z.maxLength(128))),
  tool_choice: z.nullish(z.union([z.string(), z.looseObject({ type: z.string() })])),
  stream: flag,
  background: flag,
  store: flag,
  parallel_tool_calls: flag,
  metadata: z.nullish(Metadata),
  previous_response_id: text(100),
  conversation: z.optional(z.unknown()),
  prompt: z.optional(z.unknown()),
  text: z.nullish(z.looseObject({ format: z.nullish(z.looseObject({ type: z.string() })) })),
  truncation: z.nullish(z.enum(['auto', 'disabled'])),
  temperature: between(0, 2),
  top_p: between(0, 1),
  presence_penalty: between(-2, 2),
  frequency_penalty: between(-2, 2),
  top_logprobs: z.nullish(z.int().check(z.minimum(0), z.maximum(20))),
  max_output_tokens: z.nullish(z.int().check(z.minimum(16))),
  max_tool_calls: z.nullish(z.int().check(z.minimum(1))),
  reasoning: z.nullish(z.looseObject({})),
  service_tier: z.nullish(
    z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast']),
  ),
  safety_identifier: text(64),
  prompt_cache_key: text(64),
  user: images.user,
  gateway: Gateway,
})
export type Body = z.infer<typeof Body>
