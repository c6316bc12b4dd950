import { reservedFor } from '../core/charge.ts'
import type { Model } from '../core/model.ts'
import { toUsd } from '../core/money.ts'
import type { Price } from '../core/price.ts'
import type { GenerationRequest } from '../core/request.ts'
import { formatSize, parseSize, type Size } from '../core/size.ts'
import { priceOf } from './price.ts'
import { fixedSizes, isLegal } from './size-rule.ts'

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
  return `Nothing of ${model.id} fits: ${words(offer.asked, request, 1)} may cost USD ${usdOf(1)}.`
}

const words = (
  { size, quality, resolution }: GenerationRequest,
  asked: GenerationRequest,
  n: number,
): string =>
  [
    size ? `size ${formatSize(size)}` : asked.size && 'no size',
    resolution ? `resolution ${resolution}` : asked.resolution && 'no resolution',
    quality && `quality ${quality}`,
    `n ${n}`,
  ]
    .filter(Boolean)
    .join(', ')

/** The request as it is, and with every size or resolution and quality of the model. */
function variantsOf(request: GenerationRequest, { capabilities }: Model): GenerationRequest[] {
  const { quality } = capabilities
  const qualities = quality ? quality.filter((word) => word !== 'auto') : [request.quality]
  return placesOf(request, capabilities).flatMap((place) =>
    qualities.map((word) => ({ ...request, ...place, quality: word })),
  )
}

/** Sizes that OpenAI's clients know. */
const USUAL = ['1024x1024', '1536x1024', '1024x1536']

function placesOf(
  { size, resolution }: GenerationRequest,
  { size: rule }: Model['capabilities'],
): Partial<GenerationRequest>[] {
  if (rule.mode === 'ratio') {
    const tiers = new Set([resolution, null, ...fixedSizes(rule).map(({ tier }) => tier)])
    // Pixels may mean a dearer resolution than the one beside them.
    return [...tiers].map((tier) => ({ size: null, resolution: tier }))
  }
  const named = rule.mode === 'list' ? rule.sizes : USUAL
  const sizes = named.flatMap((text): Size[] => {
    const known = parseSize(text)
    return known && (rule.mode === 'list' || isLegal(known, rule)) ? [known] : []
  })
  return [...(size ? [size] : []), ...sizes].map((one) => ({ size: one }))
}
