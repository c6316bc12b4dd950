import type { Capabilities, Model } from '../../core/model.ts'
import { EXPANDS, FASTER, GOOGLES, MARKS, RECRAFT, SAFE, TOPAZ } from './aimlapi-fields.ts'
import { UP_TO_4K, atTwoK, ratios } from './aimlapi-ratios.ts'
import { KONTEXT_PIXELS } from './flux-1.ts'
import { MAX_SEED, PROMPT_ONLY, day, living, route, sides } from './base.ts'

/** Day of the vendor's OpenAPI files that this is read from; when the models came is not in them. */
const CREATED = day('2026-08-21')

const JPEG: Capabilities['formats'] = ['jpeg', 'png']
const PNG: Capabilities['formats'] = ['png', 'jpeg']
const ALL: Capabilities['formats'] = ['png', 'jpeg', 'webp']
const SEED = { min: 1, max: MAX_SEED }
const SEED_31 = { min: 0, max: 2_147_483_647 }
const SEED_32 = { min: 0, max: 4_294_967_295 }
const upTo = (max: number, min = 1) => ({ min, max })

const four: Capabilities = {
  ...PROMPT_ONLY,
  promptMax: 4000,
  countMax: 4,
  seed: SEED,
  formats: JPEG,
}
const one: Capabilities = { ...four, countMax: 1 }
const tuned: Capabilities = {
  ...four,
  ...sides(512, 1536),
  steps: upTo(50),
  guidance: upTo(20),
  own: [SAFE],
}

/** Fields that a model has beside the usual ones. */
const has = (capabilities: Capabilities, ...fields: string[]): Capabilities => ({
  ...capabilities,
  own: [...(capabilities.own ?? []), ...fields],
})
/** Draws what is given to it, in its own size. */
const asGiven = (capabilities: Capabilities): Capabilities => ({
  ...edits(1, capabilities),
  size: PROMPT_ONLY.size,
  aspect: false,
})

/** Takes images, and nothing without them. */
const edits = (max: number, capabilities: Capabilities): Capabilities => ({
  ...capabilities,
  operations: ['edit'],
  inputs: { max },
})
const takes = (max: number, capabilities: Capabilities): Capabilities => ({
  ...edits(max, capabilities),
  operations: ['generate', 'edit'],
})

const tolerance = (max: number) => ['auto', 'low', '1', '2', '3', '4', '5', '6'].slice(0, max + 2)
const wan: Capabilities = {
  ...one,
  ...sides(512, 1440),
  promptMax: 2000,
  seed: SEED_31,
  negativePrompt: true,
  formats: ['png'],
  own: ['enhance_prompt', MARKS],
}
const qwen3: Capabilities = {
  ...wan,
  ...sides(384, 2048),
  promptMax: 800,
  countMax: 4,
  formats: ALL,
  own: [EXPANDS, SAFE],
}
const zImage: Capabilities = {
  ...four,
  ...sides(512, 2048),
  formats: ALL,
  steps: upTo(8),
  own: [EXPANDS, SAFE, FASTER],
}
const flux2: Capabilities = { ...zImage, steps: upTo(50, 4), guidance: upTo(20, 0) }
const flux2Pro: Capabilities = {
  ...one,
  ...sides(512, 2048),
  formats: ALL,
  moderation: tolerance(6),
  own: [SAFE],
}
const fluxPro: Capabilities = { ...four, ...sides(256, 1440), moderation: tolerance(6) }
const seedream: Capabilities = {
  ...one,
  ...sides(1440, 4096),
  promptMax: 32_000,
  seed: upTo(MAX_SEED, 0),
  formats: ['jpeg'],
  own: [MARKS],
}
const seedreamPro = { ...seedream, ...sides(1024, 2752) }
const seedream4: Capabilities = { ...four, ...sides(1024, 4096), formats: ['png'], own: [SAFE] }
const imagen: Capabilities = {
  ...four,
  ...ratios('1:1 9:16 16:9 3:4 4:3'),
  promptMax: 400,
  seed: SEED_32,
  formats: ['png'],
  own: GOOGLES,
}
const banana: Capabilities = {
  ...imagen,
  promptMax: 32_000,
  countMax: 1,
  seed: false,
  own: [],
}
/** Ratios of Imagen, tiers of Gemini. */
const tiered: Capabilities = { ...banana, ...ratios('1:1 9:16 16:9 3:4 4:3', UP_TO_4K) }
const WIDE = '1:1 21:9 4:3 3:2 2:3 5:4 4:5 3:4 16:9 9:16'
const luma: Capabilities = {
  ...one,
  ...ratios('1:1 3:1 2:1 16:9 3:2 2:3 9:16 1:2 1:3'),
  promptMax: 6000,
  seed: false,
  formats: PNG,
  style: ['auto', 'manga'],
  own: ['type', 'web_search'],
}
const reve: Capabilities = {
  ...one,
  ...ratios('3:2 16:9 9:16 2:3 4:3 3:4 1:1'),
  promptMax: 2560,
  seed: false,
  formats: ['png'],
}
const grok: Capabilities = {
  ...PROMPT_ONLY,
  ...atTwoK(ratios('16:9 1:1 3:4 4:3 9:16 2:3 3:2 9:19.5 19.5:9 9:20 20:9 1:2 2:1')),
  countMax: 10,
  formats: ['jpeg'],
}
/** Its only picture. */
const PICTURE: Pick<Capabilities, 'size'> = {
  size: { mode: 'list', sizes: ['1024x768'], auto: true, default: '1024x768' },
}
const sd3: Capabilities = { ...tuned, ...sides(64, 1536), negativePrompt: true }

