import type { Descriptor } from './descriptors.ts'

const INTEGERS = ['seed', 'steps', 'output_compression']

/**
 * A model's parameters as a JSON Schema (draft 2020-12) of the body that asks it.
 *
 * @param nameOf what the body calls a parameter; null = it cannot have it
 */
export function requestSchema(
  parameters: Record<string, Descriptor>,
  nameOf: (parameter: string) => string | null,
) {
  const { image } = parameters
  const isEdit = image?.type === 'range' && image.min === 1
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(parameters).flatMap(([parameter, it]) => {
        const name = nameOf(parameter)
        return name === null ? [] : [[name, propertyOf(parameter, it)]]
      }),
    ),
    required: ['prompt', ...(isEdit ? ['image'] : [])].map(nameOf),
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
