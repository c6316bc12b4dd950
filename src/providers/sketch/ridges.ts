import { type Landscape, planLandscape } from './landscape.ts'
import { colourAt } from './palette.ts'
import { pickBase } from './random.ts'
import { createRidge, drawRidge, type Ridge } from './ridge.ts'
import { blendAt, type Canvas } from './rgb.ts'
import { type Scene } from './scene.ts'
import { drawSky, drawSun, skyColours } from './sky.ts'
import { drawBuildings } from './skyline.ts'
import { drawWater } from './water.ts'

/** Ridges from far to near; where water comes first, the nearest ones are under it. */
const COUNT = { mountains: 6, hills: 6, islands: 2 } as const

/** Until the next ridge covers everything. */
const lastVisibleRow = (next: Ridge | undefined, end: number): number =>
  next ? Math.min(end, Math.ceil(next.tops.reduce((a, b) => Math.max(a, b))) + 3) : end

/** What paints the land; painting it again changes nothing but smooth edges. */
function planLand(canvas: Canvas, scene: Scene, land: Landscape): () => void {
  const base = pickBase(scene.random)
  const { terrain } = land
  if (terrain === 'city') return () => drawBuildings(canvas, scene, land, base)
  const flooded = land.shore < canvas.height
  const all = COUNT[terrain]
  const count = flooded && terrain !== 'islands' ? Math.min(4, all) : all
  const nearest = terrain === 'islands' ? 0.6 : 1
  const ridges = Array.from({ length: count }, (_, layer) => {
    const depth = (layer / (count - 1)) * nearest
    return createRidge(canvas, scene, land, { terrain, layer, depth, base: base + layer })
  })
  return () => {
    ridges.forEach((ridge, layer) => {
      drawRidge(canvas, ridge, lastVisibleRow(ridges[layer + 1], land.shore), land.unit)
    })
  }
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
  const paintLand = planLand(canvas, scene, land)
  drawSky(canvas, scene, land)
  drawGround(canvas, scene, land)
  if (land.shore < canvas.height) {
    // Before the sun is drawn: its light on the water is in the glints, its mirrored disc a blot.
    paintLand()
    drawWater(canvas, scene, land)
  }
  drawSun(canvas, scene, land)
  paintLand()
}
