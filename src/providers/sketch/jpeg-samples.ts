import { type Rgb } from './rgb.ts'

/** Samples of 16 by 16 pixels, in blocks of 8 by 8, -128..127. */
interface Macroblock {
  /** Upper left, upper right, lower left, lower right. */
  luma: readonly [Float32Array, Float32Array, Float32Array, Float32Array]
  /** Cb and Cr, each the mean of 2 by 2 pixels. */
  blue: Float32Array
  red: Float32Array
}

const createBlock = (): Float32Array => new Float32Array(64)

export const createMacroblock = (): Macroblock => ({
  luma: [createBlock(), createBlock(), createBlock(), createBlock()],
  blue: createBlock(),
  red: createBlock(),
})

/**
 * Fills the macroblock whose upper left pixel is given, in YCbCr (JFIF 1.02: full
 * range, BT.601). Beyond the picture its last row and column go on.
 */
export function readMacroblock(image: Rgb, left: number, top: number, into: Macroblock): void {
  const { data, width, height } = image
  const { luma, blue, red } = into
  blue.fill(0)
  red.fill(0)
  for (let y = 0; y < 16; y++) {
    const row = Math.min(height - 1, top + y) * width
    for (let x = 0; x < 16; x++) {
      const at = (row + Math.min(width - 1, left + x)) * 3
      const r = data[at]!
      const g = data[at + 1]!
      const b = data[at + 2]!
      const block = luma[((y >> 3) << 1) | (x >> 3)]!
      block[((y & 7) << 3) | (x & 7)] = 0.299 * r + 0.587 * g + 0.114 * b - 128
      const mean = ((y >> 1) << 3) | (x >> 1)
      blue[mean] = blue[mean]! + (-0.168736 * r - 0.331264 * g + 0.5 * b) / 4
      red[mean] = red[mean]! + (0.5 * r - 0.418688 * g - 0.081312 * b) / 4
    }
  }
}
