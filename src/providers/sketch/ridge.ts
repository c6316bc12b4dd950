import { type Landscape } from './landscape.ts'
import { colourAt } from './palette.ts'
import { blendAt, type Canvas, clamp01, type Colour, mix, smoothstep } from './rgb.ts'
import { type Scene } from './scene.ts'
import { skyColours } from './sky.ts'
import { PROFILES, type RidgeTerrain, treeHeight } from './terrain.ts'

/** One ridge behind the next, as wide as the picture. */
export interface Ridge {
  /** Row of the upper edge in each column, fractions kept. */
  tops: Float32Array
  /** Row where haze begins: level, as it lies in valleys. */
  hazeTop: number
  colour: Colour
  /** Haze towards the ridge's foot: its colour, and how much of it at most. */
  haze: Colour
  hazed: number
}

/** Which ridge. */
interface RidgePlace {
  terrain: RidgeTerrain
  /** From 0, the farthest: gives each its own shape. */
  layer: number
  /** 0 far to 1 near. */
  depth: number
  /** For the trees on it. */
  base: number
}

/** Highest rise of the farthest and the nearest ridge, in units. */
const RISE = {
  mountains: [0.4, 0.2],
  hills: [0.16, 0.2],
  islands: [0.2, 0.24],
} as const

/** Row of the ridge's foot: between the horizon and a little above the lower edge. */
function footOf(canvas: Canvas, land: Landscape, depth: number): number {
  if (land.shore < canvas.height) return land.shore + land.unit * 0.012 * depth
  const below = canvas.height * 1.02 - land.horizon
  return land.horizon - land.unit * 0.03 + below * depth ** 1.15 * 0.96
}

export function createRidge(
  canvas: Canvas,
  scene: Scene,
  land: Landscape,
  place: RidgePlace,
): Ridge {
  const { palette, noise } = scene
  const profile = PROFILES[place.terrain](noise)
  const [far, near] = RISE[place.terrain]
  const rise = (far + (near - far) * place.depth) * land.unit
  const foot = footOf(canvas, land, place.depth)
  const trees = land.wooded && place.depth > 0.7
  const size = 0.5 + 0.9 * place.depth
  const tops = Float32Array.from({ length: canvas.width }, (_, column) => {
    const x = (column + 0.5 - canvas.width / 2) / land.unit + 40
    const tree = trees ? size * treeHeight(x / size, place.base, noise) : 0
    return foot - rise * profile(x, place.layer + 1) - tree * land.unit
  })
  const sky = colourAt(skyColours(scene, land.night), 0.86)
  const dark = mix(palette[0]!, [0, 0, 0], land.night ? 0.55 : 0.25)
  const bare = mix(palette[land.night ? 1 : 4]!, sky, land.night ? 0.3 : 0.38)
  const haze = mix(sky, palette[land.night ? 1 : 6]!, 0.3)
  const colour = mix(bare, dark, place.depth ** 0.75)
  const hazeTop = foot - rise * 0.5
  return { tops, hazeTop, colour, haze, hazed: 0.6 * (1 - place.depth) + 0.06 }
}

/** Fills from the ridge's edge to the row `bottom`; `unit` as in `Landscape`. */
export function drawRidge(canvas: Canvas, ridge: Ridge, bottom: number, unit: number): void {
  const { data, width } = canvas
  const { tops, hazeTop, colour, haze, hazed } = ridge
  const first = Math.max(0, Math.floor(tops.reduce((a, b) => Math.min(a, b))) - 2)
  const softness = new Float32Array(width)
  for (let x = 0; x < width; x++) {
    // Steep edges cross several rows within a column: spread them over as many, 4 at most.
    const slope = Math.abs(tops[Math.min(width - 1, x + 1)]! - tops[Math.max(0, x - 1)]!) / 2
    softness[x] = Math.min(4, 1 + slope)
  }
  for (let y = first; y < bottom; y++) {
    const here = mix(colour, haze, hazed * smoothstep(0, 0.24, (y - hazeTop) / unit))
    for (let x = 0; x < width; x++) {
      const covered = clamp01((y + 0.5 - tops[x]!) / softness[x]! + 0.5)
      if (covered > 0) blendAt(data, (y * width + x) * 3, here, covered)
    }
  }
}
