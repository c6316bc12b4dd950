import * as z from 'zod/mini'
import type { Tier } from '../core/request.ts'
import { parseSize, type Size } from '../core/size.ts'

/** AI/ML API's names of sizes; the pixels are those of fal, whose names they are. */
const PRESETS = {
  square_hd: '1024x1024',
  square: '512x512',
  portrait_4_3: '768x1024',
  portrait_16_9: '576x1024',
  landscape_4_3: '1024x768',
  landscape_16_9: '1024x576',
} as const
const NAMES = Object.keys(PRESETS) as (keyof typeof PRESETS)[]

/** A tier, in either case. */
export const Resolution = z.enum([
  ...(['512', '1K', '1.5K', '2K', '4K'] as const),
  ...(['1k', '1.5k', '2k', '4k'] as const),
  ...(['0.5 MP', '1 MP', '2 MP'] as const),
])

const error = `expected {width, height} in pixels, 1K, 1.5K, 2K, 4K or one of ${NAMES.join(', ')}`
const side = z.int({ error }).check(z.minimum(1, { error }), z.maximum(20_000, { error }))

/** `image_size`: pixels, a name of a size, or a tier. */
export const ImageSize = z.union(
  [z.object({ width: side, height: side }), z.enum(NAMES), Resolution],
  { error },
)

export type ImageSize = z.infer<typeof ImageSize>

/** Null for a tier. */
export function pixelsOf(size: ImageSize): Size | null {
  if (typeof size === 'object') return size
  return size in PRESETS ? parseSize(PRESETS[size as keyof typeof PRESETS]) : null
}

/** Null for a size in pixels. A megapixel and 1K are one picture. */
export function tierOf(named: ImageSize): Tier | null {
  const tier = Resolution.safeParse(named).data?.toUpperCase() ?? null
  return tier === '1 MP' ? '1K' : (tier as Tier | null)
}
