import { GLYPH_HEIGHT, GLYPH_WIDTH, hasInk } from '../../src/providers/sketch/font.ts'
import { ADVANCE, LEADING } from '../../src/providers/sketch/label.ts'
import type { Rgb } from '../../src/providers/sketch/rgb.ts'

const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:_-')

/**
 * Reads text of one ink colour and one pixel per cell back out of a picture, its
 * lines joined with spaces. The first letter must have ink in its upper left corner
 * or be an A; what matches no letter is read as a space.
 */
export function readLetters({ data, width, height }: Rgb, ink: readonly number[]): string {
  const isInk = (x: number, y: number): boolean =>
    x < width && y < height && ink.every((value, i) => data[(y * width + x) * 3 + i] === value)
  const inked: { x: number; y: number }[] = []
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (isInk(x, y)) inked.push({ x, y })
  }
  const left = inked.reduce((least, { x }) => Math.min(least, x), width)
  const top = inked.reduce((least, { y }) => Math.min(least, y), height)
  const isLetter = (letter: string, x: number, y: number): boolean => {
    for (let cell = 0; cell < GLYPH_WIDTH * GLYPH_HEIGHT; cell++) {
      const [column, row] = [cell % GLYPH_WIDTH, Math.floor(cell / GLYPH_WIDTH)]
      if (isInk(x + column, y + row) !== hasInk(letter, column, row)) return false
    }
    return true
  }
  let text = ''
  for (let y = top; y + GLYPH_HEIGHT <= height; y += LEADING) {
    for (let x = left; x < width; x += ADVANCE) {
      text += LETTERS.find((letter) => isLetter(letter, x, y)) ?? ' '
    }
    text += ' '
  }
  return text.replaceAll(/\s+/g, ' ').trim()
}
