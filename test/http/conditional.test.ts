import fc from 'fast-check'
import { describe, it } from 'vitest'
import { choose, isUnchanged } from '../../src/http/conditional.ts'

const TAG = '"abc"'
const ask = (method: string, headers: Record<string, string>) =>
  choose({ method, headers: new Headers(headers) }, TAG, 10)

describe('If-None-Match', () => {
  it.for<[string | null, boolean]>([
    [null, false],
    ['"abc"', true],
    ['W/"abc"', true],
    ['"x", W/"abc"', true],
    ['"x","abc"', true],
    ['*', true],
    [' * ', true],
    ['"*"', false],
    ['"x"', false],
    ['abc', false],
    ['"a,"abc', false],
    ['"ABC"', false],
    ['', false],
  ])('%j finds the file: %s', ([header, found], { expect }) => {
    expect(isUnchanged(header, TAG)).toBe(found)
  })

  it('finds a tag in any list that holds it, and in no other', ({ expect }) => {
    const tag = fc.stringMatching(/^[!#-+\x2d-~]{0,5}$/).map((text) => `"${text}"`)
    const entry = fc.tuple(tag, fc.boolean())
    fc.assert(
      fc.property(fc.array(entry), tag, fc.constantFrom(',', ', ', ' ,\t'), (list, own, comma) => {
        const header = list.map(([text, weak]) => (weak ? `W/${text}` : text)).join(comma)
        expect(isUnchanged(header, own)).toBe(list.some(([text]) => text === own))
      }),
    )
  })

  it('is read from any text without failing', ({ expect }) => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(isUnchanged(text.replaceAll('"', ''), TAG)).toBe(
          text.replaceAll('"', '').trim() === '*',
        )
      }),
    )
  })
})

describe('the answer to a conditional request', () => {
  const range = { range: 'bytes=2-5' }
  const part = { status: 206, slice: { offset: 2, length: 4 } }

  it.for<[string, string, Record<string, string>, object]>([
    ['the file', 'GET', {}, { status: 200 }],
    ['a part', 'GET', range, part],
    ['the file', 'HEAD', range, { status: 200 }],
    ['nothing', 'GET', { range: 'bytes=10-' }, { status: 416 }],
    ['not changed', 'GET', { ...range, 'if-none-match': TAG }, { status: 304 }],
    ['not changed', 'HEAD', { 'if-none-match': TAG }, { status: 304 }],
    ['a part', 'GET', { ...range, 'if-none-match': '"x"' }, part],
    ['a part', 'GET', { ...range, 'if-range': TAG }, part],
    ['the file', 'GET', { ...range, 'if-range': '"x"' }, { status: 200 }],
    ['the file', 'GET', { ...range, 'if-range': `W/${TAG}` }, { status: 200 }],
    ['the file', 'GET', { ...range, 'if-range': 'Thu, 01 Jan 2026 00:00:00 GMT' }, { status: 200 }],
    ['the file', 'GET', { range: 'bytes=10-', 'if-range': '"x"' }, { status: 200 }],
    ['the file', 'GET', { 'if-range': TAG }, { status: 200 }],
  ])('is %s to %s %j', ([, method, headers, choice], { expect }) => {
    expect(ask(method, headers)).toEqual(choice)
  })
})
