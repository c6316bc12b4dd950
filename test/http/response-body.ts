import * as z from 'zod'

/** Base64 in its one spelling. */
const Base64 = z.string().regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)
const Link = z
  .string()
  .regex(/^https?:\/\/\S+\/i\/\w{10}\/[a-z2-7]{26}\/\d\?e=\d+&k=\w+&s=[\w-]{43}$/)
const Format = z.enum(['png', 'jpeg', 'webp', 'gif', 'avif'])
const Count = z.int().min(0)

const Image = z.strictObject({
  type: z.literal('output_image'),
  image_data: Base64.optional(),
  image_url: Link,
  format: Format,
  width: z.int(),
  height: z.int(),
})

const Message = z.strictObject({
  type: z.literal('message'),
  id: z.string().regex(/^msg_[a-z2-7]{26}_0$/),
  role: z.literal('assistant'),
  status: z.enum(['in_progress', 'completed']),
  content: z.array(Image),
})

const Call = z.strictObject({
  id: z.string().regex(/^ig_[a-z2-7]{26}_\d$/),
  type: z.literal('image_generation_call'),
  status: z.literal('completed'),
  result: Base64,
  action: z.enum(['generate', 'edit']),
  background: z.enum(['transparent', 'opaque']).optional(),
  quality: z.string().optional(),
  output_format: Format,
  size: z.string().regex(/^\d+x\d+$/),
  revised_prompt: z.string().optional(),
  url: Link,
})

/** The 31 keys of Open Responses (schema of 2026-04-24), each of them there, with what OpenAI adds. */
const keys = {
  id: z.string().regex(/^resp_[a-z2-7]{26}$/),
  object: z.literal('response'),
  created_at: z.int(),
  completed_at: z.int().nullable(),
  status: z.enum(['queued', 'in_progress', 'completed', 'failed', 'incomplete', 'cancelled']),
  incomplete_details: z.null(),
  model: z.string().min(1),
  previous_response_id: z.string().nullable(),
  instructions: z.string().nullable(),
  error: z
    .strictObject({
      code: z.string(),
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
    })
    .nullable(),
  tools: z.array(z.looseObject({ type: z.string() })),
  tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]),
  truncation: z.enum(['auto', 'disabled']),
  parallel_tool_calls: z.boolean(),
  text: z.strictObject({
    format: z.strictObject({ type: z.literal('text') }),
    verbosity: z.string().optional(),
  }),
  top_p: z.number(),
  temperature: z.number(),
  presence_penalty: z.number(),
  frequency_penalty: z.number(),
  top_logprobs: z.int(),
  reasoning: z.looseObject({}).nullable(),
  usage: z
    .strictObject({
      input_tokens: Count,
      input_tokens_details: z.strictObject({ cached_tokens: Count, cache_write_tokens: Count }),
      output_tokens: Count,
      output_tokens_details: z.strictObject({ reasoning_tokens: Count }),
      total_tokens: Count,
    })
    .nullable(),
  max_output_tokens: z.int().nullable(),
  max_tool_calls: z.int().nullable(),
  store: z.boolean(),
  background: z.boolean(),
  service_tier: z.string(),
  metadata: z.record(z.string(), z.string()),
  safety_identifier: z.string().nullable(),
  prompt_cache_key: z.string().nullable(),
}

/** Once a price was charged. */
const Meta = z.strictObject({
  usage: z.strictObject({ credits_used: Count, usd_spent: z.number().min(0) }),
})

/** An answer in the form of Modular MAX. */
export const MessageResponse = z.strictObject({
  ...keys,
  user: z.string().optional(),
  meta: Meta.optional(),
  output: z.array(Message).max(1),
})

const Tokens = z.strictObject({ text_tokens: Count, image_tokens: Count })

/** An answer with items of OpenAI's image tool. */
export const ToolResponse = z.strictObject({
  ...keys,
  user: z.string().optional(),
  meta: Meta.optional(),
  output: z.array(Call),
  access_programs: z.null(),
  tool_usage: z.strictObject({
    image_gen: z.strictObject({
      input_tokens: Count,
      output_tokens: Count,
      total_tokens: Count,
      input_tokens_details: Tokens,
      output_tokens_details: Tokens,
    }),
    web_search: z.strictObject({ num_requests: z.literal(0) }),
  }),
})
