import { drawCubes } from './cubes.ts'
import { type Palette } from './palette.ts'
import { createCellRandom, pickBase, pickInteger, type Random } from './random.ts'
import { blendAt, type Canvas, clamp01, type Colour } from './rgb.ts'
import { type Scene } from './scene.ts'
import { MOTIFS, type Motif } from './tile-motifs.ts'
import { mentions, wordSet } from './words.ts'

const CUBES = wordSet('cube cubic box block isometric building architecture')

/** One square of the pattern. */
interface Tile {
  motif: Motif
  ground: Colour
  figure: Colour
  accent: Colour
  flipX: boolean
  flipY: boolean
}

/** Pixels, the right and lower side excluded. */
interface Square {
  left: number
  top: number
  right: number
  bottom: number
}

/** Dark, two middle tones, light and the palest: neighbours in it always stand apart. */
const tones = (palette: Palette): Colour[] => [0, 2, 4, 5, 7].map((stop) => palette[stop]!)

/** One of `colours` other than `not`. */
function pickOther(random: Random, colours: Colour[], not: Colour | null): Colour {
  const others = colours.filter((colour) => colour !== not)
  return others[Math.floor(random() * others.length)]!
}

function pickTile(random: Random, colours: Colour[]): Tile {
  const ground = pickOther(random, colours, null)
  const figure = pickOther(random, colours, ground)
  return {
    motif: MOTIFS[Math.floor(random() * MOTIFS.length)]!,
    ground,
    figure,
    accent: pickOther(random, colours, figure),
    flipX: random() < 0.5,
    flipY: random() < 0.5,
  }
}

function drawTile(canvas: Canvas, square: Square, tile: Tile): void {
  const { data, width } = canvas
  const wide = square.right - square.left
  const high = square.bottom - square.top
  for (let y = square.top; y < square.bottom; y++) {
    const down = (y + 0.5 - square.top) / high
    const v = tile.flipY ? 1 - down : down
    for (let x = square.left, at = (y * width + x) * 3; x < square.right; x++, at += 3) {
      const along = (x + 0.5 - square.left) / wide
      const [figure, accent] = tile.motif(tile.flipX ? 1 - along : along, v)
      blendAt(data, at, tile.ground, 1)
      // A motif says how far inside a pixel lies, in tiles; the edge is one pixel wide.
      const covered = clamp01(figure * wide + 0.5)
      if (covered > 0) blendAt(data, at, tile.figure, covered)
      const marked = clamp01(accent * wide + 0.5)
      if (marked > 0) blendAt(data, at, tile.accent, marked)
    }
  }
}

/** A flat pattern: cubes when the prompt is about boxes, else a poster. */
export function drawTiles(canvas: Canvas, scene: Scene): void {
  if (mentions(scene.words, CUBES)) drawCubes(canvas, scene)
  else drawPoster(canvas, scene)
}

/**
 * A poster of squares with circles, arcs and stripes. The number of squares
 * along the shorter side is drawn; along the longer one they fill the picture.
 */
function drawPoster(canvas: Canvas, scene: Scene): void {
  const { width, height } = canvas
  const { random } = scene
  const shorter = Math.min(width, height)
  // A strip gets fewer squares across, so that they stay large enough to be seen.
  const most = Math.max(width, height) > 3 * shorter ? 3 : 7
  const count = Math.min(most, pickInteger(random, 4, 7))
  const columns = Math.max(1, Math.round((width / shorter) * count))
  const rows = Math.max(1, Math.round((height / shorter) * count))
  const colours = tones(scene.palette)
  const base = pickBase(random)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const square = {
        left: Math.round((column * width) / columns),
        top: Math.round((row * height) / rows),
        right: Math.round(((column + 1) * width) / columns),
        bottom: Math.round(((row + 1) * height) / rows),
      }
      drawTile(canvas, square, pickTile(createCellRandom(base, row, column), colours))
    }
  }
}
