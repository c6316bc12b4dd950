import type { Capabilities, Model } from '../../core/model.ts'
import { MAX_SEED, PROMPT_ONLY, day, living, perImage, priced, route, sides } from './base.ts'

/**
 * What each ratio gives: the sizes the model was trained on (its public reference code).
 * 21:9 and 4:3 are also what AI/ML API's pages show.
 */
export const KONTEXT_PIXELS: Record<string, string> = {
  '21:9': '1568x672',
  '16:9': '1392x752',
  '4:3': '1184x880',
  '3:2': '1248x832',
  '1:1': '1024x1024',
  '2:3': '832x1248',
  '3:4': '880x1184',
  '9:16': '752x1392',
  '9:21': '672x1568',
}

const common: Capabilities = {
  ...PROMPT_ONLY,
  promptMax: 4000,
  countMax: 4,
  seed: { min: 1, max: MAX_SEED },
  guidance: { min: 1, max: 20 },
}

/** A request without a ratio stays without one; `size` is what the vendor's page says then comes. */
const kontext = (size: string): Capabilities => ({
  ...common,
  size: { mode: 'ratio', default: size, pixels: KONTEXT_PIXELS },
  aspect: Object.keys(KONTEXT_PIXELS),
  formats: ['jpeg', 'png'],
  // OpenAI's two words, or the vendor's `safety_tolerance`.
  moderation: ['auto', 'low', '1', '2', '3', '4', '5', '6'],
})

const textToImage = kontext('1024x1024')
const imageToImage: Capabilities = {
  ...kontext('1184x880'),
  operations: ['edit'],
  inputs: { max: 4 },
}

const flux1 = (
  id: string,
  created: string,
  capabilities: Capabilities,
  price: Model['price'],
): Model =>
  living({
    id,
    ownedBy: 'black-forest-labs',
    created: day(created),
    capabilities,
    routes: [route('aimlapi', id)],
    price,
    timing: { usualSeconds: 15, timeoutSeconds: 120 },
  })

/** Black Forest Labs' own prices; AI/ML API's may differ. */
const bfl = priced('https://docs.bfl.ai/quick_start/pricing', '2025-05-29')
const MAX = bfl(perImage(0.08))
const PRO = bfl(perImage(0.04))

const dev: Capabilities = {
  ...common,
  ...sides(512, 1536),
  formats: ['jpeg'],
  steps: { min: 1, max: 50 },
  own: ['enable_safety_checker'],
}

/** FLUX.1 as AI/ML API names and documents it. */
export const flux1Models: Model[] = [
  flux1('flux/kontext-max/text-to-image', '2025-05-29', textToImage, MAX),
  flux1('flux/kontext-max/image-to-image', '2025-05-29', imageToImage, MAX),
  flux1('flux/kontext-pro/text-to-image', '2025-05-29', textToImage, PRO),
  flux1('flux/kontext-pro/image-to-image', '2025-05-29', imageToImage, PRO),
  flux1('flux/dev', '2024-08-01', dev, null),
]
