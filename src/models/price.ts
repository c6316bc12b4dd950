import { reservedFor } from '../core/charge.ts'
import type { Model } from '../core/model.ts'
import { fromUsd, type Micros } from '../core/money.ts'
import { countPixels, type Price, type PriceLine, type Rate } from '../core/price.ts'
import type { GenerationRequest } from '../core/request.ts'
import { formatSize, parseSize, type Size } from '../core/size.ts'
import { drawnSize, sizesOf } from './drawn-size.ts'
import { area, type FreeRule } from './size-rule.ts'
import { imageTokensOf, mostTokens, usualTokens } from './token-bounds.ts'

/** A picture that may come of a request. */
interface Drawn {
  size: Size
  quality: string | null
}

/**
 * The price of a request that was checked and changed, for all its images: of what it leaves to the
 * upstream, the dearest. Null = unpriced: no line at all, or none of some unit that fits.
 *
 * @param now ms; which lines hold.
 */
export function priceOf(
  model: Model,
  request: GenerationRequest,
  multiplier: number,
  now: number,
): Price | null {
  const lines = linesAt(model.price ?? [], now)
  if (lines.length === 0) return null
  const { effective_from: effectiveFrom = null } = lines[0]!
  const source = [...new Set(lines.flatMap((line) => line.source ?? []))].join(', ') || null
  return picturesOf(request, model)
    .map((drawn): Price | null => {
      const rates = ratesOf(lines, model, request, drawn)
      if (!rates) return null
      const reserved = reservedFor(rates, request.count, multiplier)
      return { effectiveFrom, source, multiplier, rates, reserved }
    })
    .reduce((dearest, price) => {
      if (!dearest || !price) return null
      return price.reserved > dearest.reserved ? price : dearest
    })
}

const since = ({ effective_from = '' }: PriceLine): string => effective_from

/** Lines of the newest price that has begun. */
export function linesAt(lines: PriceLine[], now: number): PriceLine[] {
  const today = new Date(now).toISOString().slice(0, 10)
  const begun = lines.filter((line) => since(line) <= today)
  const newest = begun.map(since).reduce((a, b) => (a > b ? a : b), '')
  return begun.filter((line) => since(line) === newest)
}

function picturesOf(request: GenerationRequest, { capabilities }: Model): Drawn[] {
  const { size: rule, quality: words } = capabilities
  const isOpen = !request.size && rule.mode === 'list' && rule.default === null
  const sizes = isOpen
    ? rule.sizes.flatMap((text) => parseSize(text) ?? [])
    : [drawnSize(request, capabilities)]
  const { quality } = request
  const isAuto = quality === null || quality === 'auto'
  const named = (words || []).filter((word) => word !== 'auto')
  const chosen = named.length > 0 ? named : [null]
  const qualities = isAuto ? chosen : [quality]
  return sizes.flatMap((size) => qualities.map((word) => ({ size, quality: word })))
}

/** Most pixels of one image of a request that was checked and changed, whatever it leaves to the upstream. */
export function mostPixels(model: Model, request: GenerationRequest): number {
  const { size, aspect, resolution, inputs } = request
  const { size: rule } = model.capabilities
  const pixels = picturesOf(request, model).map((drawn) => area(drawn.size))
  if (!size && rule.mode === 'free') pixels.push(mostOf(rule))
  // The shape may be that of an input.
  if (!aspect && inputs.length > 0 && rule.mode === 'ratio')
    pixels.push(...sizesOf(rule, resolution).map((drawn) => area(drawn.size)))
  return Math.max(...pixels)
}

function mostOf({ default: usual, largest, maxSide, maxPixels }: FreeRule): number {
  const stated = parseSize(largest ?? usual ?? '')
  return stated ? area(stated) : Math.min(maxSide ** 2, maxPixels ?? Infinity)
}

const unitOf = (line: PriceLine): Rate['unit'] => (line.unit === 'token' ? line.of : line.unit)

/**
 * One rate of each unit and kind of token: the first line that fits, those with conditions first. Null
 * when none fits.
 */
function ratesOf(
  lines: PriceLine[],
  model: Model,
  request: GenerationRequest,
  drawn: Drawn,
): Rate[] | null {
  const rates = new Map<Rate['unit'], Rate>()
  for (const line of lines.toSorted((a, b) => Number(!a.when) - Number(!b.when))) {
    const unit = unitOf(line)
    if (!rates.has(unit) && fits(line, request, drawn))
      rates.set(unit, rateOf(line, model, request, drawn))
  }
  if (lines.some((line) => !rates.has(unitOf(line)))) return null
  // Without a price of their own, cached tokens cost what others do.
  for (const unit of ['text_in', 'image_in'] as const) {
    const full = rates.get(unit)
    const cached = `${unit}_cached` as const
    if (full && !rates.has(cached)) rates.set(cached, { ...full, unit: cached, most: 0, usual: 0 })
  }
  return [...rates.values()]
}

const fits = ({ when = {} }: PriceLine, request: GenerationRequest, drawn: Drawn): boolean =>
  (when.size ?? formatSize(drawn.size)) === formatSize(drawn.size) &&
  (when.quality ?? drawn.quality) === drawn.quality &&
  (when.resolution ?? request.resolution) === request.resolution

/** Prices were read with at most six decimals. */
const microsOf = (usd: number): Micros => fromUsd(usd) ?? NaN

const flat = (unit: Rate['unit'], most: number, usd: number, per = 1): Rate => ({
  unit,
  micros: microsOf(usd),
  per,
  most,
  usual: most,
  pixels: null,
})

function rateOf(
  line: PriceLine,
  { tokens }: Model,
  request: GenerationRequest,
  { size, quality }: Drawn,
): Rate {
  switch (line.unit) {
    case 'image':
      return flat(line.unit, 1, line.usd)
    case 'input':
      return flat(line.unit, request.inputs.length, line.usd)
    case 'step':
      return flat(line.unit, request.steps ?? line.steps, line.usd)
    case 'megapixel': {
      const { block, above = 0, steps } = line
      const times = steps ? Math.max(request.steps ?? 0, steps) : 1
      const pixels = { block: block ?? 1, above, times }
      const per = (steps ?? 1) * (block ? 1 : 1e6)
      return { ...flat(line.unit, countPixels(area(size), pixels), line.usd, per), pixels }
    }
    case 'token': {
      const images = imageTokensOf(tokens, size, quality, request.partials)
      const most = mostTokens(line.of, tokens, request, images)
      const usual = usualTokens(line.of, request, most)
      return { ...flat(line.of, most, line.usd_per_million, 1e6), usual }
    }
  }
}

/** Images of each upstream call: at most `most` in one, all of them together `count`. */
export const split = (count: number, most: number): number[] =>
  Array.from({ length: Math.ceil(count / most) }, (_, i) => Math.min(most, count - i * most))
