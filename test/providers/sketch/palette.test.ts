import fc from 'fast-check'
import { describe, it } from 'vitest'
import { toSrgb } from '../../../src/providers/sketch/oklab.ts'
import { choosePalette } from '../../../src/providers/sketch/palette.ts'
import { createRandom } from '../../../src/providers/sketch/random.ts'
import { type Colour } from '../../../src/providers/sketch/rgb.ts'
import { readWords } from '../../../src/providers/sketch/words.ts'

const paletteOf = (prompt: string, seed = 1) => choosePalette(readWords(prompt), createRandom(seed))
const luma = ([red, green, blue]: Colour): number => 0.299 * red + 0.587 * green + 0.114 * blue

describe('the colours of a picture', () => {
  it('are the one that the prompt names, whatever the seed', ({ expect }) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const [red, green, blue] = paletteOf('a red cube', seed)[4]!
        expect(red).toBeGreaterThan(2 * Math.max(green, blue))
      }),
    )
  })

  it('run from one named colour to the other, the darker one in the shadows', ({ expect }) => {
    for (const prompt of ['blue and orange', 'orange and blue']) {
      const palette = paletteOf(prompt)
      expect(palette[1]![2]).toBeGreaterThan(palette[1]![0] + 40)
      expect(palette[6]![0]).toBeGreaterThan(palette[6]![2] + 40)
      // Halfway through OKLab lies almost grey: no green, no pink.
      expect(Math.max(...palette[3]!) - Math.min(...palette[3]!)).toBeLessThan(45)
    }
  })

  it('rise evenly from dark to light', ({ expect }) => {
    const words = fc.constantFrom('red', 'neon', 'pastel', 'ocean', 'gold', 'noir', 'x')
    fc.assert(
      fc.property(fc.array(words, { maxLength: 3 }), fc.integer(), (chosen, seed) => {
        const lumas = paletteOf(chosen.join(' '), seed).map(luma)
        expect(lumas).toEqual(lumas.toSorted((a, b) => a - b))
        expect(lumas[0]).toBeLessThan(100)
        expect(lumas[7]).toBeGreaterThan(200)
      }),
    )
  })

  it('can always be shown on a screen', ({ expect }) => {
    const axis = fc.double({ min: -0.5, max: 0.5, noNaN: true })
    const lightness = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(lightness, axis, axis, (light, a, b) => {
        for (const channel of toSrgb([light, a, b])) {
          expect(channel).toBeGreaterThanOrEqual(0)
          expect(channel).toBeLessThanOrEqual(255)
        }
      }),
    )
  })

  it('are known ones: white, black and sRGB red', ({ expect }) => {
    expect(toSrgb([1, 0, 0]).map(Math.round)).toEqual([255, 255, 255])
    expect(toSrgb([0, 0, 0]).map(Math.round)).toEqual([0, 0, 0])
    const red = toSrgb([0.6279554, 0.2248631, 0.1258463]).map(Math.round)
    expect(red).toEqual([255, 0, 0])
  })
})
