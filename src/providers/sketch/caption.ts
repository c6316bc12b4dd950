import { hasGlyph } from './font.ts'
import { drawLabel, type Label, layOutLabel } from './label.ts'
import { type Palette } from './palette.ts'
import { type Canvas, mix } from './rgb.ts'

/** Characters of a text that can matter: at 2048 pixels two lines hold fewer. */
const MAX_READ = 4_000

/** Below this side, in pixels, a caption would cover the picture; a stamp is drawn all the same. */
const CAPTION_MIN_SIDE = 160

/** The pixels of the shorter side for each pixel of a letter's cell: 2 at 1024, 5 at 2048. */
const SIDE_PER_CELL = 420

/** In the font's letters: capitals without accents, single spaces. */
function spell(text: string): string[] {
  const plain = text.slice(0, MAX_READ).normalize('NFD').replace(/\p{M}/gu, '')
  const straight = plain.replace(/[‘’]/g, "'").replace(/[“”]/g, '"').replace(/[–—]/g, '-')
  return Array.from(straight.toUpperCase().replace(/\s+/g, ' ').trim())
}

/** Whether enough of the text is in the font to be read: three letters in five. */
const isLegible = (text: string[]): boolean =>
  text.length > 0 && text.filter(hasGlyph).length >= 0.6 * text.length

const cellFor = ({ width, height }: Canvas): number =>
  Math.max(1, Math.round(Math.min(width, height) / SIDE_PER_CELL))

/**
 * A notice across the upper left corner, dark on amber. Letters shrink and
 * lines wrap until it fits; at 64 by 64 about 40 letters do.
 *
 * @returns the first row below it.
 */
export function drawStamp(canvas: Canvas, stamp: string): number {
  const text = spell(stamp)
  if (text.length === 0) return 0
  const { width, height } = canvas
  let placed: { label: Label; margin: number } | null = null
  for (let cell = cellFor(canvas); cell >= 1; cell--) {
    const roomy = Math.min(width, height) >= CAPTION_MIN_SIDE || cell > 1
    const margin = roomy ? 8 * cell : 1
    const room = { width: width - 2 * margin, height: height - 2 * margin, lines: 40 }
    const label = layOutLabel(text, room, cell, roomy ? 5 * cell : 2)
    if (!label) continue
    placed = { label, margin }
    if (label.height <= height / 3) break
  }
  if (!placed) return 0
  const { label, margin } = placed
  drawLabel(canvas, label, margin, margin, { ink: [28, 20, 4], plate: [255, 196, 40], opacity: 1 })
  return margin + label.height
}

/**
 * The prompt in the lower left corner, white on dark, two lines at most; left out
 * in small pictures, below a stamp that leaves no room, and in scripts that the
 * font lacks.
 *
 * @param from first row that may be used.
 */
export function drawCaption(canvas: Canvas, prompt: string, palette: Palette, from: number): void {
  const text = spell(prompt)
  const { width, height } = canvas
  if (Math.min(width, height) < CAPTION_MIN_SIDE || !isLegible(text)) return
  const cell = cellFor(canvas)
  const margin = 14 * cell
  const room = { width: width - 2 * margin, height: height - from - 2 * margin, lines: 2 }
  const label = layOutLabel(text, room, cell, 8 * cell)
  if (!label) return
  drawLabel(canvas, label, margin, height - margin - label.height, {
    ink: [250, 248, 244],
    plate: mix([0, 0, 0], palette[0]!, 0.45),
    opacity: 0.7,
  })
}
