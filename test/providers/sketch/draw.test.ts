import fc from 'fast-check'
import { describe, it } from 'vitest'
import { draw, MAX_SIDE, MIN_SIDE } from '../../../src/providers/sketch/draw.ts'
import { type Rgb } from '../../../src/providers/sketch/rgb.ts'
import { readLetters } from '../../support/read-letters.ts'

const STAMP = 'drawn by sketch: OPENAI_API_KEY is not set'

async function digest({ data }: Rgb): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', data)).toHex()
}

/** Mean difference of two pictures of one size, 0..255 per channel. */
function difference(a: Rgb, b: Rgb): number {
  let sum = 0
  for (let at = 0; at < a.data.length; at++) sum += Math.abs(a.data[at]! - b.data[at]!)
  return sum / a.data.length
}

/** An eighth as wide and high: each pixel the mean of 64. */
function shrink({ data, width, height }: Rgb): Rgb {
  const small = {
    data: new Uint8Array((width / 8) * (height / 8) * 3),
    width: width / 8,
    height: height / 8,
  }
  for (let at = 0; at < small.data.length; at++) {
    const pixel = Math.floor(at / 3)
    const left = (pixel % small.width) * 8
    const top = Math.floor(pixel / small.width) * 8
    let sum = 0
    for (let i = 0; i < 64; i++)
      sum += data[((top + (i >> 3)) * width + left + (i & 7)) * 3 + (at % 3)]!
    small.data[at] = sum / 64
  }
  return small
}

describe('a picture of sketch-1', () => {
  // These change only together with the model's name: people keep seeds to get a picture again.
  it('stays the same, byte for byte', async ({ expect }) => {
    const picture = draw({ prompt: 'abc lake', seed: 3, width: 512, height: 512 })
    expect(await digest(picture)).toBe(
      'c88bbcdb0d2c3b3b79fdb13c59bae6bfbf3ad344f8f17fe4d4cf9a7b27be1854',
    )
  })

  it('differs by seed and by prompt', async ({ expect }) => {
    const order = { prompt: 'a', seed: 1, width: 96, height: 80, caption: false }
    const picture = draw(order)
    expect(difference(picture, draw({ ...order, seed: 2 }))).toBeGreaterThan(4)
    expect(difference(picture, draw({ ...order, seed: 2 ** 32 + 1 }))).toBeGreaterThan(4)
    expect(difference(picture, draw({ ...order, prompt: 'b' }))).toBeGreaterThan(4)
    expect(await digest(picture)).toBe(await digest(draw(order)))
  })

  it('is recognisable at an eighth of its size', ({ expect }) => {
    const order = { prompt: 'a lake', seed: 5, caption: false }
    const large = shrink(draw({ ...order, width: 1024, height: 768 }))
    const small = draw({ ...order, width: 128, height: 96 })
    const other = draw({ ...order, seed: 6, width: 128, height: 96 })
    expect(difference(large, small)).toBeLessThan(8)
    expect(difference(large, other)).toBeGreaterThan(2 * difference(large, small))
  })

  it('can be had in every size from 64 to 2048 pixels a side', ({ expect }) => {
    const side = fc.integer({ min: MIN_SIDE, max: MAX_SIDE })
    const long = fc.tuple(side, fc.integer({ min: MIN_SIDE, max: 200 }))
    const size = fc.oneof(
      long,
      long.map(([a, b]): [number, number] => [b, a]),
    )
    fc.assert(
      fc.property(
        size,
        fc.constantFrom('city', 'island', 'hill lake'),
        ([width, height], prompt) => {
          const picture = draw({ prompt, seed: 1, width, height })
          expect(picture).toMatchObject({ width, height })
          expect(picture.data.length).toBe(width * height * 3)
          // A row that nothing was drawn on would be black.
          const last = picture.data.subarray(-width * 3)
          expect(Math.max(...last)).toBeGreaterThan(0)
        },
      ),
      { numRuns: 12 },
    )
    expect(draw({ prompt: 'x', seed: 1, width: 2048, height: 2048 }).data.length).toBe(12_582_912)
  })

  it.for([63, 2049, 100.5, Number.NaN])(
    'is refused with a side of %s pixels',
    (side, { expect }) => {
      expect(() => draw({ prompt: 'x', seed: 1, width: side, height: 64 })).toThrow(RangeError)
      expect(() => draw({ prompt: 'x', seed: 1, width: 64, height: side })).toThrow(RangeError)
    },
  )

  it('can be had for any text', ({ expect }) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), (prompt, seed) => {
        expect(draw({ prompt, seed, width: 170, height: 165 }).data.length).toBe(170 * 165 * 3)
      }),
      { numRuns: 15 },
    )
  })

  it.for([
    ['nothing', ''],
    ['spaces', ' \n\t'],
    ['emoji', '🦊🌅👩‍👩‍👧'],
    ['Chinese', '月光下的一只猫'],
    ['Arabic', 'قطة تحت ضوء القمر'],
    ['half a surrogate', '\ud83d'],
    ['one endless word', 'x'.repeat(32_000)],
    ['32,000 characters', 'golden ocean '.repeat(2_462).slice(0, 32_000)],
    ['32,000 accents', `e${'\u0301'.repeat(31_999)}`],
  ])('can be had for a prompt of %s', ([, prompt], { expect }) => {
    const picture = draw({ prompt: prompt!, seed: 1, width: 256, height: 200, stamp: prompt! })
    expect(picture.data.length).toBe(256 * 200 * 3)
  })

  it('without colours has none, sun and lamps included', ({ expect }) => {
    for (const prompt of ['black and white city at night', 'monochrome sunset']) {
      const { data } = draw({ prompt, seed: 1, width: 128, height: 128, caption: false })
      expect(data.findIndex((value, at) => value !== data[at - (at % 3)])).toBe(-1)
    }
  })
})

