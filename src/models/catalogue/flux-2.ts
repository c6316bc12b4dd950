import type { Capabilities, Model } from '../../core/model.ts'
import type { PriceLine } from '../../core/price.ts'
import { MAX_SEED, PROMPT_ONLY, day, living, perImage, priced, route, tiers } from './base.ts'

/**
 * Served by the operator's own MAX server. Its schema has lower bounds only (sides from 128 in
 * multiples of 8, steps above 0, guidance from 0): the upper ones here are the gateway's.
 */
export const onMax: Capabilities = {
  ...PROMPT_ONLY,
  operations: ['generate', 'edit'],
  countMax: 10,
  size: {
    mode: 'free',
    minSide: 128,
    maxSide: 4096,
    multiple: 8,
    maxRatio: 32,
    maxPixels: null,
    default: null,
  },
  aspect: 'derive',
  formats: ['jpeg', 'png', 'webp'],
  seed: { min: 0, max: MAX_SEED },
  steps: { min: 1, max: 1000 },
  guidance: { min: 0, max: 100 },
  negativePrompt: true,
  // Only the first image is used.
  inputs: { max: 1 },
  own: [
    'true_cfg_scale',
    'strength',
    'secondary_prompt',
    'secondary_negative_prompt',
    'cfg_normalization',
    'cfg_truncation',
    'flow_shift',
  ],
}

/** Oxen publishes ratios, not pixels: about one megapixel in multiples of 16 is assumed. */
const OXEN_PIXELS: Record<string, string> = {
  '1:1': '1024x1024',
  '16:9': '1360x768',
  '9:16': '768x1360',
  '4:3': '1184x880',
  '3:4': '880x1184',
}

const klein: Capabilities = {
  ...PROMPT_ONLY,
  operations: ['generate', 'edit'],
  // One file per queued generation.
  countMax: 1,
  size: { mode: 'ratio', default: '1360x768', pixels: OXEN_PIXELS },
  aspect: Object.keys(OXEN_PIXELS),
  quality: ['standard', 'high'],
  formats: ['png', 'jpeg', 'webp'],
  seed: { min: 0, max: MAX_SEED },
  steps: { min: 1, max: 50 },
  guidance: { min: 0, max: 10 },
  // Oxen states no maximum; Black Forest Labs takes eight.
  inputs: { max: 8 },
}

const LARGER_PIXELS = { ...OXEN_PIXELS, '3:2': '1248x832', '2:3': '832x1248' }

const larger: Capabilities = {
  ...klein,
  size: {
    mode: 'ratio',
    default: '1360x768',
    pixels: tiers(LARGER_PIXELS, { '0.5 MP': Math.SQRT1_2, '2 MP': Math.SQRT2 }, 16),
  },
  aspect: Object.keys(LARGER_PIXELS),
  // For the word `match_input_image`, which is no ratio.
  own: ['aspect_ratio'],
  quality: false,
  formats: ['webp', 'jpeg', 'png'],
  compression: true,
}

const oxen = (
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
    routes: [route('oxen', id)],
    price,
    timing: { usualSeconds: 15, timeoutSeconds: 300 },
  })

/** Black Forest Labs' own prices; Oxen's may differ. Open weights have none. */
const bfl = priced('https://docs.bfl.ai/quick_start/pricing', '2026-01-15')

/** What each megapixel of 1024x1024 costs behind the first, begun ones counted whole. */
const further = (usd: number): PriceLine => ({
  unit: 'megapixel',
  usd,
  block: 1024 * 1024,
  above: 1,
})

export const flux2Models: Model[] = [
  living({
    id: 'black-forest-labs/FLUX.2-dev',
    ownedBy: 'black-forest-labs',
    created: day('2025-11-25'),
    capabilities: onMax,
    routes: [route('max', 'black-forest-labs/FLUX.2-dev')],
    price: null,
    timing: { usualSeconds: 20, timeoutSeconds: 300 },
    aliases: ['FLUX.2-dev'],
  }),
  oxen(
    'black-forest-labs-flux-2-klein-4b',
    '2026-01-15',
    klein,
    bfl(perImage(0.014), further(0.001)),
  ),
  oxen('black-forest-labs-flux-2-klein-9b', '2026-01-15', klein, bfl(perImage(0.015))),
  oxen('flux-2-dev', '2025-11-25', larger, null),
  oxen('flux-2-flex', '2025-11-25', larger, bfl(perImage(0.05), further(0.05))),
  oxen(
    'flux-2-pro',
    '2025-11-25',
    larger,
    // Editing is stated as 0.045: one input of a megapixel.
    bfl(perImage(0.03), further(0.015), { unit: 'input', usd: 0.015 }),
  ),
]
