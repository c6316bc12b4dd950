import { type Landscape } from './landscape.ts'
import { colourAt } from './palette.ts'
import { createCellRandom, pickBetween, type Random } from './random.ts'
import { type Box, type Canvas, clamp01, type Colour, mix, paint } from './rgb.ts'
import { type Scene } from './scene.ts'
import { skyColours } from './sky.ts'

/** Rows of buildings from far to near: how wide and how high they are, in units. */
const BLOCKS = [
  { width: 0.05, high: 0.3 },
  { width: 0.075, high: 0.27 },
  { width: 0.11, high: 0.2 },
] as const

/** The share of a pixel around `at` that lies between two lines. */
const share = (at: number, from: number, to: number): number =>
  clamp01(Math.min(to, at + 0.5) - Math.max(from, at - 0.5))

/** A rectangle with smooth edges. */
const fillBox = (canvas: Canvas, box: Box, colour: Colour, alpha: number): void =>
  paint(
    canvas,
    box,
    colour,
    (x, y) => alpha * share(x, box.left, box.right) * share(y, box.top, box.bottom),
  )

function drawWindows(
  canvas: Canvas,
  box: Box,
  random: Random,
  style: { size: number; lit: Colour; share: number },
) {
  const columns = Math.max(1, Math.floor((box.right - box.left) / style.size - 0.6))
  const rows = Math.floor((box.bottom - box.top) / style.size / 1.35 - 0.5)
  const margin = (box.right - box.left - columns * style.size) / 2
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const bright = random()
      if (bright > style.share) continue
      const left = box.left + margin + (column + 0.22) * style.size
      const top = box.top + (row * 1.35 + 0.7) * style.size
      const pane = { left, top, right: left + style.size * 0.56, bottom: top + style.size * 0.75 }
      fillBox(canvas, pane, style.lit, 0.35 + (0.6 * bright) / style.share)
    }
  }
}

/** The house itself, sometimes a narrower storey on top, sometimes a mast. */
function drawBuilding(canvas: Canvas, box: Box, colour: Colour, random: Random): void {
  fillBox(canvas, box, colour, 1)
  const wide = box.right - box.left
  const middle = (box.left + box.right) / 2
  const add = (half: number, high: number): void => {
    const [left, right] = [middle - wide * half, middle + wide * half]
    fillBox(canvas, { left, top: box.top - wide * high, right, bottom: box.top + 1 }, colour, 1)
  }
  if (random() < 0.4) add(0.28, 0.4)
  else if (random() < 0.35) add(0.02, 0.9)
}

const LAMPLIGHT: Colour = [255, 206, 120]

/** Three rows of houses with lit windows, nearer ones darker; `base` gives them their shapes. */
export function drawBuildings(canvas: Canvas, scene: Scene, land: Landscape, base: number): void {
  const { palette } = scene
  const { unit, night, shore } = land
  const sky = colourAt(skyColours(scene, night), 0.85)
  const lit = mix(palette[7]!, LAMPLIGHT, 0.6)
  BLOCKS.forEach((block, layer) => {
    const depth = (layer + 0.4) / BLOCKS.length
    const colour = mix(
      mix(palette[night ? 1 : 4]!, sky, 0.45),
      mix(palette[0]!, [0, 0, 0], night ? 0.5 : 0.15),
      depth,
    )
    const spacing = block.width * unit
    const count = Math.ceil(canvas.width / spacing) + 2
    const foot = Math.min(shore, canvas.height)
    const rise = shore < canvas.height ? 0 : (canvas.height - land.horizon) * (1 - depth) * 0.6
    for (let house = -Math.ceil(count / 2); house <= count / 2; house++) {
      const chance = createCellRandom(base, layer, house + 10_000)
      const left = canvas.width / 2 + (house + pickBetween(chance, -0.15, 0.15)) * spacing
      const wide = spacing * pickBetween(chance, 0.75, 1.15)
      const tall = unit * (0.05 + block.high * chance() ** 1.6 + 0.1 * chance())
      const box = { left, right: left + wide, top: foot - rise - tall, bottom: foot }
      drawBuilding(canvas, box, colour, chance)
      const size = unit * (0.009 + 0.005 * layer)
      drawWindows(canvas, box, chance, {
        size,
        lit: mix(lit, colour, 0.45 - 0.2 * layer),
        share: night ? 0.42 : 0.14,
      })
    }
  })
}
