import { type Palette } from './palette.ts'
import { createCellRandom, pickBase, pickInteger, type Random } from './random.ts'
import { type Box, type Canvas, clamp01, type Colour, paint } from './rgb.ts'
import { type Scene } from './scene.ts'
import { MOTIFS, type Motif } from './tile-motifs.ts'

/** One square of the pattern. */
interface Tile {
  motif: Motif
  ground: Colour
  figure: Colour
  accent: Colour
  flipX: boolean
  flipY: boolean
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

/** @param square whole pixels. */
function drawTile(canvas: Canvas, square: Box, tile: Tile): void {
  const wide = square.right - square.left
  const high = square.bottom - square.top
  const colours = [tile.ground, tile.figure, tile.accent]
  colours.forEach((colour, layer) => {
    paint(canvas, square, colour, (x, y) => {
      if (layer === 0) return 1
      const along = (x - square.left) / wide
      const down = (y - square.top) / high
      const inside = tile.motif(tile.flipX ? 1 - along : along, tile.flipY ? 1 - down : down)
      // A motif says how far inside a pixel lies, in tiles; the edge is one pixel wide.
      return clamp01(inside[layer - 1]! * wide + 0.5)
    })
  })
}

/**
 * A poster of squares with circles, arcs and stripes. The number of squares
 * along the shorter side is drawn; along the longer one they fill the picture.
 */
export function drawTiles(canvas: Canvas, scene: Scene): void {
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
