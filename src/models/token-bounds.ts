import type { TokenBounds } from '../core/model.ts'
import type { TokenKind } from '../core/price.ts'
import type { GenerationRequest } from '../core/request.ts'
import { formatSize, type Size } from '../core/size.ts'
import { area } from './size-rule.ts'

/** Output tokens of each partial image (OpenAI's guide to image generation). */
const PARTIAL_TOKENS = 100
/** Around the prompt, for what separates its parts. */
const FRAME_TOKENS = 64
/** Characters of English to a token, as OpenAI counts them. */
const CHARACTERS_PER_TOKEN = 4

/** Image tokens of one picture with its partial ones. */
export function imageTokensOf(
  bounds: TokenBounds | null,
  size: Size,
  quality: string | null,
  partials: number,
): number {
  return PARTIAL_TOKENS * partials + finalTokens(bounds?.imageOut ?? 0, size, quality ?? '')
}

function finalTokens(rule: TokenBounds['imageOut'], size: Size, quality: string): number {
  if (typeof rule === 'number') return rule
  if ('axis' in rule) {
    const axis = rule.axis[quality] ?? Math.max(...Object.values(rule.axis))
    const { width, height } = size
    const other = Math.round((axis * Math.min(width, height)) / Math.max(width, height))
    return Math.ceil((axis * other * (2e6 + area(size))) / 4e6)
  }
  const named = rule.table[formatSize(size)]
  const rows = named ? [named] : Object.values(rule.table)
  return Math.max(...rows.map((row) => row[quality] ?? Math.max(...Object.values(row))))
}

/** Input counts for each image: vendors bill several images of one call like calls of their own. */
export function mostTokens(
  kind: TokenKind,
  bounds: TokenBounds | null,
  { prompt, inputs, mask, inputFidelity }: GenerationRequest,
  images: number,
): number {
  switch (kind) {
    case 'text_in':
      return new TextEncoder().encode(prompt).length + FRAME_TOKENS
    case 'image_in': {
      const high = inputFidelity === 'high' ? bounds?.imageInHigh : undefined
      return (inputs.length + (mask ? 1 : 0)) * (high ?? bounds?.imageIn ?? 0)
    }
    case 'image_out':
      return images
    case 'text_out':
      return bounds?.textOut ?? 0
    case 'text_in_cached':
    case 'image_in_cached':
      return 0
  }
}

/** What is charged where an upstream does not tell. */
export function usualTokens(kind: TokenKind, { prompt }: GenerationRequest, most: number): number {
  if (kind === 'text_out') return 0
  return kind === 'text_in' ? Math.ceil(prompt.length / CHARACTERS_PER_TOKEN) : most
}
