import { greatestCommonDivisor, type Ratio, type Size } from '../core/size.ts'
import { RATIO_TOLERANCE, area, isLegal, ratioError } from './size-rule.ts'
import type { FreeRule } from './size-rule.ts'

/** How much of the wanted number of pixels is given up for an exact ratio: 1 % for 0.01 %. */
const RATIO_WEIGHT = 100

/**
 * A legal size of this ratio (to within 3 %) and of about this many pixels, less or more where the
 * limits want it; null when the rule has none, as for a ratio beyond its longest.
 */
export function deriveSize(ratio: Ratio, pixels: number, rule: FreeRule): Size | null {
  const wanted = withinLimits(ratio, pixels, rule)
  let best: { size: Size; cost: number } | null = null
  for (const size of [...rounded(wanted, rule.multiple), ...exact(ratio, wanted, rule.multiple)]) {
    const error = ratioError(size, ratio)
    if (error > RATIO_TOLERANCE || !isLegal(size, rule)) continue
    const cost = RATIO_WEIGHT * error + Math.abs(Math.log(area(size) / area(wanted)))
    if (!best || cost < best.cost) best = { size, cost }
  }
  return best?.size ?? null
}

/** The ratio as a size in fractions of a pixel, inside the rule's limits. */
function withinLimits(ratio: Ratio, pixels: number, rule: FreeRule): Size {
  const long = Math.max(ratio.width, ratio.height)
  const short = Math.min(ratio.width, ratio.height)
  const largest = Math.min(
    rule.maxSide / long,
    Math.sqrt((rule.maxPixels ?? Infinity) / (ratio.width * ratio.height)),
  )
  const wanted = Math.sqrt(pixels / (ratio.width * ratio.height))
  const scale = Math.min(Math.max(wanted, rule.minSide / short), largest)
  return { width: ratio.width * scale, height: ratio.height * scale }
}

/** Sizes whose sides are the nearest multiples. */
function rounded({ width, height }: Size, multiple: number): Size[] {
  const near = (side: number) =>
    [-1, 0, 1, 2]
      .map((step) => (Math.floor(side / multiple) + step) * multiple)
      .filter((n) => n > 0)
  return near(width).flatMap((w) => near(height).map((h) => ({ width: w, height: h })))
}

/** Sizes of exactly this ratio, one below and one above. */
function exact(ratio: Ratio, wanted: Size, multiple: number): Size[] {
  const step = leastCommonMultiple(
    multiple / greatestCommonDivisor(multiple, ratio.width),
    multiple / greatestCommonDivisor(multiple, ratio.height),
  )
  const below = Math.floor(wanted.width / ratio.width / step) * step
  return [below, below + step]
    .filter((scale) => scale > 0)
    .map((scale) => ({ width: ratio.width * scale, height: ratio.height * scale }))
}

const leastCommonMultiple = (a: number, b: number): number => (a / greatestCommonDivisor(a, b)) * b
