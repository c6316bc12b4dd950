import fc from 'fast-check'
import { describe, it } from 'vitest'
import { formatRatio, formatSize, parseRatio, parseSize, ratioOf } from '../../src/core/size.ts'

const side = fc.integer({ min: 1, max: 20_000 })

describe('a size', () => {
  it('is read back as it was written, up to 20,000 pixels a side', ({ expect }) => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        expect(parseSize(formatSize({ width, height }))).toEqual({ width, height })
      }),
    )
  })

  it('has one spelling: what is read is written the same', ({ expect }) => {
    const nearSize = fc.stringMatching(/^[0-9x:. +-]{1,12}$/)
    fc.assert(
      fc.property(nearSize, (text) => {
        const size = parseSize(text)
        if (size) expect(formatSize(size)).toBe(text)
      }),
    )
  })

  it.for(['', 'auto', '1024', '0x64', '64x0', '064x64', '-1x64', '64X64', '64x64 ', '20001x1'])(
    'is refused: "%s"',
    (text, { expect }) => {
      expect(parseSize(text)).toBeNull()
    },
  )
})

describe('a ratio', () => {
  it('is in lowest terms and the same shape', ({ expect }) => {
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 50 }), (width, height, scale) => {
        const ratio = ratioOf({ width, height })
        expect(ratio.width * height).toBe(ratio.height * width)
        expect(ratioOf(ratio)).toEqual(ratio)
        expect(ratioOf({ width: width * scale, height: height * scale })).toEqual(ratio)
        expect(parseRatio(formatRatio({ width, height }))).toEqual(ratio)
      }),
    )
  })

  it.for([
    { text: '16:9', shown: '16:9' },
    { text: '1920:1080', shown: '16:9' },
    { text: '64:64', shown: '1:1' },
    { text: '19.5:9', shown: '13:6' },
    { text: '2.35:1', shown: '47:20' },
  ])('$text is $shown', ({ text, shown }, { expect }) => {
    expect(formatRatio(parseRatio(text)!)).toBe(shown)
  })

  it.for(['', '16', '16x9', '0:1', '1:0', '1.555:1', '1.:1', ' 1:1'])(
    'is refused: "%s"',
    (text, { expect }) => {
      expect(parseRatio(text)).toBeNull()
    },
  )
})
