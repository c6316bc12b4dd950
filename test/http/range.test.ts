import fc from 'fast-check'
import { describe, it } from 'vitest'
import { parseRange, resolveRange } from '../../src/http/range.ts'

describe('a range', () => {
  it.for<[string, number, { offset: number; length: number } | null]>([
    ['bytes=0-0', 10, { offset: 0, length: 1 }],
    ['bytes=2-5', 10, { offset: 2, length: 4 }],
    ['bytes=2-', 10, { offset: 2, length: 8 }],
    ['bytes=-3', 10, { offset: 7, length: 3 }],
    ['bytes=-30', 10, { offset: 0, length: 10 }],
    ['bytes=8-99999999999999999999999', 10, { offset: 8, length: 2 }],
    ['Bytes= 2-5 ', 10, { offset: 2, length: 4 }],
    ['bytes=10-', 10, null],
    ['bytes=99999999999999999999999-', 10, null],
    ['bytes=-0', 10, null],
    ['bytes=0-', 0, null],
    ['bytes=-1', 0, null],
  ])('%s of %d bytes', ([header, size, slice], { expect }) => {
    expect(resolveRange(parseRange(header)!, size)).toEqual(slice)
  })

  it.for([
    null,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=0-1,3-4',
    'bytes=a-b',
    'bytes=0x1-2',
    'bytes 0-1',
    'items=0-1',
    'bytes=+1-2',
    'bytes=1.5-2',
  ])('is the whole file when it reads %j', (header, { expect }) => {
    expect(parseRange(header)).toBeNull()
  })

  const count = fc.nat(2000)
  const header = fc.oneof(
    fc.tuple(count, count).map(([a, b]) => `bytes=${a}-${b}`),
    count.map((a) => `bytes=${a}-`),
    count.map((n) => `bytes=-${n}`),
  )

  it('gives the bytes that taking a copy and cutting it gives', ({ expect }) => {
    fc.assert(
      fc.property(header, fc.nat(1000), (text, size) => {
        const [first = '', last = ''] = text.slice('bytes='.length).split('-')
        const file = Array.from({ length: size }, (_, i) => i)
        const asked =
          first === ''
            ? file.filter((i) => i >= size - Number(last))
            : file.filter((i) => i >= Number(first) && (last === '' || i <= Number(last)))
        const range = parseRange(text)
        if (range === null) {
          expect(Number(last)).toBeLessThan(Number(first))
          return
        }
        const slice = resolveRange(range, size)
        const cut = slice ? file.slice(slice.offset, slice.offset + slice.length) : []
        expect(cut).toEqual(asked)
        expect(cut.length).toBe(slice?.length ?? 0)
      }),
    )
  })

  it('is read from any text without failing', ({ expect }) => {
    const noise = fc.oneof(fc.string(), fc.stringMatching(/^bytes=[0-9,\- a]*$/))
    fc.assert(
      fc.property(noise, fc.nat(), (text, size) => {
        const range = parseRange(text)
        const slice = range && resolveRange(range, size)
        if (slice) expect(slice.offset + slice.length).toBeLessThanOrEqual(size)
      }),
    )
  })
})