describe('what is written into a picture', () => {
  it('is the prompt, unless the caller does not want it', ({ expect }) => {
    const order = { prompt: 'a red cube', seed: 1, width: 300, height: 200 }
    const written = draw(order)
    const plain = draw({ ...order, caption: false })
    expect(readLetters(written, [250, 248, 244])).toBe('A RED CUBE')
    expect(readLetters(plain, [250, 248, 244])).toBe('')
    expect(draw({ ...order, caption: true })).toEqual(written)
  })

  it('is the stamp, whole and readable, at any size', ({ expect }) => {
    const side = fc.integer({ min: MIN_SIDE, max: 600 })
    fc.assert(
      fc.property(side, side, (width, height) => {
        const picture = draw({ prompt: 'abc', seed: 1, width, height, stamp: STAMP })
        const read = readLetters(picture, [28, 20, 4])
        expect(read.replaceAll(' ', '')).toBe(STAMP.toUpperCase().replaceAll(' ', ''))
      }),
      { numRuns: 10 },
    )
  })

  it('is the stamp in small pictures too, where the caption is left out', ({ expect }) => {
    const picture = draw({ prompt: 'abc', seed: 1, width: 64, height: 64, stamp: STAMP })
    expect(readLetters(picture, [28, 20, 4])).toBe('DRAWN BY SKETCH: OPENAI_ API_KEY IS NOT SET')
    expect(readLetters(picture, [250, 248, 244])).toBe('')
  })

  it('shows a stamp even in letters that it does not have', ({ expect }) => {
    const order = { prompt: 'abc', seed: 1, width: 200, height: 200 }
    expect(draw({ ...order, stamp: '絵' })).not.toEqual(draw(order))
    expect(draw({ ...order, stamp: null })).toEqual(draw(order))
  })

  it('says that it was cut when a stamp is longer than the picture', ({ expect }) => {
    const picture = draw({
      prompt: 'abc',
      seed: 1,
      width: 64,
      height: 64,
      stamp: 'word '.repeat(99),
    })
    expect(readLetters(picture, [28, 20, 4])).toMatch(/^WORD WORD.*\.\.\.$/)
  })
})
