import { type Canvas } from './rgb.ts'

/** One pixel-wide line across the picture's longer side, being lit. */
export interface Strip {
  /** 3 numbers (0..255, fractions kept) per pixel. */
  light: Float32Array
  /** Pixels: the picture's shorter side. */
  length: number
}

export const createStrip = (length: number): Strip => ({
  light: new Float32Array(length * 3),
  length,
})

/** Writes the line at `along` pixels of the longer side: a column of wide pictures, a row of tall. */
export function writeStrip(canvas: Canvas, strip: Strip, along: number): void {
  const { data, width, height } = canvas
  const start = width >= height ? along * 3 : along * width * 3
  const step = width >= height ? width * 3 : 3
  for (let pixel = 0, at = start; pixel < strip.length; pixel++, at += step) {
    data[at] = strip.light[pixel * 3]!
    data[at + 1] = strip.light[pixel * 3 + 1]!
    data[at + 2] = strip.light[pixel * 3 + 2]!
  }
}
