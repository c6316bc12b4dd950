const SAME =
  'model prompt size aspect_ratio resolution quality output_format num_inference_steps guidance_scale negative_prompt seed response_format gateway'

/**
 * Fields of Oxen's vocabulary (docs.oxen.ai, August 2026) that are read, and the name under which OpenAI's
 * superset has the same.
 */
export const OXEN_FIELDS: ReadonlyMap<string, string> = new Map([
  ...SAME.split(' ').map((name): [string, string] => [name, name]),
  ['input_image', 'image_url'],
  ['mask_url', 'mask'],
  ['image_size', 'size'],
  ['output_quality', 'output_compression'],
  ['guidance', 'guidance_scale'],
])

/** Oxen's usual name of a parameter of ours; null = it has none. */
export function oxenName(ours: string): string | null {
  const theirs = ours === 'image' ? 'image_url' : ours === 'steps' ? 'num_inference_steps' : ours
  return [...OXEN_FIELDS].find(([, it]) => it === theirs)?.[0] ?? null
}
