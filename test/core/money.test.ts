import fc from 'fast-check'
import { describe, it } from 'vitest'
import { fromUsd, MAX_USD, toUsd } from '../../src/core/money.ts'

/** Ten million USD, in micro-dollars. */
const MANY = 1e13

describe('an amount of money', () => {
  it('survives the way through JSON to the micro-dollar', ({ expect }) => {
    fc.assert(
      fc.property(fc.integer({ min: 1 - MANY, max: MANY }), (micros) => {
        expect(fromUsd(JSON.parse(JSON.stringify(toUsd(micros))) as number)).toBe(micros)
      }),
    )
  })

  it('adds up without loss, in micro-dollars', ({ expect }) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1 }), (amounts) => {
        const exact = amounts.reduce((sum, micros) => sum + BigInt(micros), 0n)
        const sum = amounts.reduce((total, micros) => total + micros, 0)
        expect(BigInt(sum)).toBe(exact)
        expect(fromUsd(toUsd(sum))).toBe(sum)
      }),
    )
  })

  it.for([
    { usd: 0, micros: 0 },
    { usd: 0.04, micros: 40_000 },
    { usd: 0.000001, micros: 1 },
    { usd: 0.1 + 0.2, micros: 300_000 },
    { usd: MAX_USD, micros: 1e15 },
    { usd: -2.5, micros: -2_500_000 },
  ])('$usd USD are $micros micro-dollars', ({ usd, micros }, { expect }) => {
    expect(fromUsd(usd)).toBe(micros)
  })

  it.for([0.0000001, 0.0000015, 1.2345678, MAX_USD + 1, -MAX_USD - 1, NaN, Infinity, -Infinity])(
    'is refused when it is too fine or too large: %s',
    (usd, { expect }) => {
      expect(fromUsd(usd)).toBeNull()
    },
  )
})
