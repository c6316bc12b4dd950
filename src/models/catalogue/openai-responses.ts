import type { Model } from '../../core/model.ts'
import type { PriceLine } from '../../core/price.ts'
import { living, perImage, route } from './base.ts'
import { openaiModels } from './openai.ts'

/** Estimate of what the language model that calls the tool costs, USD per image. */
const DRIVER_USD = 0.01

/** Beside the image's own tokens, under the same day. */
const driver = ({ price }: Model): PriceLine => ({
  ...perImage(DRIVER_USD),
  effective_from: price?.[0]?.effective_from,
  source: 'estimate',
})

/**
 * OpenAI's image models as a tool of its Responses API: dearer by a language model's tokens, which may
 * reword the prompt, but with a handle, so that a restart or a broken connection loses no paid image.
 * One image per call, no partial images.
 */
export const openaiResponsesModels: Model[] = openaiModels
  .filter(({ status }) => status === 'active')
  .map((model) =>
    living({
      ...model,
      id: `openai-responses/${model.id}`,
      aliases: [],
      capabilities: { ...model.capabilities, countMax: 1, partials: false },
      routes: [route('openai-responses', model.id)],
      price: (model.price ?? []).concat(driver(model)),
      hidden: true,
    }),
  )
