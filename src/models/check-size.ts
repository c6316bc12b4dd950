import { errors } from '../core/error.ts'
import type { PublicError } from '../core/error.ts'
import type { Capabilities, SizeRule } from '../core/model.ts'
import type { GenerationRequest, Tier, Warning } from '../core/request.ts'
import { formatRatio, formatSize, parseRatio, ratioOf } from '../core/size.ts'
import type { Ratio, Size } from '../core/size.ts'
import { checkFixedSize } from './check-fixed-size.ts'
import { deriveSize } from './derive-size.ts'
import { anyOf, notTaken } from './finding.ts'
import type { Finding } from './finding.ts'
import {
  RATIO_TOLERANCE,
  TIER_SIDE,
  area,
  defaultSize,
  fixedSizes,
  isLegal,
  isOfTier,
  ratioError,
} from './size-rule.ts'
import type { FreeRule } from './size-rule.ts'
import { freeSizesInWords } from './size-words.ts'

/**
 * Size, ratio and resolution against what a model draws. What is accepted is put into the model's
 * own terms: pixels for `free` and `list` rules, a ratio for `ratio` rules.
 */
export function checkSize(request: GenerationRequest, capabilities: Capabilities): Finding[] {
  const { size, aspect, resolution } = request
  if (!size && !aspect && !resolution) return []
  const rule = capabilities.size
  const conflict = size && contradiction(size, aspect, resolution, rule)
  if (conflict) return [{ kind: 'refused', error: conflict }]
  return rule.mode === 'free'
    ? checkFreeSize(request, capabilities, rule)
    : checkFixedSize(request, capabilities, rule)
}

/** Two wishes that no picture fulfils. A model's own picture of a ratio may be off by more than 3 %. */
function contradiction(
  size: Size,
  aspect: Ratio | null,
  tier: Tier | null,
  rule: SizeRule,
): PublicError | null {
  const asked = formatSize(size)
  if (aspect && ratioError(size, aspect) > RATIO_TOLERANCE && !isOwnPicture(size, aspect, rule))
    return errors.invalid(
      'aspect_ratio',
      `Invalid 'aspect_ratio': expected the ratio of size ${asked}, received ${formatRatio(aspect)}; send one of the two.`,
    )
  if (tier && !isOfTier(size, tier))
    return errors.invalid(
      'resolution',
      `Invalid 'resolution': expected that of size ${asked}, received ${tier}; send one of the two.`,
    )
  return null
}

const isOwnPicture = (size: Size, aspect: Ratio, rule: SizeRule): boolean =>
  rule.mode !== 'free' &&
  fixedSizes(rule).some(
    (it) => formatSize(it.size) === formatSize(size) && ratioError(it.ratio, aspect) === 0,
  )

function checkFreeSize(
  request: GenerationRequest,
  { aspect: ratios }: Capabilities,
  rule: FreeRule,
): Finding[] {
  const { size, aspect, resolution } = request
  if (size && !isLegal(size, rule))
    return [{ kind: 'refused', error: illegal(request.model, size, rule) }]
  if (size) return aspect || resolution ? [pixels(size, null)] : []
  if (aspect && !takes(ratios, aspect))
    return [{ kind: 'refused', error: unknownRatio(request.model, aspect, ratios) }]
  return [derived(request, rule)]
}

const takes = (ratios: Capabilities['aspect'], aspect: Ratio): boolean =>
  Array.isArray(ratios) ? ratios.some((text) => isRatio(text, aspect)) : ratios === 'derive'

function isRatio(text: string, aspect: Ratio): boolean {
  const ratio = parseRatio(text)
  return ratio !== null && ratioError(ratio, aspect) <= RATIO_TOLERANCE
}

const unknownRatio = (model: string, aspect: Ratio, ratios: Capabilities['aspect']): PublicError =>
  Array.isArray(ratios)
    ? notTaken('aspect_ratio', anyOf(ratios), model, formatRatio(aspect))
    : notTaken('aspect_ratio', 'size', model, formatRatio(aspect), 'unsupported_parameter')

function illegal(model: string, size: Size, rule: FreeRule): PublicError {
  const nearest = deriveSize(ratioOf(size), area(size), rule)
  const sizes = freeSizesInWords(rule)
  const words = nearest ? `${sizes}; the nearest is ${formatSize(nearest)};` : sizes
  return notTaken('size', words, model, formatSize(size))
}

/** Pixels from a ratio, a tier or both. */
function derived({ model, aspect, resolution }: GenerationRequest, rule: FreeRule): Finding {
  const ratio = aspect ?? ratioOf(defaultSize(rule))
  const wanted = resolution ? TIER_SIDE[resolution] ** 2 : area(defaultSize(rule))
  const size = deriveSize(ratio, wanted, rule)
  if (size && (resolution === null || isOfTier(size, resolution)))
    return pixels(size, difference(size, ratio, wanted))
  const param = aspect && !size ? 'aspect_ratio' : 'resolution'
  const asked =
    param === 'resolution' ? `${resolution} in ${formatRatio(ratio)}` : formatRatio(ratio)
  return { kind: 'refused', error: notTaken(param, freeSizesInWords(rule), model, asked) }
}

/** What to say when the derived size is not quite what was asked. */
function difference(size: Size, ratio: Ratio, wanted: number): Warning | null {
  const error = ratioError(size, ratio)
  const smaller = area(size) < wanted / 1.5
  if (error === 0 && !smaller) return null
  const reason = smaller
    ? 'the largest that the model draws in this ratio'
    : `the nearest possible, ${(error * 100).toFixed(1)} % off`
  return {
    param: 'aspect_ratio',
    message: `${formatRatio(ratio)} is drawn as ${formatSize(size)}, ${reason}.`,
  }
}

const pixels = (size: Size, warning: Warning | null): Finding => ({
  kind: 'changed',
  overrides: { size, aspect: null, resolution: null },
  warning,
})
