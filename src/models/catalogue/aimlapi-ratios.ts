import type { Capabilities } from '../../core/model.ts'
import { tiers } from './base.ts'

/** Pixels of one side, the other being `other` in proportion: about a megapixel in all. */
const nominal = (side: number, other: number) => Math.round(Math.sqrt(side / other) * 64) * 16

/** Ratios whose pixels nobody states, the usual one first, and their sides at other tiers. */
export function ratios(
  text: string,
  factors: Record<string, number> = {},
): Pick<Capabilities, 'size' | 'aspect'> {
  const aspect = text.split(' ')
  const usual = Object.fromEntries(
    aspect.map((ratio) => {
      const [width = 1, height = 1] = ratio.split(':').map(Number)
      return [ratio, `${nominal(width, height)}x${nominal(height, width)}`]
    }),
  )
  const pixels = tiers(usual, factors)
  return { size: { mode: 'ratio', default: pixels[aspect[0]!]!, pixels }, aspect }
}
export const UP_TO_4K = { '2K': 2, '4K': 4 }

/** 2K where nothing is asked for, and 1K. */
export function atTwoK({ size, aspect }: Pick<Capabilities, 'size' | 'aspect'>) {
  if (size.mode !== 'ratio') return { size, aspect }
  const large = tiers(size.pixels, { '2K': 2 })
  const pixels = Object.fromEntries(
    Object.entries(large).map(([key, text]) =>
      key.endsWith('@2K') ? [key.slice(0, -3), text] : [`${key}@1K`, text],
    ),
  )
  return { size: { ...size, default: large['16:9@2K']!, pixels }, aspect }
}
