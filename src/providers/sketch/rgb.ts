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

/** Pixels, fractions kept. */
export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

/** Lays `colour` over the pixels that `box` touches, each by `cover`, 0..1, of its centre. */
export function paint(
  { data, width, height }: Canvas,
  { left, top, right, bottom }: Box,
  colour: Colour,
  cover: (x: number, y: number) => number,
): void {
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, bottom); y++) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, right); x++) {
      blendAt(data, (y * width + x) * 3, colour, cover(x + 0.5, y + 0.5))
    }
  }
}

/** A filled circle with a smooth edge; everything in pixels, parts outside are cut off. */
export function drawDisc(
  canvas: Canvas,
  disc: { x: number; y: number; radius: number },
  colour: Colour,
  alpha: number,
): void {
  const { x, y } = disc
  // Below half a pixel of radius the disc stays that large and grows fainter instead.
  const radius = Math.max(0.5, disc.radius)
  const strength = alpha * (disc.radius / radius) ** 2
  const far = radius + 1
  const box = { left: x - far, top: y - far, right: x + far, bottom: y + far }
  paint(
    canvas,
    box,
    colour,
    (px, py) => strength * clamp01(radius + 0.5 - Math.sqrt((px - x) ** 2 + (py - y) ** 2)),
  )
}

/** Keeps only each pixel's luma (BT.601, as JPEG does). */
export function removeColour({ data }: Canvas): void {
  for (let at = 0; at < data.length; at += 3) {
    const luma = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!
    data.fill(luma, at, at + 3)
  }
}
