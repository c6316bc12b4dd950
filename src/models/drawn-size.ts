import type { Capabilities } from '../core/model.ts'
import type { GenerationRequest, Tier } from '../core/request.ts'
import { ratioOf } from '../core/size.ts'
import type { Size } from '../core/size.ts'
import { defaultSize, fixedSizes, ratioError, tierOf } from './size-rule.ts'
import type { FixedRule, FixedSize } from './size-rule.ts'

/** The pixels that a model gives a request that `checkRequest` accepted and changed. */
export function drawnSize(
  { size, aspect, resolution }: GenerationRequest,
  { size: rule }: Capabilities,
): Size {
  if (size) return size
  if (rule.mode !== 'ratio' || (!aspect && !resolution)) return defaultSize(rule)
  const ratio = aspect ?? ratioOf(defaultSize(rule))
  const drawn = sizesOf(rule, resolution).toSorted(
    (a, b) => ratioError(a.ratio, ratio) - ratioError(b.ratio, ratio),
  )
  return drawn[0]?.size ?? defaultSize(rule)
}

/** What comes with `resolution`, or without one. */
export const sizesOf = (rule: FixedRule, resolution: Tier | null): FixedSize[] =>
  fixedSizes(rule).filter((it) => (resolution ? tierOf(it) === resolution : it.tier === null))
