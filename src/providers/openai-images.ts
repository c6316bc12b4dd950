import { formatSize } from '../core/size.ts'
import type { GenerationRequest } from '../core/request.ts'

/**
 * Parameters of a gpt-image model, as the Images API and the tool of the Responses API name them.
 * Never `response_format` or `style`: every living model refuses them.
 */
export const imageParameters = (request: GenerationRequest, model: string) => ({
  size: request.size && formatSize(request.size),
  quality: request.quality && (QUALITY[request.quality] ?? request.quality),
  background: request.background,
  output_format: request.format,
  output_compression: request.compression,
  moderation: request.moderation,
  input_fidelity: request.inputs.length > 0 ? fidelity(request, model) : null,
  // Known to 2.6 alone.
  complexity: model.startsWith('gpt-image-2.6') ? request.providerOptions['complexity'] : null,
})

/** Words of the retired models that old clients still send. */
const QUALITY: Partial<Record<string, string>> = { standard: 'medium', hd: 'high' }

/** From gpt-image-2 on the parameter must be absent; 1-mini knows `low` only. */
function fidelity({ inputFidelity }: GenerationRequest, model: string): string | null {
  if (model.startsWith('gpt-image-2')) return null
  return model.startsWith('gpt-image-1-mini') && inputFidelity === 'high' ? null : inputFidelity
}
