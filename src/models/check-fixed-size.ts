import type { Capabilities } from '../core/model.ts'
import type { GenerationRequest, Tier, Warning } from '../core/request.ts'
import { formatRatio, formatSize, ratioOf } from '../core/size.ts'
import type { Ratio, Size } from '../core/size.ts'
import { anyOf, notTaken } from './finding.ts'
import type { Finding } from './finding.ts'
import {
  RATIO_TOLERANCE,
  area,
  defaultSize,
  fixedSizes,
  isOfTier,
  ratioError,
  tierOf,
} from './size-rule.ts'
import type { FixedRule, FixedSize } from './size-rule.ts'

/** What a model with fixed sizes offers, and how to name it. */
interface Offer {
  model: string
  rule: FixedRule
  sizes: FixedSize[]
  /** The upstream understands `resolution`. */
  tiered: boolean
}

/** A request against a model that draws certain sizes (`list`) or certain ratios (`ratio`) only. */
export function checkFixedSize(
  { model, size, aspect, resolution }: GenerationRequest,
  capabilities: Capabilities,
  rule: FixedRule,
): Finding[] {
  const sizes = offered(rule, capabilities)
  const offer = { model, rule, sizes, tiered: sizes.some(({ tier }) => tier !== null) }
  if (size) return [bySize(size, resolution, offer)]
  if (aspect && capabilities.aspect === false)
    return [refuse('aspect_ratio', formatRatio(aspect), offer)]
  return byRatio(aspect, resolution, offer)
}

/** The rule's pictures, less the ratios that the model does not take. */
function offered(rule: FixedRule, { aspect }: Capabilities): FixedSize[] {
  const all = fixedSizes(rule)
  return rule.mode === 'ratio' && Array.isArray(aspect)
    ? all.filter(({ label }) => aspect.includes(label))
    : all
}

function bySize(size: Size, resolution: Tier | null, offer: Offer): Finding {
  const same = offer.sizes.find((it) => formatSize(it.size) === formatSize(size))
  if (same) return choose(same, offer, same.tier, null)
  const asked = formatSize(size)
  if (offer.rule.mode === 'list') return refuse('size', asked, offer)
  // The smallest that covers it, else the largest there is.
  const near = nearest(size, offer.sizes)
    .filter((it) => isOf(it, resolution, offer) || resolution === null)
    .toSorted((a, b) => area(a.size) - area(b.size))
  const chosen = near.find((it) => area(it.size) >= area(size)) ?? near.at(-1)
  if (!chosen) return refuse('size', asked, offer)
  return choose(chosen, offer, chosen.tier, {
    param: 'size',
    message:
      `${offer.model} draws ratios, not pixels: ${asked} becomes ${chosen.label}, ` +
      `about ${formatSize(chosen.size)}.`,
  })
}

function byRatio(aspect: Ratio | null, resolution: Tier | null, offer: Offer): Finding[] {
  const ratio = aspect ?? ratioOf(defaultSize(offer.rule))
  const near = nearest(ratio, offer.sizes)
  if (near.length === 0)
    return [
      aspect
        ? refuse('aspect_ratio', formatRatio(ratio), offer)
        : refuse('resolution', String(resolution), offer),
    ]
  const chosen = near.find((it) => isOf(it, resolution, offer))
  if (!chosen) return [refuseTier(resolution, near, offer)]
  // A tier alone goes on to an upstream that knows tiers; elsewhere the picture itself stands for it.
  if (!aspect && offer.tiered) return []
  const exact = !aspect || ratioError(chosen.ratio, ratio) === 0
  return [
    choose(chosen, offer, offer.tiered ? resolution : null, exact ? null : rounded(ratio, chosen)),
  ]
}

/** Whether this is the picture that comes with `resolution`, or without one. */
function isOf(it: FixedSize, resolution: Tier | null, { tiered }: Offer): boolean {
  if (resolution === null) return it.tier === null
  return tiered ? tierOf(it) === resolution : isOfTier(it.size, resolution)
}

/** The pictures of the nearest ratio within the tolerance, all tiers of it. */
function nearest(ratio: Ratio, sizes: FixedSize[]): FixedSize[] {
  const error = Math.min(...sizes.map((it) => ratioError(it.ratio, ratio)))
  return error > RATIO_TOLERANCE ? [] : sizes.filter((it) => ratioError(it.ratio, ratio) === error)
}

const choose = (
  chosen: FixedSize,
  { rule }: Offer,
  resolution: Tier | null,
  warning: Warning | null,
): Finding => ({
  kind: 'changed',
  overrides:
    rule.mode === 'list'
      ? { size: chosen.size, aspect: null, resolution: null }
      : { size: null, aspect: chosen.ratio, resolution },
  warning,
})

const rounded = (ratio: Ratio, chosen: FixedSize): Warning => ({
  param: 'aspect_ratio',
  message: `${formatRatio(ratio)} is drawn as ${chosen.label}, the nearest possible.`,
})

function labelsOf({ rule, sizes }: Offer): string {
  const labels = [...new Set(sizes.map(({ label }) => label))]
  return anyOf(rule.mode === 'list' && rule.auto ? [...labels, 'auto'] : labels)
}

const nameOf = ({ rule }: Offer): string => (rule.mode === 'list' ? 'size' : 'aspect_ratio')

function refuse(param: string, received: string, offer: Offer): Finding {
  const name = nameOf(offer)
  const accepted = (name === param ? '' : `${name} `) + labelsOf(offer)
  return { kind: 'refused', error: notTaken(param, accepted, offer.model, received) }
}

const refuseTier = (resolution: Tier | null, near: FixedSize[], { model }: Offer): Finding => ({
  kind: 'refused',
  error: notTaken('resolution', anyOf([...new Set(near.map(tierOf))]), model, resolution ?? 'none'),
})
