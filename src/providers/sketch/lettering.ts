import { GLYPH_HEIGHT, GLYPH_WIDTH, hasInk } from './font.ts'
import { blendAt, type Canvas, clamp01, type Colour } from './rgb.ts'

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
  const awayX = x - x1 - dx * along
  const awayY = y - y1 - dy * along
  return Math.sqrt(awayX * awayX + awayY * awayY)
}

/** Each cell a plain pixel: at one pixel per cell nothing is sharper. */
function drawCells(canvas: Canvas, character: string, left: number, top: number, ink: Colour) {
  for (let row = 0; row < GLYPH_HEIGHT; row++) {
    for (let column = 0; column < GLYPH_WIDTH; column++) {
      const x = left + column
      const y = top + row
      if (x >= canvas.width || y >= canvas.height || !hasInk(character, column, row)) continue
      blendAt(canvas.data, (y * canvas.width + x) * 3, ink, 1)
    }
  }
}

/** Round strokes with smooth edges; `cell` is a cell's side in pixels. */
function drawStrokes(
  canvas: Canvas,
  character: string,
  place: { left: number; top: number; cell: number },
  ink: Colour,
): void {
  const { left, top, cell } = place
  const strokes = strokesOf(character)
  const right = Math.min(canvas.width, left + GLYPH_WIDTH * cell + 1)
  const bottom = Math.min(canvas.height, top + GLYPH_HEIGHT * cell + 1)
  for (let y = Math.max(0, top - 1); y < bottom; y++) {
    for (let x = Math.max(0, left - 1); x < right; x++) {
      const u = (x + 0.5 - left) / cell - 0.5
      const v = (y + 0.5 - top) / cell - 0.5
      let nearest = Infinity
      for (const stroke of strokes) nearest = Math.min(nearest, distanceTo(stroke, u, v))
      const covered = clamp01((HALF_STROKE - nearest) * cell + 0.5)
      if (covered > 0) blendAt(canvas.data, (y * canvas.width + x) * 3, ink, covered)
    }
  }
}

/** One line of capitals; `left` and `top` in pixels, `cell` whole pixels, letters 6 cells apart. */
export function drawLine(
  canvas: Canvas,
  text: string,
  place: { left: number; top: number; cell: number },
  ink: Colour,
): void {
  Array.from(text).forEach((character, index) => {
    const left = place.left + index * ADVANCE * place.cell
    if (character === ' ' || left >= canvas.width) return
    if (place.cell === 1) drawCells(canvas, character, left, place.top, ink)
    else drawStrokes(canvas, character, { ...place, left }, ink)
  })
}

/** Cells from one letter to the next, and from one line to the next. */
export const ADVANCE = GLYPH_WIDTH + 1
export const LEADING = GLYPH_HEIGHT + 3
