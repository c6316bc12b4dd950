import { Refusal } from './call.ts'
import { readSize } from './fields.ts'

/** What a model of the GPT image family takes: OpenAI's documents, September to November 2026. */
export interface ImageModel {
  sizes: 'any' | readonly string[]
  qualities: readonly string[]
  transparent: boolean
  fidelity: readonly string[]
  markup: boolean
}

const QUALITIES = ['low', 'medium', 'high', 'auto']
const THREE_SIZES = ['1024x1024', '1536x1024', '1024x1536', 'auto']

const GENERATION_2_5: ImageModel = {
  sizes: 'any',
  qualities: [...QUALITIES, 'xhigh', 'max'],
  transparent: true,
  fidelity: [],
  markup: true,
}
const GENERATION_2: ImageModel = {
  ...GENERATION_2_5,
  qualities: QUALITIES,
  markup: false,
}
const GENERATION_1_5: ImageModel = {
  ...GENERATION_2,
  sizes: THREE_SIZES,
  fidelity: ['high', 'low'],
}

const IMAGE_MODELS = new Map<string, ImageModel>([
  ['gpt-image-2.6-sunburst', GENERATION_2_5],
  ['gpt-image-2.6-flare', GENERATION_2_5],
  ['gpt-image-2.5-sunburst', GENERATION_2_5],
  ['gpt-image-2.5-sunburst-2026-09-08', GENERATION_2_5],
  ['gpt-image-2.5-flare', GENERATION_2_5],
  ['gpt-image-2.5-flare-2026-09-08', GENERATION_2_5],
  ['gpt-image-2', GENERATION_2],
  ['gpt-image-2-2026-04-21', GENERATION_2],
  ['gpt-image-1.5', GENERATION_1_5],
  ['gpt-image-1-mini', { ...GENERATION_1_5, fidelity: ['low'] }],
  ['chatgpt-image-latest', GENERATION_2],
])

/** Models that write text and may call the image tool; the names are stand-ins. */
const TEXT_MODELS = ['gpt-5.5', 'gpt-5.4', 'gpt-5.4-mini']

/** Retired on 12 May 2026 and 23 October 2026. */
const RETIRED = ['dall-e-2', 'dall-e-3', 'gpt-image-1']

export const MODEL_IDS = [...IMAGE_MODELS.keys(), ...TEXT_MODELS]

const noModel = (id: string): Refusal =>
  new Refusal(404, `The model \`${id}\` does not exist or you do not have access to it.`, {
    code: 'model_not_found',
  })

/** @throws Refusal 404 for a retired or unknown id. */
export function imageModel(id: string): ImageModel {
  const model = IMAGE_MODELS.get(id)
  if (model) return model
  if (!RETIRED.includes(id)) throw noModel(id)
  throw new Refusal(404, `The model \`${id}\` has been deprecated.`, { code: 'model_not_found' })
}

/** @throws Refusal 404 unless the model may drive tools. */
export function checkDriver(id: string): void {
  if (!TEXT_MODELS.includes(id)) throw noModel(id)
}

/** Third-party documents of gpt-image-2, in pixels; the rest is OpenAI's. */
const MIN_PIXELS = 655_360
const MAX_PIXELS = 3840 * 2160
const MAX_EDGE = 3840

function isLegal(width: number, height: number): boolean {
  const [short, long] = width < height ? [width, height] : [height, width]
  return (
    width % 16 === 0 &&
    height % 16 === 0 &&
    long <= 3 * short &&
    long <= MAX_EDGE &&
    width * height >= MIN_PIXELS &&
    width * height <= MAX_PIXELS
  )
}

/** `auto` and null are 1024x1024. @throws Refusal for a size that the model has not. */
export function pickSize(model: ImageModel, size: string | null, param: string) {
  if (size === null || size === 'auto') return { width: 1024, height: 1024 }
  const pixels = readSize(size)
  const legal = model.sizes === 'any' ? pixels && isLegal(pixels.width, pixels.height) : false
  if (pixels && (legal || (model.sizes !== 'any' && model.sizes.includes(size)))) return pixels
  const supported =
    model.sizes === 'any'
      ? 'Width and height must be divisible by 16, within 3:1, and at most 3840x2160.'
      : `Supported values are: ${model.sizes.map((name) => `'${name}'`).join(', ')}.`
  throw new Refusal(400, `Invalid value: '${size}'. ${supported}`, { code: 'invalid_value', param })
}
