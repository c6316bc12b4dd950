/** A picture, 3 bytes (red, green, blue, sRGB) per pixel, rows from the top, no padding. */
export interface Rgb {
  data: Uint8Array
  width: number
  height: number
}

/** A picture being drawn: as `Rgb`, but writing rounds and clamps instead of wrapping. */
export interface Canvas {
  data: Uint8ClampedArray
  width: number
  height: number
}

/** Red, green and blue, 0..255 each; fractions are fine until a canvas rounds them. */
export type Colour = readonly [number, number, number]

/** From `from` (t = 0) to `to` (t = 1), channel by channel; of OKLab too. */
export const mix = (from: Colour, to: Colour, t: number): Colour => [
  from[0] + (to[0] - from[0]) * t,
  from[1] + (to[1] - from[1]) * t,
  from[2] + (to[2] - from[2]) * t,
]

export const clamp01 = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value)

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothstep(low: number, high: number, value: number): number {
  const t = clamp01((value - low) / (high - low))
  return t * t * (3 - 2 * t)
}

/** Lays `colour` over the pixel at byte offset `at`; `alpha` 0..1. */
export function blendAt(data: Uint8ClampedArray, at: number, colour: Colour, alpha: number): void {
  data[at] = data[at]! + (colour[0] - data[at]!) * alpha
  data[at + 1] = data[at + 1]! + (colour[1] - data[at + 1]!) * alpha
  data[at + 2] = data[at + 2]! + (colour[2] - data[at + 2]!) * alpha
}

/** A filled circle with a smooth edge; everything in pixels, parts outside are cut off. */
export function drawDisc(
  canvas: Canvas,
  disc: { x: number; y: number; radius: number },
  colour: Colour,
  alpha: number,
): void {
  const { data, width, height } = canvas
  // Below half a pixel of radius the disc stays that large and grows fainter instead.
  const radius = Math.max(0.5, disc.radius)
  const strength = alpha * Math.min(1, (disc.radius / radius) ** 2)
  const top = Math.max(0, Math.floor(disc.y - radius - 1))
  const bottom = Math.min(height - 1, Math.ceil(disc.y + radius + 1))
  const left = Math.max(0, Math.floor(disc.x - radius - 1))
  const right = Math.min(width - 1, Math.ceil(disc.x + radius + 1))
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const dx = x + 0.5 - disc.x
      const dy = y + 0.5 - disc.y
      const coverage = clamp01(radius + 0.5 - Math.sqrt(dx * dx + dy * dy))
      if (coverage > 0) blendAt(data, (y * width + x) * 3, colour, strength * coverage)
    }
  }
}

/** Keeps only each pixel's luma (BT.601, as JPEG does). */
export function removeColour({ data }: Canvas): void {
  for (let at = 0; at < data.length; at += 3) {
    const luma = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!
    data[at] = luma
    data[at + 1] = luma
    data[at + 2] = luma
  }
}
