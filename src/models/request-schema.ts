import type { Descriptor } from './descriptors.ts'

/** Names that Oxen.ai's clients write, by ours. */
const NAMES: Record<string, string> = {
  prompt: 'prompt',
  image: 'input_image',
  mask: 'mask_url',
  size: 'size',
  aspect_ratio: 'aspect_ratio',
  resolution: 'resolution',
  quality: 'quality',
  output_format: 'output_format',
  output_compression: 'output_quality',
  steps: 'num_inference_steps',
  guidance_scale: 'guidance_scale',
  negative_prompt: 'negative_prompt',
  seed: 'seed',
}

const INTEGERS = ['seed', 'steps', 'output_compression']

/** A model's parameters as a JSON Schema (draft 2020-12) of the body that asks it. */
export function requestSchema(parameters: Record<string, Descriptor>) {
  const { image } = parameters
  const isEdit = image?.type === 'range' && image.min === 1
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(parameters).flatMap(([name, it]) =>
        name in NAMES ? [[NAMES[name]!, propertyOf(name, it)]] : [],
      ),
    ),
    required: isEdit ? ['prompt', 'input_image'] : ['prompt'],
  }
}

function propertyOf(name: string, it: Descriptor): object {
  if (it.type === 'boolean') return { type: 'string' }
  const preset = it.default === undefined ? {} : { default: it.default }
  if (it.type === 'enum') return { type: 'string', enum: it.values, ...preset }
  const { min: minimum, max: maximum } = it
  if (name === 'prompt') return { type: 'string', minLength: 1, maxLength: maximum }
  if (name === 'image')
    return { type: ['string', 'array'], items: { type: 'string' }, maxItems: maximum }
  // Sizes and ratios of free choice.
  if (name === 'size' || name === 'aspect_ratio') return { type: 'string', ...preset }
  return { type: INTEGERS.includes(name) ? 'integer' : 'number', minimum, maximum }
}
