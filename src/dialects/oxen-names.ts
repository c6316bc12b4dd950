/**
 * Fields of Oxen's vocabulary (docs.oxen.ai, August 2026) that are read, and the name under which OpenAI's
 * superset has the same.
 */
export const OXEN_FIELDS: ReadonlyMap<string, string> = new Map([
  ['model', 'model'],
  ['prompt', 'prompt'],
  ['input_image', 'image_url'],
  ['mask_url', 'mask'],
  ['size', 'size'],
  ['aspect_ratio', 'aspect_ratio'],
  ['resolution', 'resolution'],
  ['image_size', 'size'],
  ['quality', 'quality'],
  ['output_quality', 'output_compression'],
  ['output_format', 'output_format'],
  ['num_inference_steps', 'num_inference_steps'],
  ['guidance_scale', 'guidance_scale'],
  ['guidance', 'guidance_scale'],
  ['negative_prompt', 'negative_prompt'],
  ['seed', 'seed'],
  ['response_format', 'response_format'],
  ['gateway', 'gateway'],
])

/** What is called otherwise in the checks of a model; else the names above hold. */
const CHECKED: ReadonlyMap<string, string> = new Map([
  ['image', 'image_url'],
  ['steps', 'num_inference_steps'],
])

/** Oxen's usual name of a parameter of ours; null = it has none. */
export function oxenName(ours: string): string | null {
  const openais = CHECKED.get(ours) ?? ours
  return [...OXEN_FIELDS].find(([, theirs]) => theirs === openais)?.[0] ?? null
}
