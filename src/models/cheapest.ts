import { reservedFor } from '../core/charge.ts'
import type { Model } from '../core/model.ts'
import { toUsd } from '../core/money.ts'
import type { Price } from '../core/price.ts'
import type { GenerationRequest } from '../core/request.ts'
import { formatRatio, formatSize, parseSize, type Size } from '../core/size.ts'
import { priceOf } from './price.ts'
import { fixedSizes, isLegal, type FreeRule } from './size-rule.ts'

interface Offer {
  asked: GenerationRequest
  price: Price
}

/**
 * What a request that is too dear could ask for instead, as a sentence: as many images as asked, if need be
 * fewer.
 *
 * @param jobs of so many images each
 */
export function cheapestWithin(
  mostUsd: number,
  model: Model,
  request: GenerationRequest,
  jobs: number,
  multiplier: number,
  now: number,
): string {
  const [offer] = variantsOf(request, model)
    .flatMap((asked): Offer[] => {
      const price = priceOf(model, asked, multiplier, now)
      return price ? [{ asked, price }] : []
    })
    .toSorted((a, b) => a.price.reserved - b.price.reserved)
  if (!offer) return ''
  const reserved = (n: number) => reservedFor(offer.price.rates, n, multiplier)
  const usdOf = (n: number) => toUsd(jobs > 1 ? n * reserved(1) : reserved(n))
  for (let n = request.count * jobs; n > 0; n--)
    if (usdOf(n) <= mostUsd)
      return `The cheapest that fits: ${words(offer.asked, request, n)}, at most USD ${usdOf(n)}.`
  return `No size, quality, steps or n of ${model.id} fits: ${words(offer.asked, request, 1)} may cost USD ${usdOf(1)}.`
}

/** `alone`: without other fields of shape, which would contradict it. */
const words = (
  { size, aspect, quality, resolution, steps }: GenerationRequest,
  asked: GenerationRequest,
  n: number,
): string =>
  [
    size
      ? `size ${formatSize(size)}${size === asked.size ? '' : ' alone'}`
      : asked.size && 'no size',
    aspect && aspect !== asked.aspect && `aspect_ratio ${formatRatio(aspect)}`,
    resolution ? `resolution ${resolution}` : asked.resolution && 'no resolution',
    quality && `quality ${quality}`,
    steps !== asked.steps && (steps ? `steps ${steps}` : 'no steps'),
    `n ${n}`,
  ]
    .filter(Boolean)
    .join(', ')

/** The request as it is, and with every size or resolution, quality and steps that may be the cheapest. */
function variantsOf(request: GenerationRequest, { capabilities }: Model): GenerationRequest[] {
  const { quality, steps: bounds } = capabilities
  const qualities = quality ? quality.filter((word) => word !== 'auto') : [request.quality]
  const steps = new Set([request.steps, null, bounds ? Math.max(1, bounds.min) : null])
  return placesOf(request, capabilities).flatMap((place) =>
    qualities.flatMap((word) =>
      [...steps].map((count) => ({ ...request, ...place, quality: word, steps: count })),
    ),
  )
}

/** Sizes that OpenAI's clients know. */
const USUAL = ['1024x1024', '1536x1024', '1024x1536']

/** Of two that cost the same, the first is told: what was asked for. */
function placesOf(
  { size, aspect, resolution }: GenerationRequest,
  { size: rule, aspect: ratios }: Model['capabilities'],
): Partial<GenerationRequest>[] {
  if (rule.mode === 'ratio') {
    const drawn = fixedSizes(rule).filter(({ label }) => ratios && ratios.includes(label))
    const tiers = new Set([resolution, null, ...drawn.map(({ tier }) => tier)])
    return [
      // Pixels may mean a dearer resolution than the one beside them.
      ...[...tiers].map((tier) => ({ size: null, aspect: size ? null : aspect, resolution: tier })),
      ...drawn.map(({ ratio, tier }) => ({ size: null, aspect: ratio, resolution: tier })),
    ]
  }
  const named = rule.mode === 'list' ? rule.sizes : [...USUAL, ...leastOf(rule)]
  const sizes = named.flatMap((text): Size[] => {
    const known = parseSize(text)
    return known && (rule.mode === 'list' || isLegal(known, rule)) ? [known] : []
  })
  return [...(size ? [size] : []), ...sizes].map((one) => ({ size: one }))
}

/** The smallest square, and the longest picture of that height: per token, long ones are cheaper. */
function leastOf({ minSide, maxSide, multiple, maxRatio }: FreeRule): string[] {
  const side = Math.ceil(minSide / multiple) * multiple
  const long = Math.floor(Math.min(maxSide, side * maxRatio) / multiple) * multiple
  return [`${side}x${side}`, `${long}x${side}`]
}
