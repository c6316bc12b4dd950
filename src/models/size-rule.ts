import type { SizeRule } from '../core/model.ts'
import type { Tier } from '../core/request.ts'
import { parseRatio, parseSize, ratioOf } from '../core/size.ts'
import type { Ratio, Size } from '../core/size.ts'

export type FreeRule = Extract<SizeRule, { mode: 'free' }>
export type FixedRule = Exclude<SizeRule, FreeRule>

/** Side of a square picture of each tier, pixels. */
export const TIER_SIDE: Record<Tier, number> = {
  '512': 512,
  '0.5 MP': 724,
  '1K': 1024,
  '1.5K': 1536,
  '2 MP': 1448,
  '2K': 2048,
  '4K': 4096,
}

/** Ratios nearer than this count as the same, with a warning unless they are. */
export const RATIO_TOLERANCE = 0.03

/** What an upstream that does not tell is taken to draw, pixels. */
const USUAL_SIZE: Size = { width: 1024, height: 1024 }

export const area = ({ width, height }: Size): number => width * height

/** How far two ratios are apart: 0 = equal, 0.03 = one is 3 % longer. */
export function ratioError(a: Ratio, b: Ratio): number {
  const factor = (a.width * b.height) / (a.height * b.width)
  return Math.max(factor, 1 / factor) - 1
}

/** The tiers that all vendors know. */
const COMMON: Tier[] = ['512', '1K', '2K', '4K']

/**
 * Whether a picture is of a tier. The common ones are four times apart in pixels, and vendors mean different
 * things by them: 3840x2160 counts as 4K, 1568x672 as 1K. The others are half or double of 1K, or near it.
 */
export const isOfTier = (size: Size, tier: Tier): boolean =>
  distance(size, tier) <= Math.log(COMMON.includes(tier) ? 2.5 : 1.3)

export const defaultSize = (rule: SizeRule): Size =>
  (rule.default === null ? null : parseSize(rule.default)) ?? USUAL_SIZE

export function isLegal({ width, height }: Size, rule: FreeRule): boolean {
  const [short, long] = width < height ? [width, height] : [height, width]
  return (
    short >= rule.minSide &&
    long <= rule.maxSide &&
    width % rule.multiple === 0 &&
    height % rule.multiple === 0 &&
    long <= short * rule.maxRatio &&
    (rule.maxPixels === null || width * height <= rule.maxPixels)
  )
}

/** One picture that a model with fixed sizes draws. */
export interface FixedSize {
  /** As the upstream spells it, not in lowest terms; or the ratio of the pixels. */
  ratio: Ratio
  label: string
  size: Size
  /** Null = what comes without `resolution`. */
  tier: Tier | null
}

/** The pictures of a `list` or `ratio` rule. Keys of `pixels` are `16:9` or, for other tiers, `16:9@2K`. */
export function fixedSizes(rule: FixedRule): FixedSize[] {
  if (rule.mode === 'list')
    return rule.sizes.flatMap((text) => {
      const size = parseSize(text)
      return size ? [{ ratio: ratioOf(size), label: text, size, tier: null }] : []
    })
  return Object.entries(rule.pixels).flatMap(([key, text]) => {
    const [label = '', tier] = key.split('@')
    const ratio = parseRatio(label) && asWritten(label)
    const size = parseSize(text)
    return ratio && size ? [{ ratio, label, size, tier: tier && isTier(tier) ? tier : null }] : []
  })
}

/** `21:9` is not `7:3` to an upstream that compares texts. */
function asWritten(label: string): Ratio {
  const [width = 1, height = 1] = label.split(':').map(Number)
  return { width, height }
}

export const isTier = (text: string): text is Tier => Object.hasOwn(TIER_SIDE, text)

/** The tier of a picture: stated, else the nearest common one. */
export const tierOf = ({ size, tier }: FixedSize): Tier =>
  tier ?? COMMON.reduce((best, it) => (distance(size, it) < distance(size, best) ? it : best))

const distance = (size: Size, tier: Tier): number =>
  Math.abs(Math.log(area(size) / TIER_SIDE[tier] ** 2))
