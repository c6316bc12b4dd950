import { isAbsent, readSize, sizeOf, textOf, type Rule, type Rules } from './fields.ts'
import type { Json } from './shapes.ts'

/** Shape of the answer: A images[], B data[] with meta, C both, E OpenAI's, F data[] with more keys. */
type Variant = 'A' | 'B' | 'C' | 'E' | 'F'

export interface AimlModel {
  rules: Rules
  variant: Variant
  /** Name of the count. */
  count: 'n' | 'num_images'
  /** Name of the reference images, where they are taken, and then required. */
  inputs: { field: string; max: number } | null
  format: 'jpeg' | 'png'
  /** Pixels when nothing is asked for. */
  size: string
}

const choice = (...of: string[]): Rule => ({ is: 'choice', of })
const prompt = (max: number): Rule => ({ is: 'text', required: true, max })
const boolean: Rule = { is: 'boolean' }
const four: Rule = { is: 'number', min: 1, max: 4 }
const seed: Rule = { is: 'integer', min: 1 }
const guidance: Rule = { is: 'number', min: 1, max: 20 }

const kontext: AimlModel = {
  rules: {
    prompt: prompt(4000),
    num_images: four,
    seed,
    guidance_scale: guidance,
    safety_tolerance: choice('1', '2', '3', '4', '5', '6'),
    output_format: choice('jpeg', 'png'),
    aspect_ratio: choice('21:9', '16:9', '4:3', '3:2', '1:1', '2:3', '3:4', '9:16', '9:21'),
  },
  variant: 'A',
  count: 'num_images',
  inputs: null,
  format: 'jpeg',
  size: '16:9',
}
const kontextEdit: AimlModel = {
  ...kontext,
  inputs: { field: 'image_url', max: 4 },
  // As the vendor's page shows, whatever the nominal ratio.
  size: '1184x880',
}
const gptImage: AimlModel = {
  rules: {
    prompt: prompt(32_000),
    background: choice('transparent', 'opaque', 'auto'),
    moderation: choice('low', 'auto'),
    n: { is: 'number', min: 1, max: 1 },
    output_compression: { is: 'integer', min: 0, max: 100 },
    output_format: choice('png', 'jpeg', 'webp'),
    quality: choice('low', 'high', 'medium'),
    size: choice('1024x1024', '1024x1536', '1536x1024'),
    response_format: choice('url', 'b64_json'),
  },
  variant: 'E',
  count: 'n',
  inputs: null,
  format: 'png',
  size: '1024x1024',
}

/** OpenAPI files of the vendor, 21 August 2026; a choice with each variant of its answers. */
export const AIML_MODELS: Record<string, AimlModel> = {
  'flux/kontext-max/text-to-image': kontext,
  'flux/kontext-pro/text-to-image': kontext,
  'flux/kontext-max/image-to-image': kontextEdit,
  'flux/kontext-pro/image-to-image': kontextEdit,
  'flux/schnell': {
    ...kontext,
    rules: {
      prompt: prompt(4000),
      num_images: four,
      seed,
      image_size: { is: 'any' },
      num_inference_steps: { is: 'integer', min: 1 },
      enable_safety_checker: boolean,
    },
    size: '1024x768',
  },
  'alibaba/qwen-image': {
    rules: {
      prompt: prompt(4000),
      output_format: choice('jpeg', 'png'),
      image_size: { is: 'any' },
      num_images: four,
      seed,
      enable_safety_checker: boolean,
      guidance_scale: guidance,
      negative_prompt: { is: 'text' },
    },
    variant: 'B',
    count: 'num_images',
    inputs: null,
    format: 'jpeg',
    size: '1024x768',
  },
  'bytedance/seedream-v4-text-to-image': {
    rules: {
      prompt: prompt(4000),
      image_size: { is: 'any' },
      seed,
      sync_mode: boolean,
      enable_safety_checker: boolean,
      num_images: four,
    },
    variant: 'C',
    count: 'num_images',
    inputs: null,
    format: 'png',
    size: '2048x2048',
  },
  'x-ai/grok-2-image': {
    rules: {
      prompt: prompt(Infinity),
      n: { is: 'number', min: 1, max: 10 },
      response_format: choice('url', 'b64_json'),
    },
    variant: 'F',
    count: 'n',
    inputs: null,
    format: 'jpeg',
    size: '1024x768',
  },
  'openai/gpt-image-1': gptImage,
  'openai/gpt-image-2': gptImage,
}

const PRESETS: Record<string, string> = {
  square_hd: '1024x1024',
  square: '512x512',
  portrait_4_3: '768x1024',
  portrait_16_9: '576x1024',
  landscape_4_3: '1024x768',
  landscape_16_9: '1024x576',
}

/** About a million pixels for a ratio, as in the outputs that the vendor shows. */
export function pickSize(model: AimlModel, body: Json): { width: number; height: number } {
  const { image_size: size, aspect_ratio: ratio } = body
  if (typeof size === 'object' && size !== null) return size as { width: number; height: number }
  const preset = typeof size === 'string' ? PRESETS[size] : undefined
  const asked = preset ?? body['size'] ?? (model.size.includes('x') ? model.size : ratio)
  return readSize(String(asked)) ?? sizeOf(textOf(body, 'aspect_ratio', model.size), 1_048_576)
}

/** Why `image_size` is none, in the vendor's words; null when it is fine. */
export function sizeFault({ image_size: size }: Json): string | null {
  if (isAbsent(size)) return null
  if (typeof size === 'string') return Object.hasOwn(PRESETS, size) ? null : 'Invalid input'
  const { width, height } = size as Json
  const sides = [width, height]
  return sides.every((side) => typeof side === 'number' && side >= 64 && side <= 4096)
    ? null
    : 'Number out of range'
}
