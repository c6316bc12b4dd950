import { drawCaption, drawStamp } from './caption.ts'
import { createNoise } from './noise.ts'
import { choosePalette, isColourless } from './palette.ts'
import { createRandom, hashText } from './random.ts'
import { removeColour, type Rgb } from './rgb.ts'
import { drawRidges } from './ridges.ts'
import { readWords } from './words.ts'

/** What to draw. */
interface Order {
  /** Any text, also empty. Read whole for chance, its first 2,000 characters for words. */
  prompt: string
  /** A whole number; other seeds give other pictures. */
  seed: number
  /** Pixels, whole numbers, `MIN_SIDE` to `MAX_SIDE`. */
  width: number
  height: number
  /** Whether to write the prompt into the picture; true unless said otherwise. */
  caption?: boolean
  /** A notice that must be seen, such as why this artist stands in; null for none. */
  stamp?: string | null
}

/** Below, no composition can be recognised. */
export const MIN_SIDE = 64

/** Above, one picture would take more than the memory (12 MB per copy) and time planned for it. */
export const MAX_SIDE = 2048

/** @throws RangeError when a side is not a whole number within the bounds. */
function checkSide(side: number): void {
  if (Number.isInteger(side) && side >= MIN_SIDE && side <= MAX_SIDE) return
  throw new RangeError(`A side must be a whole number of pixels, ${MIN_SIDE} to ${MAX_SIDE}.`)
}

/**
 * Draws a picture for a prompt: the same one for the same prompt, seed and size,
 * and the same composition at other sizes of the same shape.
 *
 * Time is bounded by the size alone: there is a fixed amount of work per
 * pixel, samples of noise are capped (`field.ts`), and of a prompt only the hash
 * reads more than its first 4,000 characters.
 *
 * @throws RangeError when the size is out of bounds.
 */
export function draw(order: Order): Rgb {
  const { prompt, seed, width, height } = order
  checkSide(width)
  checkSide(height)
  const random = createRandom(hashText(prompt, seed))
  const words = readWords(prompt)
  const palette = choosePalette(words, random)
  const scene = { words, palette, random, noise: createNoise(random) }
  const canvas = { data: new Uint8ClampedArray(width * height * 3), width, height }
  drawRidges(canvas, scene)
  // Sun and lamps are warm by themselves.
  if (isColourless(palette)) removeColour(canvas)
  const below = order.stamp ? drawStamp(canvas, order.stamp) : 0
  if (order.caption ?? true) drawCaption(canvas, prompt, palette, below)
  return { data: new Uint8Array(canvas.data.buffer), width, height }
}
