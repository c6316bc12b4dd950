import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { draw } from '../../../src/providers/sketch/draw.ts'
import { encodePng } from '../../../src/providers/sketch/png.ts'
import { decodePng, readChunks } from '../../support/png-decoder.ts'

/** Where two byte strings part; -1 when they do not. */
function firstDifference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length)
  return a.findIndex((byte, at) => byte !== b[at])
}

describe('a PNG file', () => {
  it.for([
    [64, 64],
    [65, 67],
    [100, 333],
    [640, 480],
    [2048, 64],
    [64, 2048],
  ] as const)('of %s x %s pixels holds exactly what was drawn', ([width, height], { expect }) => {
    const picture = draw({ prompt: 'abc lake', seed: 3, width, height })
    const read = decodePng(encodePng(picture))
    expect(read).toMatchObject({ width, height })
    expect(firstDifference(read.data, picture.data)).toBe(-1)
  })

  it('holds any pixels, in any size', ({ expect }) => {
    const side = fc.integer({ min: 1, max: 12 })
    const bytes = fc.uint8Array({ minLength: 432, maxLength: 432 })
    fc.assert(
      fc.property(side, side, bytes, (width, height, noise) => {
        const picture = { data: noise.subarray(0, width * height * 3), width, height }
        expect(firstDifference(decodePng(encodePng(picture)).data, picture.data)).toBe(-1)
      }),
    )
  })

  it('of even rows is small: each pixel is the difference from its left neighbour', ({
    expect,
  }) => {
    const size = 96
    const data = Uint8Array.from({ length: size * size * 3 }, (_, at) =>
      Math.floor(at / (size * 3)),
    )
    const file = encodePng({ data, width: size, height: size })
    const chunks = readChunks(file)
    expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'IDAT', 'IEND'])
    const rows = inflateSync(chunks.find(({ type }) => type === 'IDAT')!.data)
    for (let y = 0; y < size; y++) expect(rows[y * (size * 3 + 1)]).toBe(1)
    expect(file.length).toBeLessThan(data.length / 20)
  })
})
