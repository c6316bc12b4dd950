import type { Capabilities } from '../../core/model.ts'
import { MAX_SEED, PROMPT_ONLY } from './base.ts'
import { onMax } from './flux-2.ts'

/** Servers state few limits: any size up to 2048, the bounds of vLLM-Omni for steps and guidance. */
const diffusion: Capabilities = {
  ...PROMPT_ONLY,
  operations: ['generate', 'edit'],
  size: {
    mode: 'free',
    minSide: 64,
    maxSide: 2048,
    multiple: 8,
    maxRatio: 8,
    maxPixels: null,
    default: null,
  },
  aspect: 'derive',
  seed: { min: 0, max: MAX_SEED },
  steps: { min: 1, max: 200 },
  guidance: { min: 0, max: 20 },
  negativePrompt: true,
  inputs: { max: 1 },
}

/**
 * What a model of `UPSTREAMS` starts from, by dialect: what that kind of server understands. `limits`
 * narrows it to the model. Other dialects start from a prompt alone.
 */
export const SERVER_CAPABILITIES: Record<string, Capabilities> = {
  // Its seed and guidance come from its own model files.
  localai: { ...diffusion, countMax: 10, seed: false, guidance: false, inputs: { max: 4 } },
  'stable-diffusion.cpp': {
    ...diffusion,
    countMax: 10,
    formats: ['png', 'jpeg', 'webp'],
    compression: true,
    inputs: { max: 4 },
    mask: true,
  },
  'vllm-omni': { ...diffusion, countMax: 10 },
  sglang: diffusion,
  max: onMax,
}
