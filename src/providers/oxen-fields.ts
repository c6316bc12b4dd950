import type { ProviderRequest } from '../core/provider.ts'
import type { Tier } from '../core/request.ts'
import { formatRatio } from '../core/size.ts'
import { InputMark } from '../core/upstream.ts'
import { callSeed, stated } from './stated.ts'

/** Oxen passes parameters on to the model, and models name them differently. */
interface Vocabulary {
  guidance: 'guidance' | 'guidance_scale'
  /** Where a word of quality goes; null = the model has none. */
  quality: 'quality' | 'output_quality' | null
  /** Where 0..100 goes. */
  compression: 'output_quality' | null
  jpeg: 'jpg' | 'jpeg'
  /** Tiers that have another name. */
  tiers?: Partial<Record<Tier, string>>
}

const USUAL: Vocabulary = {
  guidance: 'guidance',
  quality: null,
  compression: 'output_quality',
  jpeg: 'jpg',
}

/** By the start of the model's name; the first that fits. */
const VOCABULARIES: readonly [string, Vocabulary][] = [
  [
    'black-forest-labs-flux-2-klein',
    { ...USUAL, guidance: 'guidance_scale', quality: 'output_quality', compression: null },
  ],
  ['flux-2-', { ...USUAL, tiers: { '1K': '1 MP' } }],
  ['gpt-image-', { ...USUAL, quality: 'quality', compression: null, jpeg: 'jpeg' }],
  ['bytedance-', { ...USUAL, compression: null, jpeg: 'jpeg' }],
  ['ideogram-', { ...USUAL, compression: null, jpeg: 'jpeg' }],
  ['xai-', { ...USUAL, compression: null, jpeg: 'jpeg' }],
]

/** Models whose `input_image` is one URL, not a list of them. */
const ONE_INPUT = new Set([
  'flux-kontext-dev',
  'qwen-image-2',
  'qwen-image-edit',
  'xai-grok-imagine-image-edit',
])

/** The body of a queued generation: one image, as `num_generations` is 1 where it is not sent. */
export function oxenFields(order: ProviderRequest): Record<string, unknown> {
  const { request, model } = order
  const names = VOCABULARIES.find(([start]) => model.startsWith(start))?.[1] ?? USUAL
  const marks = request.inputs.map((_, i) => new InputMark(i, 'reference'))
  return stated({
    model,
    prompt: request.prompt,
    input_image: ONE_INPUT.has(model) || marks.length === 0 ? marks[0] : marks,
    mask_url: request.mask && new InputMark(-1, 'reference'),
    aspect_ratio: request.aspect && formatRatio(request.aspect),
    resolution: request.resolution && (names.tiers?.[request.resolution] ?? request.resolution),
    num_inference_steps: request.steps,
    [names.guidance]: request.guidance,
    seed: callSeed(order),
    negative_prompt: request.negativePrompt,
    output_format: request.format === 'jpeg' ? names.jpeg : request.format,
    ...(names.compression ? { [names.compression]: request.compression } : {}),
    ...(names.quality ? { [names.quality]: request.quality } : {}),
    ...request.providerOptions,
  })
}
