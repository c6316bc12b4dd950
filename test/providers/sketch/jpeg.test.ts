import fc from 'fast-check'
import { describe, it } from 'vitest'
import { draw } from '../../../src/providers/sketch/draw.ts'
import { encodeJpeg } from '../../../src/providers/sketch/jpeg.ts'
import { type Rgb } from '../../../src/providers/sketch/rgb.ts'
import { decodeJpeg, readSegments } from '../../support/jpeg-decoder.ts'

/** A picture whose colours change slowly: nothing for 4:2:0 to lose. */
function gradient(width: number, height: number): Rgb {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      data.set([20 + x, 230 - y, 60 + ((x + y) >> 1)], (y * width + x) * 3)
  }
  return { data, width, height }
}

function largestDifference(a: Rgb, b: Rgb): number {
  return a.data.reduce((most, value, at) => Math.max(most, Math.abs(value - b.data[at]!)), 0)
}

/** Root of the mean square, 0..255. */
function error(a: Rgb, b: Rgb): number {
  const sum = a.data.reduce((total, value, at) => total + (value - b.data[at]!) ** 2, 0)
  return Math.sqrt(sum / a.data.length)
}

describe('a JPEG file', () => {
  it('is a baseline 4:2:0 file with its size in the header', ({ expect }) => {
    const { segments } = readSegments(encodeJpeg(gradient(100, 33), 85))
    const markers = segments.map(({ marker }) => marker.toString(16))
    expect(markers).toEqual(['e0', 'db', 'c0', 'c4', 'da'])
    const frame = segments.find(({ marker }) => marker === 0xc0)!.data
    expect(Array.from(frame.subarray(0, 6))).toEqual([8, 0, 33, 0, 100, 3])
    expect(Array.from(frame.subarray(6))).toEqual([1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0])
    expect(new TextDecoder().decode(segments[0]!.data.subarray(0, 4))).toBe('JFIF')
  })

  it('shows at quality 100 what was drawn, in any size', ({ expect }) => {
    const side = fc.integer({ min: 1, max: 90 })
    fc.assert(
      fc.property(side, side, (width, height) => {
        const picture = gradient(width, height)
        const read = decodeJpeg(encodeJpeg(picture, 100))
        expect(read).toMatchObject({ width, height })
        expect(largestDifference(read, picture)).toBeLessThanOrEqual(4)
      }),
      { numRuns: 30 },
    )
  })

  it('keeps any grey pixels at quality 100, but for rounding', ({ expect }) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 256, maxLength: 256 }), (greys) => {
        const data = Uint8Array.from({ length: 768 }, (_, at) => greys[Math.floor(at / 3)]!)
        const picture = { data, width: 16, height: 16 }
        const read = decodeJpeg(encodeJpeg(picture, 100))
        // Each coefficient is rounded by at most 1/2: 0.38 was the most in 8,000 pictures.
        expect(error(read, picture)).toBeLessThan(0.55)
      }),
    )
  })

  it.for([
    [64, 64],
    [65, 67],
    [100, 333],
    [640, 80],
  ] as const)('of %s x %s pixels looks like the picture drawn', ([width, height], { expect }) => {
    const picture = draw({ prompt: 'sunset over the sea', seed: 3, width, height, caption: false })
    // libjpeg at 90 and 4:2:0 loses 2.1 to 4.0 on these; repeated chroma costs up to 0.4 more.
    expect(error(decodeJpeg(encodeJpeg(picture, 90)), picture)).toBeLessThan(4.6)
    const other = draw({ prompt: 'a blue lake', seed: 3, width, height, caption: false })
    expect(error(decodeJpeg(encodeJpeg(picture, 90)), other)).toBeGreaterThan(10)
  })

  it('can be read at every quality, better and larger the higher it is', ({ expect }) => {
    const picture = draw({ prompt: 'a red cube', seed: 3, width: 128, height: 128 })
    const files = [1, 2, 10, 49, 50, 75, 90, 99, 100].map((quality) => encodeJpeg(picture, quality))
    const lengths = files.map((file) => file.length)
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
    const errors = [0, 3, 8].map((at) => error(decodeJpeg(files[at]!), picture))
    expect(errors[1]).toBeLessThan(errors[0]! / 2)
    expect(errors[2]).toBeLessThan(errors[1]! * 0.9)
  })

  it('can be read when every pixel is noise, at the finest quality', ({ expect }) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1200, maxLength: 1200 }), (data) => {
        const picture = { data, width: 20, height: 20 }
        expect(decodeJpeg(encodeJpeg(picture, 100))).toMatchObject({ width: 20, height: 20 })
      }),
    )
  })

  it.for([0, 101, Number.NaN])('is refused with quality %s', (quality, { expect }) => {
    expect(() => encodeJpeg(gradient(8, 8), quality)).toThrow(RangeError)
  })
})