const TABLE: readonly [Capabilities, ...string[]][] = [
  [{ ...tuned, steps: false, negativePrompt: true }, 'alibaba/qwen-image'],
  [
    takes(3, wan),
    'alibaba/qwen-image-2-0',
    'alibaba/qwen-image-2-0-pro',
    'alibaba/wan-2-6-image',
    'alibaba/wan-2-7-image',
    'alibaba/wan-2-7-image-pro',
  ],
  [qwen3, 'alibaba/qwen-image-3'],
  [edits(3, qwen3), 'alibaba/qwen-image-3-edit'],
  [edits(1, { ...wan, promptMax: 800, seed: false, own: [MARKS] }), 'alibaba/qwen-image-edit'],
  [
    { ...wan, countMax: 4 },
    'alibaba/wan2.2-t2i-flash',
    'alibaba/wan2.2-t2i-plus',
    'alibaba/wan2.5-t2i-preview',
  ],
  // What they may be given as `loras` is not passed on.
  [zImage, 'alibaba/z-image-turbo', 'alibaba/z-image-turbo-lora'],
  [flux2, 'blackforestlabs/flux-2', 'blackforestlabs/flux-2-lora'],
  [edits(3, flux2), 'blackforestlabs/flux-2-edit', 'blackforestlabs/flux-2-lora-edit'],
  [
    has(
      asGiven({ ...one, promptMax: 2000, seed: SEED_32 }),
      'alpha_mode',
      'max_resolution',
      'alpha_keyframe_index',
    ),
    'beeble/switchx-image-to-image',
  ],
  [{ ...flux2Pro, formats: JPEG, moderation: tolerance(5) }, 'blackforestlabs/flux-2-max'],
  [flux2Pro, 'blackforestlabs/flux-2-pro'],
  [edits(3, flux2Pro), 'blackforestlabs/flux-2-pro-edit'],
  [takes(14, seedream), 'bytedance/seedream-4-5', 'bytedance/seedream-5-0-lite-preview'],
  [takes(14, seedreamPro), 'bytedance/seedream-5-0-pro', 'bytedance/dola-seedream-5-0-pro'],
  [{ ...seedream, ...sides(512, 2048), guidance: upTo(10) }, 'bytedance/seedream-3.0'],
  [
    has(
      edits(1, { ...banana, ...ratios('1:1', UP_TO_4K), aspect: ['1:1'], formats: ['jpeg'] }),
      'scale',
    ),
    'bytedance/dreamina-creative-upscale',
  ],
  [asGiven({ ...seedream, guidance: upTo(10) }), 'bytedance/seededit-3.0-i2i'],
  [seedream4, 'bytedance/seedream-v4-text-to-image'],
  [edits(10, seedream4), 'bytedance/seedream-v4-edit'],
  [has(edits(3, { ...tuned, negativePrompt: true, formats: PNG }), 'keep_size'), 'bytedance/uso'],
  [{ ...fluxPro, steps: upTo(50), guidance: upTo(20) }, 'flux-pro'],
  [{ ...fluxPro, own: [SAFE] }, 'flux-pro/v1.1'],
  [
    {
      ...fluxPro,
      own: [SAFE, 'raw'],
      size: { mode: 'ratio', default: KONTEXT_PIXELS['16:9']!, pixels: KONTEXT_PIXELS },
      aspect: Object.keys(KONTEXT_PIXELS),
    },
    'flux-pro/v1.1-ultra',
  ],
  [tuned, 'flux-realism'],
  [has(tuned, FASTER), 'flux/srpo'],
  [has(edits(1, tuned), 'strength'), 'flux/dev/image-to-image'],
  [has(edits(1, tuned), FASTER, 'strength'), 'flux/srpo/image-to-image'],
  [{ ...four, ...sides(64, 1536), steps: upTo(1000), own: [SAFE] }, 'flux/schnell'],
  [{ ...banana, ...ratios(WIDE), countMax: 4 }, 'google/gemini-2.5-flash-image'],
  [
    { ...banana, ...ratios(WIDE, UP_TO_4K), countMax: 4 },
    'google/nano-banana-pro',
    'google/gemini-3-pro-image-preview',
  ],
  [
    has(takes(5, tiered), 'enable_web_search'),
    'google/nano-banana-2',
    'google/gemini-3-1-flash-image-preview',
    'google/gemini-3-1-flash-lite-image',
  ],
  [edits(5, { ...tiered, countMax: 4 }), 'google/gemini-3-pro-image-edit'],
  [edits(3, { ...imagen, promptMax: 32_000 }), 'google/nano-banana-edit'],
  [
    imagen,
    'google/imagen-4.0-fast-generate-001',
    'google/imagen-4.0-generate-001',
    'google/imagen-4.0-ultra-generate-001',
    'google/imagen4/preview',
    'imagen-3.0-generate-002',
    'imagen-4.0-ultra-generate-preview-06-06',
  ],
  [has({ ...sd3, formats: PNG }, EXPANDS), 'hunyuan/hunyuan-image-v3-text-to-image'],
  [has(sd3, 'prompt_expansion'), 'stable-diffusion-v3-medium'],
  [sd3, 'stable-diffusion-v35-large'],
  [
    {
      ...PROMPT_ONLY,
      promptMax: 4000,
      size: { mode: 'list', sizes: ['1024x1024', '512x512'], auto: true, default: '1024x1024' },
    },
    'stabilityai/stable-diffusion-xl-base-1.0',
  ],
  [{ ...four, ...sides(64, 1536), countMax: 1, seed: false, style: RECRAFT }, 'recraft-v3'],
  [has(asGiven({ ...one, seed: false }), ...TOPAZ, 'minor_denoise'), 'topaz-labs/sharpen'],
  [has(asGiven({ ...one, seed: SEED_31 }), ...TOPAZ, 'focus_boost'), 'topaz-labs/sharpen-gen'],
  [takes(9, luma), 'luma/uni-1', 'luma/uni-1-max'],
  [
    edits(10, {
      ...luma,
      ...ratios('16:9 21:9 4:3 3:2 1:1 2:3 3:4 9:16', { '2K': 2 }),
      countMax: 9,
      formats: ALL,
      style: false,
      own: [],
    }),
    'klingai/image-o1',
  ],
  [
    has(
      { ...banana, ...ratios('1:1 4:3 3:4 16:9 9:16 3:2 2:3'), promptMax: 4000 },
      'max_tokens',
      'temperature',
      'max_completion_tokens',
    ),
    'microsoft/mai-image-2.5',
  ],
  [reve, 'reve/create-image'],
  [asGiven(reve), 'reve/edit-image'],
  [edits(4, reve), 'reve/remix-edit-image'],
  [{ ...grok, ...PICTURE, aspect: false }, 'x-ai/grok-2-image'],
  [grok, 'x-ai/grok-imagine-image', 'x-ai/grok-imagine-image-pro'],
]

/** What AI/ML API has beside FLUX.1. It publishes no prices with them. */
export const aimlapiModels: Model[] = TABLE.flatMap(([capabilities, ...ids]) =>
  ids.map((id) =>
    living({
      id,
      ownedBy: id.includes('/') ? id.split('/')[0]! : 'aimlapi',
      created: CREATED,
      capabilities,
      routes: [route('aimlapi', id)],
      price: null,
      timing: { usualSeconds: 20, timeoutSeconds: 300 },
    }),
  ),
)
