import { type Noise } from './noise.ts'
import { colourAt } from './palette.ts'
import { pickBetween } from './random.ts'
import { type Canvas, type Colour, mix } from './rgb.ts'
import { type Scene } from './scene.ts'
import { createStrip, writeStrip, type Strip } from './strip.ts'

/** Sheets of threads one above the other, and threads in each. */
const RIBBONS = 5
const THREADS = 140

/** Places where a thread is computed, at most; straight between them. */
const KNOTS = 256

/** One thread: its offsets across the picture (shorter side = 1) at the knots. */
interface Thread {
  across: Float32Array
  colour: Colour
  /** 0..1. */
  strength: number
}

interface Ribbon {
  middle: number
  spread: number
  wave: number
  twist: number
  drift: number
}

const pickRibbon = (scene: Scene, index: number): Ribbon => ({
  middle: 0.14 + (0.72 * (index + 0.5)) / RIBBONS + pickBetween(scene.random, -0.1, 0.1),
  spread: pickBetween(scene.random, 0.04, 0.12),
  wave: pickBetween(scene.random, 0.5, 0.8),
  twist: pickBetween(scene.random, 0.5, 1.1),
  drift: scene.random() * 90,
})

/** Neighbouring threads read neighbouring lines of the noise: that is what folds the ribbon. */
function bend(noise: Noise, ribbon: Ribbon, along: number, place: number): number {
  const slow = noise(along * 0.9 + ribbon.drift, ribbon.twist * place * 0.55 + ribbon.drift)
  const quick = noise(along * 2.2 + ribbon.drift, ribbon.twist * place * 0.9 + 31 + ribbon.drift)
  return ribbon.middle + ribbon.spread * place + ribbon.wave * (slow + 0.3 * quick)
}

/** @param long the picture's longer side in shorter sides. */
function createThreads(scene: Scene, long: number): Thread[] {
  const ribbons = Array.from({ length: RIBBONS }, (_, index) => pickRibbon(scene, index))
  return ribbons.flatMap((ribbon, index) =>
    Array.from({ length: THREADS }, (_, thread) => {
      const place = (thread / (THREADS - 1)) * 2 - 1
      const across = Float32Array.from({ length: KNOTS + 1 }, (__, knot) =>
        bend(scene.noise, ribbon, (knot / KNOTS) * long, place),
      )
      const tone = 0.36 + (0.34 * index) / RIBBONS + 0.3 * (place * 0.5 + 0.5)
      // Fainter towards the ribbon's hems, with one bright thread in eleven.
      const hem = 1 - place * place * 0.75
      const bright = thread % 11 === 0 ? 1.7 : 1
      return { across, colour: colourAt(scene.palette, tone), strength: 0.3 * hem * bright }
    }),
  )
}

/** Lays a thread over one line of the strip; `middle` and `thickness` in pixels. */
function layThread(strip: Strip, middle: number, thickness: number, thread: Thread): void {
  const { light, length } = strip
  const from = middle - thickness / 2
  const to = middle + thickness / 2
  const first = Math.max(0, Math.floor(from))
  const last = Math.min(length - 1, Math.floor(to))
  for (let pixel = first; pixel <= last; pixel++) {
    const covered = Math.min(to, pixel + 1) - Math.max(from, pixel)
    const alpha = covered * thread.strength
    // Screen blending: light adds up where threads cross, and never exceeds white.
    for (let channel = 0; channel < 3; channel++) {
      const at = pixel * 3 + channel
      light[at] = light[at]! + (1 - light[at]! / 255) * thread.colour[channel]! * alpha
    }
  }
}

/** The ground: dark, with a broad soft glow along the middle. */
function createGround(scene: Scene, length: number): Float32Array {
  const ground = new Float32Array(length * 3)
  const dark = mix(scene.palette[0]!, [0, 0, 0], 0.35)
  for (let pixel = 0; pixel < length; pixel++) {
    const away = ((pixel + 0.5) / length) * 2 - 1
    ground.set(mix(dark, scene.palette[1]!, 0.55 * (1 - away * away)), pixel * 3)
  }
  return ground
}

/** Ribbons of fine threads along the longer side, folded and see-through. */
export function drawSilk(canvas: Canvas, scene: Scene): void {
  const shorter = Math.min(canvas.width, canvas.height)
  const longer = Math.max(canvas.width, canvas.height)
  const threads = createThreads(scene, longer / shorter)
  const ground = createGround(scene, shorter)
  const strip = createStrip(shorter)
  // A 550th of the shorter side; thinner than a pixel it covers less, so all sizes look alike.
  const thin = shorter / 550
  const perPixel = KNOTS / longer
  for (let along = 0; along < longer; along++) {
    strip.light.set(ground)
    const knot = Math.floor((along + 0.5) * perPixel)
    const between = (along + 0.5) * perPixel - knot
    for (const thread of threads) {
      const here = thread.across[knot]!
      const step = thread.across[knot + 1]! - here
      const slope = step * shorter * perPixel
      const thickness = thin * Math.sqrt(1 + slope * slope)
      layThread(strip, (here + step * between) * shorter, thickness, thread)
    }
    writeStrip(canvas, strip, along)
  }
}
