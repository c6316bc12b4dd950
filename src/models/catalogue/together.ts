import type { Capabilities, Model } from '../../core/model.ts'
import { MAX_SEED, PROMPT_ONLY, day, living, priced, route } from './base.ts'

/** Together states no bounds of sizes; these are what FLUX.1 is known to draw well. */
const schnell: Capabilities = {
  ...PROMPT_ONLY,
  promptMax: 4000,
  countMax: 4,
  size: {
    mode: 'free',
    minSide: 256,
    maxSide: 1440,
    multiple: 16,
    maxRatio: 4,
    maxPixels: null,
    default: '1024x1024',
  },
  aspect: 'derive',
  formats: ['jpeg', 'png'],
  seed: { min: 0, max: MAX_SEED },
  steps: { min: 1, max: 12 },
}

const kontext: Capabilities = {
  ...schnell,
  operations: ['generate', 'edit'],
  steps: { min: 1, max: 50 },
  guidance: { min: 0, max: 20 },
  inputs: { max: 1 },
}

const together = (
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
    routes: [route('together', id)],
    price,
    timing: { usualSeconds: 10, timeoutSeconds: 120 },
  })

/** By the megapixel, with four steps; more steps cost in proportion. */
const SCHNELL = priced(
  'https://www.together.ai/pricing',
  '2026-05-25',
)({
  unit: 'megapixel',
  usd: 0.0027,
  steps: 4,
})

/** Two of Together's models by its own names; what the second costs was not found. */
export const togetherModels: Model[] = [
  together('black-forest-labs/FLUX.1-schnell', '2024-08-01', schnell, SCHNELL),
  together('black-forest-labs/FLUX.1-kontext-pro', '2025-05-29', kontext, null),
]
