import type { ProviderRequest } from '../../src/core/provider.ts'
import type { GenerationRequest, InputImage } from '../../src/core/request.ts'
import { request } from '../models/inputs.ts'

export const staged: InputImage = {
  r2: 'inputs/t/b/0',
  type: 'image/png',
  bytes: 9,
  sha256: '0'.repeat(64),
}

/** One call as the core gives it to a provider. */
export const order = (
  model: string,
  given: Partial<GenerationRequest> = {},
  rest: Partial<ProviderRequest> = {},
): ProviderRequest => ({
  request: request(given),
  model,
  seed: given.seed ?? 1234,
  attempt: 1,
  stamp: null,
  now: 0,
  ...rest,
})
