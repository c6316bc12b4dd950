import type { FreeRule } from './size-rule.ts'

/** The accepted sizes of a `free` rule, for people: `WxH with sides of 64 to 2048 ...`. */
export function freeSizesInWords(rule: FreeRule): string {
  const parts = [`WxH with sides of ${rule.minSide} to ${rule.maxSide} pixels`]
  if (rule.multiple > 1) parts.push(`multiples of ${rule.multiple}`)
  if (rule.maxRatio < rule.maxSide / rule.minSide) parts.push(`at most ${rule.maxRatio}:1`)
  if (rule.maxPixels !== null) parts.push(`at most ${rule.maxPixels} pixels in all`)
  return parts.join(', ')
}
