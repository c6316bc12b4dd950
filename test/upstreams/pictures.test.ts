import { describe, it } from 'vitest'
import { decodeJpeg } from '../support/jpeg-decoder.ts'
import { decodePng, readChunks } from '../support/png-decoder.ts'
import { encodeJpeg } from './jpeg.ts'
import { encodePng } from './png.ts'
import { encodeWebp } from './webp.ts'

const png = { width: 80, height: 50, text: 'a', transparent: false, noisy: false, bytes: 0 }

describe('files that the simulators give', () => {
  it('decode to the size asked for, the same for the same text', ({ expect }) => {
    expect(decodePng(encodePng(png))).toMatchObject({ width: 80, height: 50 })
    expect(encodePng(png)).toEqual(encodePng(png))
    expect(encodePng(png)).not.toEqual(encodePng({ ...png, text: 'b' }))
    const jpeg = decodeJpeg(encodeJpeg(80, 50, 'a', 0))
    expect(jpeg).toMatchObject({ width: 80, height: 50 })
    const columns = Array.from({ length: 5 }, (_, at) => jpeg.data[at * 16 * 3])
    expect(new Set(columns).size).toBe(2)
  })

  it.for([200_000, 200_001, 15_000_000])('are %i bytes long when asked', (bytes, { expect }) => {
    const file = encodePng({ ...png, bytes })
    expect(file.length).toBe(bytes)
    expect(readChunks(file).map(({ type }) => type)).toEqual(['IHDR', 'IDAT', 'fiLl', 'IEND'])
  })

  it.for([100_000, 66_400, 66_401, 66_402, 66_403])(
    'are JPEGs of %i bytes when asked',
    (bytes, { expect }) => {
      const file = encodeJpeg(80, 50, 'a', bytes)
      expect(file.length).toBe(bytes)
      expect(decodeJpeg(file)).toMatchObject({ width: 80, height: 50 })
    },
  )

  it('can be as long as their pixels', ({ expect }) => {
    const file = encodePng({ ...png, noisy: true })
    expect(decodePng(file)).toMatchObject({ width: 80, height: 50 })
    expect(file.length).toBeGreaterThan(80 * 50 * 3)
  })

  it('are WebP where that is asked for', ({ expect }) => {
    const file = encodeWebp(1000, 701, 'a')
    expect(file.toString('latin1', 8, 16)).toBe('WEBPVP8L')
    const sides = file.readUInt32LE(21)
    expect([(sides & 0x3fff) + 1, ((sides >> 14) & 0x3fff) + 1]).toEqual([1000, 701])
    expect(file.readUInt32LE(4)).toBe(file.length - 8)
  })
})
