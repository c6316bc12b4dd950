import { GLYPH_HEIGHT } from './font.ts'
import { ADVANCE, drawLine, LEADING } from './lettering.ts'
import { blendAt, type Canvas, clamp01, type Colour } from './rgb.ts'

/** Text on a plate, laid out: all lengths in whole pixels. */
export interface Label {
  lines: string[]
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
function wrapLines(text: string, perLine: number): string[] {
  const lines: string[] = []
  let rest = text
  while (Array.from(rest).length > perLine) {
    const head = Array.from(rest)
      .slice(0, perLine + 1)
      .join('')
    const fits = Array.from(head).slice(0, perLine).join('')
    const space = head.lastIndexOf(' ')
    const underscore = fits.lastIndexOf('_') + 1
    const cut = space > 0 ? space : underscore > 0 ? underscore : fits.length
    lines.push(rest.slice(0, cut))
    rest = rest.slice(cut).trimStart()
  }
  return rest === '' ? lines : [...lines, rest]
}

/** The first `most` lines; what is left out shows as three dots. */
function shorten(lines: string[], most: number, perLine: number): string[] {
  if (lines.length <= most) return lines
  const last = Array.from(lines[most - 1] ?? '').slice(0, Math.max(0, perLine - 3))
  return [...lines.slice(0, most - 1), `${last.join('')}...`]
}

/**
 * Lays `text` out for a place of `room` pixels with letters of `cell` pixels;
 * null when not even a line of four letters fits.
 */
export function layOutLabel(
  text: string,
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
  const longest = Math.max(...lines.map((line) => Array.from(line).length))
  return {
    lines,
    cell,
    padding,
    width: (longest * ADVANCE - 1) * cell + 2 * padding,
    height: (lines.length * LEADING - spare) * cell + 2 * padding,
  }
}

/** A rectangle with round corners, mixed into what is there. */
function drawPlate(canvas: Canvas, label: Label, left: number, top: number, colours: LabelColours) {
  const radius = label.padding * 0.6
  for (let y = 0; y < label.height; y++) {
    const beyondY = Math.max(radius - y - 0.5, y + 0.5 - label.height + radius, 0)
    for (let x = 0; x < label.width; x++) {
      const beyondX = Math.max(radius - x - 0.5, x + 0.5 - label.width + radius, 0)
      const far = Math.sqrt(beyondX * beyondX + beyondY * beyondY)
      const covered = colours.opacity * clamp01(radius + 0.5 - far)
      blendAt(canvas.data, ((top + y) * canvas.width + left + x) * 3, colours.plate, covered)
    }
  }
}

/** Draws a label whose plate lies inside the picture. */
export function drawLabel(
  canvas: Canvas,
  label: Label,
  left: number,
  top: number,
  colours: LabelColours,
): void {
  drawPlate(canvas, label, left, top, colours)
  label.lines.forEach((line, index) => {
    const place = {
      left: left + label.padding,
      top: top + label.padding + index * LEADING * label.cell,
      cell: label.cell,
    }
    drawLine(canvas, line, place, colours.ink)
  })
}
