import type { Json } from '../core/json.ts'
import type { InputImage } from '../core/request.ts'
import { StagedInput, type StoredInput } from '../core/staged-input.ts'
import { invalid } from './invalid.ts'
import type { Body } from './responses-body.ts'

/** What a job keeps of its request in order to be shown as a response. */
export interface Echo {
  /** Images are items of their own (OpenAI's tool), else parts of one message (Modular MAX). */
  isTool: boolean
  /** Images as links alone. */
  isLinked: boolean
  isEdit: boolean
  /** Fields of the response that differ from `NEUTRAL`. */
  shown: Record<string, Json>
  /** As it was sent; a staged image stands there as its `StoredInput`. */
  input: string | EchoItem[]
}

export interface EchoItem {
  type?: string | null
  role?: string | null
  content?: string | EchoPart[] | null
  id?: string | null
}

/** Fields that may hold an image, whose bytes `renderInputItems` shows there. */
export const IMAGE_FIELDS = ['image_url', 'file_data', 'image_data'] as const
export type ImageField = (typeof IMAGE_FIELDS)[number]

export interface EchoPart extends Partial<Record<ImageField, string | StoredInput | null>> {
  type: string
  text?: string
}

const FORMAT = { format: { type: 'text' } }

/** Values of the fields that a response repeats, where the request leaves them open. */
export const NEUTRAL: Record<string, Json> = {
  background: false,
  frequency_penalty: 0,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  presence_penalty: 0,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: null,
  safety_identifier: null,
  service_tier: 'default',
  store: true,
  temperature: 1,
  text: FORMAT,
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
}

const MAX_BYTES = 64 * 1024
/** Longest strings that are kept, characters: the first of these with which all fits. */
const LONGEST = [4096, 512, 64]

/**
 * @param inputs what is kept of the images that came along
 * @throws GatewayError 400 for a request that has too many fields to be repeated
 */
export function writeEcho(
  body: Body,
  inputs: InputImage[],
  rest: Pick<Echo, 'isTool' | 'isLinked' | 'isEdit'>,
): string {
  const { metadata } = body
  const { verbosity } = body.text ?? {}
  const input =
    typeof body.input === 'string'
      ? body.input
      : body.input.map(({ type, role, content, id }) => ({ type, role, content, id }))
  const names = [...Object.keys(NEUTRAL), 'model', 'user'].filter(
    (name) =>
      body[name] != null && body[name] !== NEUTRAL[name] && name !== 'text' && name !== 'metadata',
  )
  const shown = Object.fromEntries(names.map((name) => [name, body[name]]))
  for (const longest of LONGEST) {
    const cutFields = cut({ shown, input }, longest, inputs, '') as Pick<Echo, 'shown' | 'input'>
    // Whole: what a client tells of its own comes back as it was.
    if (verbosity) cutFields.shown['text'] = { ...FORMAT, verbosity }
    if (metadata) cutFields.shown['metadata'] = metadata
    const text = JSON.stringify({ ...rest, ...cutFields })
    if (new TextEncoder().encode(text).length <= MAX_BYTES) return text
  }
  throw invalid('input', `expected at most ${MAX_BYTES} bytes of messages and tools`)
}

/** Of a response's own job. */
export const readEcho = (echo: string): Echo => JSON.parse(echo) as Echo

function cut(value: unknown, longest: number, inputs: InputImage[], at: string): unknown {
  if (typeof value === 'string') return value.length > longest ? shorten(value, longest) : value
  if (value instanceof StagedInput)
    return (
      (IMAGE_FIELDS.some((name) => name === at) && inputs.find((it) => it === value.input)) || null
    )
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => cut(item, longest, inputs, ''))
  const fields = Object.entries(value).map(([key, item]) => [key, cut(item, longest, inputs, key)])
  return Object.fromEntries(fields)
}

/** Not within a surrogate pair. */
const shorten = (text: string, longest: number): string =>
  `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}…`
