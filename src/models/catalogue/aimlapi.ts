import type { Capabilities, Model } from '../../core/model.ts'
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
const tuned: Capabilities = { ...four, ...sides(512, 1536), steps: upTo(50), guidance: upTo(20) }

/** Pixels of one side, the other being `other` in proportion: about a megapixel in all. */
const nominal = (side: number, other: number) => Math.round(Math.sqrt(side / other) * 64) * 16

/** Ratios whose pixels nobody states, the usual one first. */
function ratios(text: string): Pick<Capabilities, 'size' | 'aspect'> {
  const aspect = text.split(' ')
  const pixels = Object.fromEntries(
    aspect.map((ratio) => {
      const [width = 1, height = 1] = ratio.split(':').map(Number)
      return [ratio, `${nominal(width, height)}x${nominal(height, width)}`]
    }),
  )
  return { size: { mode: 'ratio', default: pixels[aspect[0]!]!, pixels }, aspect }
}

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
}
const qwen3: Capabilities = {
  ...wan,
  ...sides(384, 2048),
  promptMax: 800,
  countMax: 4,
  formats: ALL,
}
const zImage: Capabilities = { ...four, ...sides(512, 2048), formats: ALL, steps: upTo(8) }
const flux2: Capabilities = { ...zImage, steps: upTo(50, 4), guidance: upTo(20, 0) }
const flux2Pro: Capabilities = {
  ...one,
  ...sides(512, 2048),
  formats: ALL,
  moderation: tolerance(6),
}
const fluxPro: Capabilities = { ...four, ...sides(256, 1440), moderation: tolerance(6) }
const seedream: Capabilities = {
  ...one,
  ...sides(1440, 4096),
  promptMax: 32_000,
  seed: upTo(MAX_SEED, 0),
  formats: ['jpeg'],
}
const seedreamPro = { ...seedream, ...sides(1024, 2752) }
const seedream4: Capabilities = { ...four, ...sides(1024, 4096), formats: ['png'] }
const imagen: Capabilities = {
  ...four,
  ...ratios('1:1 9:16 16:9 3:4 4:3'),
  promptMax: 400,
  seed: SEED_32,
  formats: ['png'],
}
const banana: Capabilities = { ...imagen, promptMax: 32_000, countMax: 1, seed: false }
const WIDE = ratios('1:1 21:9 4:3 3:2 2:3 5:4 4:5 3:4 16:9 9:16')
const luma: Capabilities = {
  ...one,
  ...ratios('1:1 3:1 2:1 16:9 3:2 2:3 9:16 1:2 1:3'),
  promptMax: 6000,
  seed: false,
  formats: PNG,
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
  ...ratios('16:9 1:1 3:4 4:3 9:16 2:3 3:2 1:2 2:1 9:20 20:9'),
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
  [edits(1, { ...wan, promptMax: 800, seed: false }), 'alibaba/qwen-image-edit'],
  [
    { ...wan, countMax: 4 },
    'alibaba/wan2.2-t2i-flash',
    'alibaba/wan2.2-t2i-plus',
    'alibaba/wan2.5-t2i-preview',
  ],
  [zImage, 'alibaba/z-image-turbo'],
  [flux2, 'blackforestlabs/flux-2'],
  [edits(3, flux2), 'blackforestlabs/flux-2-edit'],
  [{ ...flux2Pro, formats: JPEG, moderation: tolerance(5) }, 'blackforestlabs/flux-2-max'],
  [flux2Pro, 'blackforestlabs/flux-2-pro'],
  [edits(3, flux2Pro), 'blackforestlabs/flux-2-pro-edit'],
  [takes(14, seedream), 'bytedance/seedream-4-5', 'bytedance/seedream-5-0-lite-preview'],
  [takes(14, seedreamPro), 'bytedance/seedream-5-0-pro', 'bytedance/dola-seedream-5-0-pro'],
  [{ ...seedream, ...sides(512, 2048), guidance: upTo(10) }, 'bytedance/seedream-3.0'],
  [seedream4, 'bytedance/seedream-v4-text-to-image'],
  [edits(10, seedream4), 'bytedance/seedream-v4-edit'],
  [edits(3, { ...tuned, negativePrompt: true, formats: PNG }), 'bytedance/uso'],
  [{ ...fluxPro, steps: upTo(50), guidance: upTo(20) }, 'flux-pro'],
  [fluxPro, 'flux-pro/v1.1'],
  [
    {
      ...fluxPro,
      size: { mode: 'ratio', default: KONTEXT_PIXELS['16:9']!, pixels: KONTEXT_PIXELS },
      aspect: Object.keys(KONTEXT_PIXELS),
    },
    'flux-pro/v1.1-ultra',
  ],
  [tuned, 'flux-realism', 'flux/srpo'],
  [edits(1, tuned), 'flux/dev/image-to-image', 'flux/srpo/image-to-image'],
  [{ ...four, ...sides(64, 1536), steps: upTo(50) }, 'flux/schnell'],
  [{ ...banana, ...WIDE, countMax: 4 }, 'google/gemini-2.5-flash-image', 'google/nano-banana-pro'],
  [takes(5, banana), 'google/nano-banana-2', 'google/gemini-3-1-flash-image-preview'],
  [edits(5, { ...banana, countMax: 4 }), 'google/gemini-3-pro-image-edit'],
  [edits(3, { ...imagen, promptMax: 32_000 }), 'google/nano-banana-edit'],
  [
    imagen,
    'google/imagen-4.0-fast-generate-001',
    'google/imagen-4.0-generate-001',
    'google/imagen-4.0-ultra-generate-001',
    'google/imagen4/preview',
    'imagen-3.0-generate-002',
  ],
  [{ ...sd3, formats: PNG }, 'hunyuan/hunyuan-image-v3-text-to-image'],
  [sd3, 'stable-diffusion-v3-medium', 'stable-diffusion-v35-large'],
  [{ ...four, ...sides(64, 1536), countMax: 1, seed: false }, 'recraft-v3'],
  [takes(9, luma), 'luma/uni-1', 'luma/uni-1-max'],
  [
    edits(10, {
      ...luma,
      ...ratios('16:9 21:9 4:3 3:2 1:1 2:3 3:4 9:16'),
      countMax: 9,
      formats: ALL,
    }),
    'klingai/image-o1',
  ],
  [
    { ...banana, ...ratios('1:1 4:3 3:4 16:9 9:16 3:2 2:3'), promptMax: 4000 },
    'microsoft/mai-image-2.5',
  ],
  [reve, 'reve/create-image'],
  [edits(1, reve), 'reve/edit-image'],
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
