import fc from 'fast-check'
import { describe, it } from 'vitest'
import { fromUsd, MAX_USD, shares, sumOf, toUsd } from '../../src/core/money.ts'

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

const amount = fc.record({
  quantity: fc.nat({ max: 1e9 }),
  micros: fc.nat({ max: 1e12 }),
  per: fc.constantFrom(1, 4_000_000, 1_000_000),
})
const amounts = fc.array(amount, { maxLength: 8 })

describe('a sum of amounts', () => {
  it('is exact, rounded once and up', ({ expect }) => {
    fc.assert(
      fc.property(amounts, (list) => {
        // In four-millionths of a micro-dollar.
        const exact = list.reduce(
          (sum, { quantity, micros, per }) =>
            sum + (BigInt(quantity) * BigInt(micros) * 4_000_000n) / BigInt(per),
          0n,
        )
        const charged = shares(list, 1)
        fc.pre(exact < 4_000_000n * BigInt(Number.MAX_SAFE_INTEGER))
        expect(BigInt(sumOf(charged))).toBe((exact + 3_999_999n) / 4_000_000n)
        expect(Math.min(0, ...charged)).toBe(0)
      }),
    )
  })

  it('is never above its bound, and never nothing for something', ({ expect }) => {
    const multiplier = fc.double({ min: 1e-12, max: 100, noNaN: true })
    fc.assert(
      fc.property(amounts, multiplier, fc.nat(), (list, factor, most) => {
        expect(sumOf(shares(list, factor, most))).toBeLessThanOrEqual(most)
        const isSomething = list.some(({ quantity, micros }) => quantity * micros > 0)
        expect(sumOf(shares(list, factor)) > 0).toBe(isSomething)
      }),
    )
  })

  it('takes multipliers with nine decimals', ({ expect }) => {
    const list = [{ quantity: 1, micros: 1_000_000_000, per: 1 }]
    expect(shares(list, 1.1)).toEqual([1_100_000_000])
    expect(shares(list, 1 / 3)).toEqual([333_333_333])
    expect(shares(list, 0)).toEqual([0])
  })
})
