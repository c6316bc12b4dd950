import { Refusal } from './call.ts'
import { findProblem, isAbsent, type Problem, type Rules } from './fields.ts'
import type { Json } from './shapes.ts'

export const invalid = (message: string): Refusal =>
  new Refusal(422, `Validation error: ${message}`)

export const tell = ({ field, how }: Problem): string => `${field}: ${how}`

/** `modality/image.py`; what has to be above zero is checked apart. */
const OPTIONS: Rules = {
  width: { is: 'integer', min: 128 },
  height: { is: 'integer', min: 128 },
  steps: { is: 'integer', min: 1 },
  guidance_scale: { is: 'number', min: 0 },
  true_cfg_scale: { is: 'number' },
  negative_prompt: { is: 'text' },
  secondary_prompt: { is: 'text' },
  secondary_negative_prompt: { is: 'text' },
  num_images: { is: 'integer', min: 1 },
  strength: { is: 'number', max: 1 },
  output_format: { is: 'choice', of: ['jpeg', 'png', 'webp'] },
  response_format: { is: 'choice', of: ['url', 'b64_json'] },
  cfg_normalization: { is: 'boolean' },
  cfg_truncation: { is: 'number' },
  flow_shift: { is: 'number' },
}
const ABOVE_ZERO = ['true_cfg_scale', 'strength', 'cfg_truncation', 'flow_shift']

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The image options. Present without `image`, the others flip the answer to links. @throws Refusal 422. */
export function checkOptions(given: unknown): Json {
  if (isAbsent(given)) return {}
  if (!isObject(given)) throw invalid('provider_options')
  const stranger = Object.keys(given).find((key) => !['max', 'image', 'video'].includes(key))
  if (stranger) throw invalid(`provider_options.${stranger}: unknown`)
  const { image } = given
  if (isAbsent(image)) return { response_format: 'url' }
  if (!isObject(image)) throw invalid('provider_options.image')
  const problem = findProblem(image, OPTIONS, 'refuse')
  if (problem) throw invalid(`provider_options.image.${tell(problem)}`)
  for (const side of ['width', 'height'])
    if (Number(image[side] ?? 0) % 8 !== 0) throw invalid(`${side}: not a multiple of 8`)
  for (const field of ABOVE_ZERO)
    if (!isAbsent(image[field]) && Number(image[field]) <= 0) throw invalid(`${field}: low`)
  return image
}
