import fc from 'fast-check'
import { describe, it } from 'vitest'
import { fromBase32, toBase32 } from '../../src/core/base32.ts'

describe('base32', () => {
  it.for([
    // RFC 4648 section 10, in lower case and without padding.
    { text: '', shown: '' },
    { text: 'f', shown: 'my' },
    { text: 'fo', shown: 'mzxq' },
    { text: 'foo', shown: 'mzxw6' },
    { text: 'foob', shown: 'mzxw6yq' },
    { text: 'fooba', shown: 'mzxw6ytb' },
    { text: 'foobar', shown: 'mzxw6ytboi' },
  ])('writes "$text" as "$shown"', ({ text, shown }, { expect }) => {
    expect(toBase32(new TextEncoder().encode(text))).toBe(shown)
  })

  it('gives all bytes back', ({ expect }) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const text = toBase32(bytes)
        expect(text).toHaveLength(Math.ceil((bytes.length * 8) / 5))
        expect(fromBase32(text)).toEqual(bytes)
      }),
    )
  })

  it('has one spelling of 16 bytes, the length of a job id', ({ expect }) => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z2-7]{26}$/), (text) => {
        const bytes = fromBase32(text)
        if (bytes) expect(toBase32(bytes)).toBe(text)
        expect(bytes !== null).toBe('aeimquy4'.includes(text.at(-1)!))
      }),
    )
  })

  it.for(['MY', 'm1', 'm0', 'my======', 'm y', 'mz'])('refuses "%s"', (text, { expect }) => {
    expect(fromBase32(text)).toBeNull()
  })
})
