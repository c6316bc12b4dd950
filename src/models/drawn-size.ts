import type { Capabilities } from '../core/model.ts'
import type { GenerationRequest } from '../core/request.ts'
import { ratioOf } from '../core/size.ts'
import type { Size } from '../core/size.ts'
import { defaultSize, fixedSizes, ratioError, tierOf } from './size-rule.ts'

/** The pixels that a model gives a request that `checkRequest` accepted and changed. */
export function drawnSize(
  { size, aspect, resolution }: GenerationRequest,
  { size: rule }: Capabilities,
): Size {
  if (size) return size
  if (rule.mode !== 'ratio' || (!aspect && !resolution)) return defaultSize(rule)
  const ratio = aspect ?? ratioOf(defaultSize(rule))
  const drawn = fixedSizes(rule)
    .filter((it) => (resolution ? tierOf(it) === resolution : it.tier === null))
    .toSorted((a, b) => ratioError(a.ratio, ratio) - ratioError(b.ratio, ratio))
  return drawn[0]?.size ?? defaultSize(rule)
}
