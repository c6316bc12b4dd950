import { Refusal } from './call.ts'
import { findProblem, isAbsent, type Problem, type Rules } from './fields.ts'
import { imageModel, pickSize, type ImageModel } from './openai-models.ts'
import type { Order } from './pictures.ts'
import type { Format, Json } from './shapes.ts'

const MAX_PROMPT = 32_000

/** Options of one drawing that images, edits and the tool share. */
export const DRAWING_RULES: Rules = {
  size: { is: 'text' },
  quality: { is: 'text' },
  background: { is: 'choice', of: ['transparent', 'opaque', 'auto'] },
  moderation: { is: 'choice', of: ['low', 'auto'] },
  output_format: { is: 'choice', of: ['png', 'jpeg', 'webp'] },
  output_compression: { is: 'integer', min: 0, max: 100 },
  partial_images: { is: 'integer', min: 0, max: 3 },
  complexity: { is: 'choice', of: ['low', 'medium', 'high'] },
  input_fidelity: { is: 'choice', of: ['high', 'low'] },
}

const IMAGE_RULES: Rules = {
  model: { is: 'text', required: true },
  prompt: { is: 'text', required: true, max: MAX_PROMPT },
  n: { is: 'integer', min: 1, max: 10 },
  stream: { is: 'boolean' },
  user: { is: 'text' },
  safety_identifier: { is: 'text' },
  ...DRAWING_RULES,
}

const { input_fidelity: _, ...GENERATION_RULES } = IMAGE_RULES
export { GENERATION_RULES }

export const EDIT_RULES: Rules = {
  ...IMAGE_RULES,
  images: { is: 'any' },
  mask: { is: 'any' },
}

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ')

function describe({ field, how, rule, value }: Problem, name: string): [string, string] {
  const wanted = { text: 'a string', choice: 'a string', integer: 'an integer', number: 'a number' }
  const type = Array.isArray(value) ? 'an array' : `a ${typeof value}`
  switch (how) {
    case 'missing':
      return ['missing_required_parameter', `Missing required parameter: '${name}'.`]
    case 'unknown':
      return ['unknown_parameter', `Unknown parameter: '${name}'.`]
    case 'choice': {
      const of = rule.is === 'choice' ? rule.of : []
      const text = `Invalid value: '${String(value)}'. Supported values are: ${quoted(of)}.`
      return ['invalid_value', text]
    }
    case 'empty':
      return ['empty_string', `Invalid '${name}': empty string.`]
    case 'long':
      return [
        'string_above_max_length',
        `Invalid '${name}': string too long. Expected a string with maximum length ${MAX_PROMPT}.`,
      ]
    case 'low':
    case 'high': {
      const [min, max] = 'min' in rule ? [rule.min, rule.max] : []
      const end = how === 'low' ? `below minimum value. Expected a value >= ${min}` : ''
      const text = end || `above maximum value. Expected a value <= ${max}`
      const code = how === 'low' ? 'integer_below_min_value' : 'integer_above_max_value'
      return [code, `Invalid '${name}': integer ${text}, but got ${String(value)} instead.`]
    }
    default: {
      const expected = rule.is === 'boolean' ? 'a boolean' : wanted[rule.is as keyof typeof wanted]
      const text = `Invalid type for '${name}': expected ${expected}, but got ${type} instead.`
      return ['invalid_type', field === '' ? 'Invalid body.' : text]
    }
  }
}

/** Unknown fields are refused. @throws Refusal 400 naming the first field at fault. */
export function checkFields(body: Json, rules: Rules, prefix = ''): void {
  const problem = findProblem(body, rules, 'refuse')
  if (!problem) return
  const param = prefix + problem.field
  const [code, message] = describe(problem, param)
  throw new Refusal(400, message, { code, param })
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** The effective options of one drawing, as answers name them. */
export interface Drawing {
  order: Order
  size: string
  quality: string
  background: string
  format: Format
}

function checkModelOptions(body: Json, model: ImageModel, prefix: string): void {
  const choices: [string, readonly string[]][] = [
    ['quality', model.qualities],
    ['input_fidelity', model.fidelity],
  ]
  for (const [field, of] of choices) {
    const value = body[field]
    if (isAbsent(value) || of.includes(String(value))) continue
    const param = prefix + field
    throw new Refusal(
      400,
      of.length === 0
        ? `The parameter '${param}' is not supported by this model.`
        : `Invalid value: '${String(value)}'. Supported values are: ${quoted(of)}.`,
      { code: 'invalid_value', param },
    )
  }
}

/** What a checked body orders. @throws Refusal for what the model cannot. */
export function readDrawing(body: Json, modelId: string, prompt: string, prefix = ''): Drawing {
  const model = imageModel(modelId)
  checkModelOptions(body, model, prefix)
  const { width, height } = pickSize(model, text(body['size']), `${prefix}size`)
  const format = (text(body['output_format']) ?? 'png') as Format
  const background = text(body['background']) ?? 'auto'
  if (background === 'transparent' && format === 'jpeg') {
    throw new Refusal(400, 'Transparent backgrounds need output_format png or webp.', {
      code: 'invalid_value',
      param: `${prefix}background`,
    })
  }
  const quality = text(body['quality']) ?? 'auto'
  const transparent = background === 'transparent'
  const n = typeof body['n'] === 'number' ? body['n'] : 1
  return {
    order: { model: modelId, prompt, n, width, height, format, transparent },
    size: `${width}x${height}`,
    quality: quality === 'auto' ? 'high' : quality,
    background: transparent ? 'transparent' : 'opaque',
    format,
  }
}

/** Output tokens of a square of 1024 pixels a side. */
const OUTPUT_TOKENS: Record<string, number> = {
  low: 272,
  medium: 1056,
  high: 4160,
  xhigh: 6208,
  max: 8320,
}
const INPUT_IMAGE_TOKENS = 323
const PARTIAL_TOKENS = 100

/** Token counts that grow as the vendor's do; the figures themselves are made up. */
export function countTokens({ order, quality }: Drawing, partials = 0) {
  const squares = (order.width * order.height) / (1024 * 1024)
  const output = order.n * Math.round(OUTPUT_TOKENS[quality]! * squares) + partials * PARTIAL_TOKENS
  const textTokens = Math.ceil(order.prompt.length / 4)
  const imageTokens = (order.inputs ?? []).length * INPUT_IMAGE_TOKENS
  const input = textTokens + imageTokens
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    input_tokens_details: { text_tokens: textTokens, image_tokens: imageTokens },
    output_tokens_details: { text_tokens: 0, image_tokens: output },
  }
}
