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

  // [what the pixels show, the filter that leaves nothing but zeros: PNG section 9.2]
  it.for<[string, number, (x: number, y: number) => number]>([
    ['rows', 1, (_x, y) => y * 37],
    ['columns', 2, (x) => x * 37],
    ['nested corners', 4, (x, y) => Math.max(x, y) * 37],
  ])('of %s is filtered by type %s', ([, filter, shade], { expect }) => {
    const size = 96
    const data = Uint8Array.from({ length: size * size * 3 }, (_, at) => {
      const pixel = Math.floor(at / 3)
      return shade(pixel % size, Math.floor(pixel / size))
    })
    const file = encodePng({ data, width: size, height: size })
    const rows = inflateSync(readChunks(file).find(({ type }) => type === 'IDAT')!.data)
    // In the first and last rows of the corners another filter is as good.
    for (let y = 8; y < size - 8; y++) expect(rows[y * (size * 3 + 1)]).toBe(filter)
    expect(file.length).toBeLessThan(data.length / 20)
    expect(firstDifference(decodePng(file).data, data)).toBe(-1)
  })

  it('carries texts in any script, one after the other', ({ expect }) => {
    const picture = draw({ prompt: 'x', seed: 1, width: 64, height: 64 })
    const file = encodePng(picture, { Software: 'Darkroom', Description: 'Füchse 🦊\0\n狐' })
    const chunks = readChunks(file)
    expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'iTXt', 'iTXt', 'IDAT', 'IEND'])
    const texts = chunks.slice(1, 3).map(({ data }) => new TextDecoder().decode(data))
    expect(texts).toEqual(['Software\0\0\0\0\0Darkroom', 'Description\0\0\0\0\0Füchse 🦊\n狐'])
  })
})
