import type { Descriptor } from './descriptors.ts'

/** Names that Oxen.ai's clients write, where they are others; null = it has no such field. */
const NAMES: Record<string, string | null> = {
  n: null,
  operation: null,
  partial_images: null,
  user: null,
  style: null,
  background: null,
  moderation: null,
  input_fidelity: null,
  steps: 'num_inference_steps',
  image: 'input_image',
  mask: 'mask_url',
  output_compression: 'output_quality',
}

const INTEGERS = ['seed', 'steps', 'output_compression']

/** A model's parameters as a JSON Schema (draft 2020-12) of the body that asks it. */
export function requestSchema(parameters: Record<string, Descriptor>): object {
  const properties = Object.entries(parameters).flatMap(([name, it]) => {
    const theirs = NAMES[name] === undefined ? name : NAMES[name]
    return theirs === null ? [] : [[theirs, propertyOf(name, it)] as const]
  })
  return {
    type: 'object',
    properties: Object.fromEntries(properties) as Record<string, object>,
    required: ['prompt', ...(least(parameters['image']) > 0 ? ['input_image'] : [])],
  }
}

const least = (it: Descriptor | undefined): number => (it?.type === 'range' ? Number(it.min) : 0)

function propertyOf(name: string, it: Descriptor): object {
  if (name === 'prompt' && it.type === 'range')
    return { type: 'string', minLength: 1, maxLength: it.max }
  if (name === 'image' && it.type === 'range')
    return { type: ['string', 'array'], items: { type: 'string' }, maxItems: it.max }
  if (name === 'mask' || name === 'negative_prompt') return { type: 'string' }
  if (it.type === 'boolean') return it
  const preset = it.default === undefined ? {} : { default: it.default }
  if (it.type === 'enum') return { type: 'string', enum: it.values, ...preset }
  // Sizes and ratios of free choice.
  if (name === 'size') return { type: 'string', pattern: '^\\d+x\\d+$', ...preset }
  if (typeof it.min === 'string') return { type: 'string', pattern: '^\\d+:\\d+$' }
  const type = INTEGERS.includes(name) ? 'integer' : 'number'
  return { type, minimum: it.min, maximum: it.max }
}
