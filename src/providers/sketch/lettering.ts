import { GLYPH_HEIGHT, GLYPH_WIDTH, hasInk } from './font.ts'
import { type Canvas, clamp01, type Colour, paint } from './rgb.ts'

/** Two neighbouring inked cells of a letter (or one cell twice): a stroke between their centres. */
type Stroke = readonly [x1: number, y1: number, x2: number, y2: number]

/** Half a stroke's width, in cells. A little above a half, so that small sizes keep their weight. */
const HALF_STROKE = 0.56

/**
 * The strokes of a letter: every inked cell joined to the inked ones right of
 * and below it, and across a corner where no straight way leads there.
 */
function strokesOf(character: string): Stroke[] {
  const strokes: Stroke[] = []
  const ink = (x: number, y: number): boolean => hasInk(character, x, y)
  for (let y = 0; y < GLYPH_HEIGHT; y++) {
    for (let x = 0; x < GLYPH_WIDTH; x++) {
      if (!ink(x, y)) continue
      const before = strokes.length
      if (ink(x + 1, y)) strokes.push([x, y, x + 1, y])
      if (ink(x, y + 1)) strokes.push([x, y, x, y + 1])
      if (ink(x + 1, y + 1) && !ink(x + 1, y) && !ink(x, y + 1)) {
        strokes.push([x, y, x + 1, y + 1])
      }
      if (ink(x - 1, y + 1) && !ink(x - 1, y) && !ink(x, y + 1)) {
        strokes.push([x, y, x - 1, y + 1])
      }
      if (strokes.length === before) strokes.push([x, y, x, y])
    }
  }
  return strokes
}

/** From a point to the nearest point of a stroke. */
function distanceTo([x1, y1, x2, y2]: Stroke, x: number, y: number): number {
  const dx = x2 - x1
  const dy = y2 - y1
  const along = clamp01(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1))
  return Math.sqrt((x - x1 - dx * along) ** 2 + (y - y1 - dy * along) ** 2)
}

/**
 * A letter in round strokes with smooth edges; `cell` is a cell's side in pixels. At one pixel each
 * cell is a plain pixel: nothing is sharper.
 */
function drawLetter(
  canvas: Canvas,
  character: string,
  { left, top, cell }: Place,
  ink: Colour,
): void {
  const strokes = strokesOf(character)
  const right = left + GLYPH_WIDTH * cell + 1
  const bottom = top + GLYPH_HEIGHT * cell + 1
  paint(canvas, { left: left - 1, top: top - 1, right, bottom }, ink, (x, y) => {
    const u = (x - left) / cell - 0.5
    const v = (y - top) / cell - 0.5
    if (cell === 1) return Number(hasInk(character, u, v))
    let nearest = Infinity
    for (const stroke of strokes) nearest = Math.min(nearest, distanceTo(stroke, u, v))
    return clamp01((HALF_STROKE - nearest) * cell + 0.5)
  })
}

/** Pixels, `cell` whole. */
interface Place {
  left: number
  top: number
  cell: number
}

/** One line of capitals, letters 6 cells apart. */
export function drawLine(canvas: Canvas, text: string[], place: Place, ink: Colour): void {
  text.forEach((character, index) => {
    const left = place.left + index * ADVANCE * place.cell
    drawLetter(canvas, character, { ...place, left }, ink)
  })
}

/** Cells from one letter to the next, and from one line to the next. */
export const ADVANCE = GLYPH_WIDTH + 1
export const LEADING = GLYPH_HEIGHT + 3
