import type { Capabilities, Model, SizeRule } from '../../core/model.ts'
import { PROMPT_ONLY, day, living, retired, route } from './base.ts'
import { GPT_IMAGE_1_MINI, GPT_IMAGE_15, GPT_IMAGE_2, GPT_IMAGE_25 } from './openai-prices.ts'
import type { TokenPrice } from './openai-prices.ts'

/**
 * From gpt-image-2 on: multiples of 16, at most 3:1, at most 3840x2160 pixels in either direction
 * (openai-node, types of `images.generate`). 480 is the shortest side that any size of at least
 * 655,360 pixels can have at 3:1; that lower bound itself is known from third parties only.
 */
const anySize: SizeRule = {
  mode: 'free',
  minSide: 480,
  maxSide: 3840,
  multiple: 16,
  maxRatio: 3,
  maxPixels: 3840 * 2160,
  // A missing size is `auto`. Of what that draws this is the dearest; long ones have more pixels.
  default: '1024x1024',
  largest: '1536x1024',
}

/** Before gpt-image-2. A missing size is `auto`: the upstream chooses one of them. */
const threeSizes: SizeRule = {
  mode: 'list',
  sizes: ['1024x1024', '1536x1024', '1024x1536'],
  auto: true,
  default: null,
}

/** gif and svg are previews with rules of their own and not offered. */
const gptImage2: Capabilities = {
  ...PROMPT_ONLY,
  operations: ['generate', 'edit'],
  countMax: 10,
  size: anySize,
  aspect: 'derive',
  quality: ['low', 'medium', 'high', 'auto'],
  background: ['auto', 'opaque', 'transparent'],
  formats: ['png', 'jpeg', 'webp'],
  compression: true,
  moderation: ['auto', 'low'],
  inputs: { max: 16 },
  mask: true,
  partials: true,
  endUser: true,
}

const gptImage25: Capabilities = {
  ...gptImage2,
  quality: ['low', 'medium', 'high', 'xhigh', 'max', 'auto'],
}

const gptImage26: Capabilities = { ...gptImage25, own: ['complexity'] }

const gptImage15: Capabilities = {
  ...gptImage2,
  size: threeSizes,
  inputFidelity: ['high', 'low'],
}

const openai = (
  id: string,
  created: string,
  { price, tokens }: TokenPrice,
  capabilities: Capabilities,
): Model =>
  living({
    id,
    ownedBy: 'openai',
    created: day(created),
    capabilities,
    routes: [route('openai', id)],
    price,
    tokens,
    // 33 to 70 s are common, above 120 s for high quality (issue reports).
    timing: { usualSeconds: 40, timeoutSeconds: 600 },
  })

/** OpenAI's dated names of the same model; the undated one answers, with a warning. */
const dated = (model: Model, date: string): Model => ({
  ...model,
  aliases: [`${model.id}-${date}`],
})

const current = dated(openai('gpt-image-2', '2026-04-21', GPT_IMAGE_2, gptImage2), '2026-04-21')
const before: Model = {
  ...openai('gpt-image-1.5', '2025-12-16', GPT_IMAGE_15, gptImage15),
  // As AI/ML API names it, and the one that it answers for.
  aliases: ['openai/gpt-image-1-5', 'openai/gpt-image-1'],
}
const mini = openai('gpt-image-1-mini', '2025-10-06', GPT_IMAGE_1_MINI, {
  ...gptImage15,
  inputFidelity: ['low'],
})

export const openaiModels: Model[] = [
  current,
  // 2.6 is listed by OpenAI with few stated limits: those of 2.5 are assumed.
  openai('gpt-image-2.6-sunburst', '2026-11-10', GPT_IMAGE_25, gptImage26),
  openai('gpt-image-2.6-flare', '2026-11-10', GPT_IMAGE_25, gptImage26),
  dated(openai('gpt-image-2.5-sunburst', '2026-09-08', GPT_IMAGE_25, gptImage25), '2026-09-08'),
  dated(openai('gpt-image-2.5-flare', '2026-09-08', GPT_IMAGE_25, gptImage25), '2026-09-08'),
  before,
  mini,
  openai('chatgpt-image-latest', '2025-12-16', GPT_IMAGE_15, gptImage15),
  retired('gpt-image-1', '2025-04-23', before),
  retired('dall-e-3', '2023-11-06', current),
  retired('dall-e-2', '2022-11-03', mini),
]
