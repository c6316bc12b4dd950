import { GLYPH_HEIGHT, GLYPH_WIDTH, hasInk } from './font.ts'
import { type Canvas, type Colour, paint } from './rgb.ts'

/** Cells from one letter to the next, and from one line to the next. */
export const ADVANCE = GLYPH_WIDTH + 1
export const LEADING = GLYPH_HEIGHT + 3

/** Text on a plate, laid out in lines of letters: all lengths in whole pixels. */
export interface Label {
  lines: string[][]
  /** Side of a letter's cell. */
  cell: number
  padding: number
  width: number
  height: number
}

interface LabelColours {
  ink: Colour
  plate: Colour
  /** How much the plate hides, 0..1. */
  opacity: number
}

/** Breaks after spaces, and inside words that are longer than a line (after `_` if one is there). */
function wrapLines(text: string[], perLine: number): string[][] {
  const lines: string[][] = []
  let rest = text
  while (rest.length > perLine) {
    const space = rest.lastIndexOf(' ', perLine)
    const underscore = rest.lastIndexOf('_', perLine - 1) + 1
    const cut = space > 0 ? space : underscore || perLine
    lines.push(rest.slice(0, cut))
    rest = rest.slice(rest[cut] === ' ' ? cut + 1 : cut)
  }
  return [...lines, rest]
}

/** The first `most` lines; what is left out shows as three dots. */
function shorten(lines: string[][], most: number, perLine: number): string[][] {
  if (lines.length <= most) return lines
  const last = lines[most - 1]!.slice(0, perLine - 3)
  return [...lines.slice(0, most - 1), [...last, '.', '.', '.']]
}

/**
 * Lays `text` out for a place of `room` pixels with letters of `cell` pixels;
 * null when not even a line of four letters fits.
 */
export function layOutLabel(
  text: string[],
  room: { width: number; height: number; lines: number },
  cell: number,
  padding: number,
): Label | null {
  const perLine = Math.floor(((room.width - 2 * padding) / cell + 1) / ADVANCE)
  const spare = LEADING - GLYPH_HEIGHT
  const fitting = Math.floor(((room.height - 2 * padding) / cell + spare) / LEADING)
  const most = Math.min(room.lines, fitting)
  if (perLine < 4 || most < 1) return null
  const lines = shorten(wrapLines(text, perLine), most, perLine)
  const longest = Math.max(...lines.map((line) => line.length))
  return {
    lines,
    cell,
    padding,
    width: (longest * ADVANCE - 1) * cell + 2 * padding,
    height: (lines.length * LEADING - spare) * cell + 2 * padding,
  }
}

/** Draws a label whose plate lies inside the picture. */
export function drawLabel(
  canvas: Canvas,
  label: Label,
  left: number,
  top: number,
  { ink, plate, opacity }: LabelColours,
): void {
  const { width, height, padding, cell } = label
  const box = { left, top, right: left + width, bottom: top + height }
  paint(canvas, box, plate, () => opacity)
  paint(canvas, box, ink, (x, y) =>
    Number(isInk(label, (x - left - padding) / cell, (y - top - padding) / cell)),
  )
}

/** Whether a letter has ink at this place, in cells. */
function isInk({ lines }: Label, x: number, y: number): boolean {
  const letter = lines[Math.floor(y / LEADING)]?.[Math.floor(x / ADVANCE)]
  return letter !== undefined && hasInk(letter, Math.floor(x % ADVANCE), Math.floor(y % LEADING))
}
