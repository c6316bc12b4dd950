import { findProblem, isAbsent, readSize, sizeOf, type Rule, type Rules, textOf } from './fields.ts'
import type { Format, Json } from './shapes.ts'

const FIVE = ['1:1', '16:9', '9:16', '4:3', '3:4']
const SEVEN = [...FIVE, '3:2', '2:3']

const text: Rule = { is: 'text' }
const prompt: Rule = { is: 'text', required: true }
const seed: Rule = { is: 'integer' }
const choice = (...of: string[]): Rule => ({ is: 'choice', of })
const steps: Rule = { is: 'integer', min: 1, max: 50 }
const guidance: Rule = { is: 'number', min: 0, max: 10 }
const quality: Rule = { is: 'integer', min: 0, max: 100 }
const boolean: Rule = { is: 'boolean' }

/** A model's own parameters; `input_image` is told apart, as it is a list or not. */
interface OxenModel {
  rules: Rules
  input: 'none' | 'optional' | 'required'
  /** Most input images; 1 means that the parameter is a string. */
  inputs: number
  format: Format
  ratio: string
}

const klein: OxenModel = {
  rules: {
    prompt,
    aspect_ratio: choice(...FIVE),
    output_quality: choice('standard', 'high'),
    output_format: choice('png', 'jpg', 'webp'),
    seed,
    num_inference_steps: steps,
    guidance_scale: guidance,
  },
  input: 'optional',
  inputs: Infinity,
  format: 'png',
  ratio: '16:9',
}
const flux2: OxenModel = {
  ...klein,
  rules: {
    prompt,
    aspect_ratio: choice(...SEVEN, 'match_input_image'),
    resolution: choice('1 MP', '2 MP', '0.5 MP'),
    num_inference_steps: steps,
    guidance,
    seed,
    output_format: choice('webp', 'jpg', 'png'),
    output_quality: quality,
    disable_safety_checker: boolean,
  },
  format: 'webp',
}

/** The vendor's page of each model, 8 August 2026; a choice of its models. */
export const OXEN_MODELS: Record<string, OxenModel> = {
  'black-forest-labs-flux-2-klein-4b': klein,
  'black-forest-labs-flux-2-klein-9b': klein,
  'flux-2-dev': flux2,
  'flux-2-flex': flux2,
  'flux-2-pro': flux2,
  'flux-kontext-dev': {
    ...flux2,
    rules: {
      ...flux2.rules,
      num_inference_steps: { is: 'integer', min: 4, max: 50 },
      aspect_ratio: choice(...SEVEN, '21:9', '4:5', '5:4', '9:21', 'match_input_image'),
    },
    input: 'required',
    inputs: 1,
  },
  'bytedance-seedream-4-5': {
    rules: { prompt, size: choice('2K', '4K'), watermark: boolean },
    input: 'optional',
    inputs: 14,
    format: 'png',
    ratio: '1:1',
  },
  'gpt-image-1-5': {
    rules: {
      prompt,
      output_format: choice('webp', 'jpeg', 'png'),
      size: choice('auto', 'square', 'portrait', 'landscape'),
    },
    input: 'optional',
    inputs: Infinity,
    format: 'png',
    ratio: '1:1',
  },
  'gpt-image-2': {
    rules: {
      prompt,
      aspect_ratio: choice('auto', ...SEVEN, '21:9', '9:21'),
      resolution: choice('1K', '2K', '4K'),
      quality: choice('low', 'medium', 'high'),
      output_format: choice('png', 'jpeg', 'webp'),
      mask_url: text,
    },
    input: 'optional',
    inputs: Infinity,
    format: 'png',
    ratio: '16:9',
  },
  'qwen-image': {
    rules: {
      prompt,
      negative_prompt: text,
      aspect_ratio: choice(...SEVEN),
      image_size: choice('optimize_for_quality', 'optimize_for_speed'),
      num_inference_steps: steps,
      guidance,
      seed,
      output_format: choice('webp', 'jpg', 'png'),
      output_quality: quality,
      disable_safety_checker: boolean,
    },
    input: 'none',
    inputs: 0,
    format: 'jpeg',
    ratio: '16:9',
  },
  'z-image-turbo': {
    rules: {
      prompt,
      num_inference_steps: steps,
      seed,
      output_format: choice('webp', 'jpg', 'png'),
    },
    input: 'none',
    inputs: 0,
    format: 'webp',
    ratio: '1:1',
  },
}

/** Pixels by the words of `resolution` and `size`; a million without them. */
const PIXELS: Record<string, number> = {
  '0.5 MP': 524_288,
  '2 MP': 2_097_152,
  '2K': 4_194_304,
  '4K': 8_294_400,
}
const RATIOS: Record<string, string> = { square: '1:1', portrait: '2:3', landscape: '3:2' }

/** Why the model would not take the parameters, in words; null when it would. */
export function findFault(model: OxenModel, body: Json): string | null {
  const problem = findProblem(body, model.rules, 'ignore')
  if (problem)
    return `Value error, ${problem.field}: invalid value ${JSON.stringify(problem.value)}`
  const input = body['input_image']
  if (isAbsent(input)) {
    return model.input === 'required' ? 'Value error, input_image: field required' : null
  }
  if (model.inputs === 1 && typeof input !== 'string') {
    return 'Value error, input_image: expected a string'
  }
  const list: unknown[] = Array.isArray(input) ? input : [input]
  if (model.inputs > 0 && list.length > model.inputs) return 'Value error, input_image: too many'
  const urls = list.every((url) => typeof url === 'string' && /^(https?:|data:image\/)/.test(url))
  return urls ? null : 'Value error, input_image: expected URLs'
}

/** What a checked body orders; a ratio that follows the input is 1:1 here. */
export function readOrder(name: string, body: Json) {
  const model = OXEN_MODELS[name]!
  const asked = textOf(body, 'aspect_ratio', RATIOS[textOf(body, 'size', '')] ?? model.ratio)
  const pixels = PIXELS[String(body['resolution'] ?? body['size'])] ?? 1_048_576
  const format = textOf(body, 'output_format', model.format).replace('jpg', 'jpeg') as Format
  const size = readSize(String(body['size'])) ?? sizeOf(asked.includes(':') ? asked : '1:1', pixels)
  const number = typeof body['seed'] === 'number' ? body['seed'] : null
  return { model: name, prompt: String(body['prompt']), ...size, format, seed: number }
}
