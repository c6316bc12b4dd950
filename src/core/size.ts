/** Pixels, both sides positive integers. */
export interface Size {
  width: number
  height: number
}

/** A ratio of sides such as 16:9; in lowest terms unless an upstream spells it otherwise. */
export interface Ratio {
  width: number
  height: number
}

/** Largest side that is read at all; anything above is a typing error, not a picture. */
const MAX_SIDE = 20_000

/** Reads `1024x768`; null when it is not a size. */
export function parseSize(text: string): Size | null {
  const match = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text)
  if (!match) return null
  const size = { width: Number(match[1]), height: Number(match[2]) }
  return size.width <= MAX_SIDE && size.height <= MAX_SIDE ? size : null
}

export const formatSize = ({ width, height }: Size): string => `${width}x${height}`

/** Reads `16:9`, `19.5:9` or `2.35:1` into lowest terms; null when it is not a ratio. */
export function parseRatio(text: string): Ratio | null {
  const match = /^([1-9]\d{0,4}(?:\.\d{1,2})?):([1-9]\d{0,4}(?:\.\d{1,2})?)$/.exec(text)
  const [width = 0, height = 0] =
    match?.slice(1).map((side) => Math.round(Number(side) * 100)) ?? []
  return match && ratioOf({ width, height })
}

export const formatRatio = ({ width, height }: Ratio): string => `${width}:${height}`

/** The ratio of a size, in lowest terms. */
export function ratioOf({ width, height }: Size): Ratio {
  const divisor = greatestCommonDivisor(width, height)
  return { width: width / divisor, height: height / divisor }
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
