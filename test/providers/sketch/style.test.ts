import { describe, it } from 'vitest'
import { chooseStyle, type Style } from '../../../src/providers/sketch/style.ts'
import { readWords } from '../../../src/providers/sketch/words.ts'

describe('the style of a picture', () => {
  it.for<[string, Style]>([
    ['a golden sunset over the ocean', 'ridges'],
    ['black and white city at night', 'ridges'],
    ['A watercolor painting of a MOUNTAIN lake', 'ridges'],
    ['a spiral galaxy', 'ridges'],
    ['foxes', 'ridges'],
    ['a red cube', 'tiles'],
    ['two boxes', 'tiles'],
    ['minimal poster of a city', 'tiles'],
  ])('for "%s" is %s', ([prompt, style], { expect }) => {
    expect(chooseStyle(readWords(prompt), 0)).toBe(style)
  })

  it('follows the word that comes first', ({ expect }) => {
    expect(chooseStyle(readWords('a robot above the mountains'), 0)).toBe('tiles')
    expect(chooseStyle(readWords('mountains below a robot'), 0)).toBe('ridges')
  })

  it('is not taken from parts of words', ({ expect }) => {
    // "sea" in research, "car" in scarlet, "app" in happy, "tree" in treetop.
    for (const prompt of ['research', 'scarlet', 'happy', 'treetop']) {
      const styles = new Set([0, 1].map((hash) => chooseStyle(readWords(prompt), hash)))
      expect(styles.size, prompt).toBe(2)
    }
  })
})
