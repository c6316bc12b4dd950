/** One upstream API as an operator adds a server of it. */
export interface Kind {
  dialect: string
  /** Path of its simulator's base URL. */
  base: string
  /** The upstream's own name of the model. */
  model: string
  /** Model of the catalogue whose abilities and limits it has; missing = those of the dialect. */
  like?: string
  /** Largest count of images in one call. */
  most: number
  /** Where the images lie: in the answer, or behind a link in it. */
  images: 'base64' | 'url'
  /** It answers a submit with a handle. */
  queued: boolean
}

const base64 = { images: 'base64', queued: false } as const
const url = { images: 'url', queued: false } as const

/** Every provider that the gateway has, at the simulator that speaks its API. */
export const KINDS = {
  openai: {
    ...base64,
    dialect: 'openai',
    base: '/openai/v1',
    model: 'gpt-image-2',
    like: 'gpt-image-2',
    most: 10,
  },
  'openai-responses': {
    ...base64,
    dialect: 'openai-responses',
    base: '/openai/v1',
    model: 'gpt-image-2',
    like: 'openai-responses/gpt-image-2',
    most: 1,
    queued: true,
  },
  max: {
    ...base64,
    dialect: 'max',
    base: '/max/v1',
    model: 'black-forest-labs/FLUX.2-dev',
    like: 'black-forest-labs/FLUX.2-dev',
    most: 10,
  },
  oxen: {
    ...url,
    dialect: 'oxen',
    base: '/oxen/api',
    model: 'flux-2-dev',
    like: 'flux-2-dev',
    most: 1,
    queued: true,
  },
  modelmax: {
    ...base64,
    dialect: 'modelmax',
    base: '/modelmax/v1',
    model: 'gemini-3.1-flash-image-preview',
    like: 'gemini-3.1-flash-image-preview',
    most: 1,
  },
  aimlapi: {
    ...url,
    dialect: 'aimlapi',
    base: '/aimlapi/v1',
    model: 'flux/kontext-pro/text-to-image',
    like: 'flux/kontext-pro/text-to-image',
    most: 4,
  },
  together: {
    ...url,
    dialect: 'together',
    base: '/together/v1',
    model: 'black-forest-labs/FLUX.1-schnell',
    like: 'black-forest-labs/FLUX.1-schnell',
    most: 4,
  },
  localai: { ...url, dialect: 'localai', base: '/localai/v1', model: 'stablediffusion', most: 10 },
  'stable-diffusion.cpp': {
    ...base64,
    dialect: 'stable-diffusion.cpp',
    base: '/sdcpp/v1',
    model: 'sd-cpp-local',
    most: 10,
  },
  'vllm-omni': {
    ...base64,
    dialect: 'vllm-omni',
    base: '/vllm/v1',
    model: 'Qwen/Qwen-Image',
    most: 10,
  },
  sglang: {
    ...base64,
    dialect: 'sglang',
    base: '/sglang/v1',
    model: 'black-forest-labs/FLUX.2-dev',
    most: 1,
  },
} satisfies Record<string, Kind>

export type KindName = keyof typeof KINDS
