import { type Random } from './random.ts'

/** Smooth noise over the plane, about -0.7..0.7, 0 at whole coordinates, period 256. */
export type Noise = (x: number, y: number) => number

/** A unit vector. Rejection and a square root (exact in IEEE 754) instead of sine and cosine. */
function pickDirection(random: Random): [number, number] {
  for (;;) {
    const x = random() * 2 - 1
    const y = random() * 2 - 1
    const square = x * x + y * y
    if (square > 1 || square < 0.01) continue
    const length = Math.sqrt(square)
    return [x / length, y / length]
  }
}

/** 0..255 in random order (Fisher-Yates), twice over, so that sums of two need no wrapping. */
function shuffledBytes(random: Random): Uint8Array {
  const order = Uint8Array.from({ length: 512 }, (_, i) => i & 255)
  for (let i = 255; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
  order.copyWithin(256, 0, 256)
  return order
}

/** Perlin's fade, 6t^5 - 15t^4 + 10t^3: first and second derivatives vanish at 0 and 1. */
const fade = (t: number): number => t * t * t * (t * (t * 6 - 15) + 10)

/** Perlin gradient noise (Improving Noise, 2002) with its own lattice. */
export function createNoise(random: Random): Noise {
  const order = shuffledBytes(random)
  const gradientX = new Float32Array(256)
  const gradientY = new Float32Array(256)
  for (let i = 0; i < 256; i++) [gradientX[i], gradientY[i]] = pickDirection(random)
  const corner = (index: number, dx: number, dy: number): number => {
    const at = order[index]!
    return gradientX[at]! * dx + gradientY[at]! * dy
  }
  return (x, y) => {
    const cellX = Math.floor(x)
    const cellY = Math.floor(y)
    const dx = x - cellX
    const dy = y - cellY
    const left = order[cellX & 255]! + (cellY & 255)
    const right = order[(cellX + 1) & 255]! + (cellY & 255)
    const u = fade(dx)
    const topLeft = corner(left & 255, dx, dy)
    const bottomLeft = corner((left + 1) & 255, dx, dy - 1)
    const top = topLeft + u * (corner(right & 255, dx - 1, dy) - topLeft)
    const bottom = bottomLeft + u * (corner((right + 1) & 255, dx - 1, dy - 1) - bottomLeft)
    return top + fade(dy) * (bottom - top)
  }
}

/** Octaves of noise, each about twice as fine and half as strong; about -1..1. */
export function sumOctaves(noise: Noise, x: number, y: number, octaves: number): number {
  let sum = 0
  let strength = 1
  // 2.03 rather than 2: the zeros of the octaves must not fall on each other.
  for (let scale = 1, octave = 0; octave < octaves; octave++, scale *= 2.03, strength /= 2) {
    sum += strength * noise(x * scale + octave * 17.3, y * scale + octave * 9.1)
  }
  return sum
}
