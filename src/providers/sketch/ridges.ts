import { type Landscape, planLandscape } from './landscape.ts'
import { colourAt } from './palette.ts'
import { pickBase } from './random.ts'
import { blendAt, type Canvas, clamp01, type Colour, mix, smoothstep } from './rgb.ts'
import { type Scene } from './scene.ts'
import { drawSky, skyColours } from './sky.ts'
import { drawBuildings } from './skyline.ts'
import { createProfile, treeHeight } from './terrain.ts'
import { drawWater } from './water.ts'

/** One ridge behind the next, as wide as the picture. */
interface Ridge {
  /** Row of the upper edge in each column, fractions kept. */
  tops: Float32Array
  /** Row where haze begins: level, as it lies in valleys. */
  hazeTop: number
  colour: Colour
  /** Haze towards the ridge's foot: its colour, and how much of it at most. */
  haze: Colour
  hazed: number
}

/** Ridges from far to near; where water comes first, the nearest ones are under it. */
const COUNT = { mountains: 6, hills: 6, city: 1, islands: 2 } as const

/** Highest rise of the farthest and the nearest ridge, in units. */
const RISE = {
  mountains: [0.4, 0.2],
  hills: [0.16, 0.2],
  city: [0.01, 0.01],
  islands: [0.2, 0.24],
} as const

/** Row of the ridge's foot: between the horizon and a little above the lower edge. */
function footOf(canvas: Canvas, land: Landscape, depth: number): number {
  if (land.shore < canvas.height) return land.shore + land.unit * 0.012 * depth
  const below = canvas.height * 1.02 - land.horizon
  return land.horizon - land.unit * 0.03 + below * depth ** 1.15 * 0.96
}

function createRidge(
  canvas: Canvas,
  scene: Scene,
  land: Landscape,
  place: { layer: number; depth: number; base: number },
): Ridge {
  const { palette, noise } = scene
  const profile = createProfile(land.terrain, noise)
  const [far, near] = RISE[land.terrain]
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
  const land0 = mix(palette[land.night ? 1 : 4]!, sky, land.night ? 0.3 : 0.38)
  const haze = mix(sky, palette[land.night ? 1 : 6]!, 0.3)
  const colour = mix(land0, dark, place.depth ** 0.75)
  const hazeTop = foot - rise * 0.5
  return { tops, hazeTop, colour, haze, hazed: 0.6 * (1 - place.depth) + 0.06 }
}

/** Fills from the ridge's edge to the row `bottom`. */
function drawRidge(canvas: Canvas, ridge: Ridge, bottom: number, unit: number): void {
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
    const [red, green, blue] = mix(colour, haze, hazed * smoothstep(0, 0.24, (y - hazeTop) / unit))
    for (let x = 0, at = y * width * 3; x < width; x++, at += 3) {
      const inside = y + 0.5 - tops[x]!
      const covered = clamp01(inside / softness[x]! + 0.5)
      if (covered === 0) continue
      data[at] = data[at]! + (red - data[at]!) * covered
      data[at + 1] = data[at + 1]! + (green - data[at + 1]!) * covered
      data[at + 2] = data[at + 2]! + (blue - data[at + 2]!) * covered
    }
  }
}

/** Until the next ridge covers everything. */
const lastVisibleRow = (next: Ridge | undefined, end: number): number =>
  next ? Math.min(end, Math.ceil(next.tops.reduce((a, b) => Math.max(a, b))) + 3) : end

function drawLand(canvas: Canvas, scene: Scene, land: Landscape): void {
  const base = pickBase(scene.random)
  const flooded = land.shore < canvas.height
  const all = COUNT[land.terrain]
  const count = flooded && land.terrain !== 'islands' ? Math.min(4, all) : all
  const ridges = Array.from({ length: count }, (_, layer) => {
    const depth = count === 1 ? 1 : (layer / (count - 1)) * (land.terrain === 'islands' ? 0.6 : 1)
    return createRidge(canvas, scene, land, { layer, depth, base: base + layer })
  })
  ridges.forEach((ridge, layer) => {
    drawRidge(canvas, ridge, lastVisibleRow(ridges[layer + 1], land.shore), land.unit)
  })
}

/** Below the horizon the land's haze shows wherever no ridge stands. */
function drawGround(canvas: Canvas, scene: Scene, land: Landscape): void {
  const colour = colourAt(skyColours(scene, land.night), 1)
  const from = land.horizon * canvas.width * 3
  for (let at = from; at < canvas.data.length; at += 3) blendAt(canvas.data, at, colour, 1)
}

/** A landscape under a sun or moon: ridges, islands or a city, with water when the words ask for it. */
export function drawRidges(canvas: Canvas, scene: Scene): void {
  const land = planLandscape(canvas, scene)
  drawSky(canvas, scene, land)
  drawGround(canvas, scene, land)
  if (land.terrain === 'city') drawBuildings(canvas, scene, land)
  else drawLand(canvas, scene, land)
  if (land.shore < canvas.height) drawWater(canvas, scene, land)
}
