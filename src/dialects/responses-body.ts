import * as z from 'zod/mini'
import { parseSize } from '../core/size.ts'
import { flag, text } from './fields.ts'
import { Gateway, Metadata } from './gateway-options.ts'
import { Reference } from './image-reference.ts'
import { Body as Images } from './openai-images-body.ts'

const LONGEST_SIDE = 20_000

const between = (min: number, max: number) =>
  z.nullish(z.number().check(z.minimum(min), z.maximum(max)))

const positive = (most = Infinity) =>
  z.nullish(
    z.number().check(z.refine((it) => it > 0 && it <= most, `expected above 0, at most ${most}`)),
  )

const side = z.nullish(
  z
    .int()
    .check(
      z.refine(
        (it) => it >= 128 && it <= LONGEST_SIDE && it % 8 === 0,
        `expected a multiple of 8 from 128 to ${LONGEST_SIDE}`,
      ),
    ),
)

const { shape: images } = Images

/** Image options of Modular MAX that one provider alone understands; they are handed on under their names. */
const OWN = {
  true_cfg_scale: positive(),
  secondary_prompt: images.negative_prompt,
  secondary_negative_prompt: images.negative_prompt,
  strength: positive(1),
  cfg_normalization: flag,
  cfg_truncation: positive(),
  flow_shift: positive(),
}
/** `target_endpoint` is here to be warned of: no model takes it. */
export const OWN_OPTIONS = [...Object.keys(OWN), 'target_endpoint']

/** `provider_options.image` of Modular MAX (modality/image.py). */
const ImageOptions = z.strictObject({
  ...OWN,
  width: side,
  height: side,
  steps: images.steps,
  guidance_scale: images.guidance_scale,
  negative_prompt: images.negative_prompt,
  num_images: images.n,
  output_format: z.nullish(z.enum(['jpeg', 'png', 'webp'])),
  response_format: z.nullish(z.enum(['url', 'b64_json'])),
})

/** OpenAI's `image_generation` tool (SDK 7.55 types), as a superset with the fields of its Images API. */
const ImageTool = z.looseObject({
  ...images,
  prompt: z.optional(z.unknown()),
  type: z.enum(['image_generation']),
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
  action: z.nullish(z.enum(['generate', 'edit', 'auto'])),
  input_fidelity: z.nullish(z.enum(['high', 'low'])),
  input_image_mask: z.nullish(z.strictObject({ image_url: Reference })),
})
export type ImageTool = z.infer<typeof ImageTool>

const OtherTool = z.looseObject({
  type: z.string().check(z.refine((it) => it !== 'image_generation', { abort: true })),
})

const Part = z.looseObject({
  type: z.string(),
  text: z.optional(z.string()),
  image_url: z.nullish(Reference),
  file_data: z.nullish(Reference),
  image_data: z.nullish(Reference),
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

/** Numbers of text models, from and to. */
const RANGES = {
  temperature: [0, 2],
  top_p: [0, 1],
  presence_penalty: [-2, 2],
  frequency_penalty: [-2, 2],
  top_logprobs: [0, 20],
  max_output_tokens: [16, Infinity],
  max_tool_calls: [1, Infinity],
}

/** Of text models too, of any shape. */
const WITHOUT_EFFECT = [
  'access_programs',
  'context_management',
  'image',
  'include',
  'moderation',
  'prompt_cache_options',
  'prompt_cache_retention',
  'stream_options',
]

/**
 * `POST /v1/responses`, of Modular MAX and of OpenAI. Fields of text models are checked where their range
 * is stated, told again in the answer, and without effect. Others are left out with a warning.
 */
export const Body = z.looseObject({
  model: z.string().check(z.minLength(1), z.maxLength(200)),
  input: z.union([z.string().check(z.minLength(1)), z.array(Item).check(z.minLength(1))], {
    error: 'expected a text or an array of messages',
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
  tools: z.nullish(z.array(z.union([ImageTool, OtherTool])).check(z.maxLength(128))),
  tool_choice: z.nullish(z.union([z.string(), z.looseObject({ type: z.string() })])),
  stream: flag,
  background: flag,
  store: flag,
  parallel_tool_calls: flag,
  metadata: z.nullish(Metadata),
  previous_response_id: text(100),
  conversation: z.optional(z.unknown()),
  prompt: z.optional(z.unknown()),
  text: z.nullish(
    z.looseObject({
      format: z.nullish(z.looseObject({ type: z.string() })),
      verbosity: z.nullish(z.enum(['low', 'medium', 'high'])),
    }),
  ),
  truncation: z.nullish(z.enum(['auto', 'disabled'])),
  reasoning: z.nullish(z.looseObject({})),
  service_tier: z.nullish(
    z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast']),
  ),
  safety_identifier: text(64),
  prompt_cache_key: text(64),
  user: images.user,
  gateway: Gateway,
  ...Object.fromEntries(WITHOUT_EFFECT.map((name) => [name, z.optional(z.unknown())])),
  ...Object.fromEntries(
    Object.entries(RANGES).map(([name, [least, most]]) => [name, between(least!, most!)]),
  ),
})
export type Body = z.infer<typeof Body>
