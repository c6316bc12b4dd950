import { describe, it } from 'vitest'
import { reservedFor } from '../../src/core/charge.ts'
import type { Price, Rate } from '../../src/core/price.ts'
import { accountAfter, type Call } from './support/account.ts'
import { tokens } from './support/job.ts'

const rate = (over: Partial<Rate>): Rate => ({
  unit: 'image',
  micros: 40_000,
  per: 1,
  most: 1,
  usual: 1,
  pixels: null,
  ...over,
})

const priceOf = (rates: Rate[], count: number, multiplier = 1): Price => ({
  effectiveFrom: null,
  source: null,
  multiplier,
  rates,
  reserved: reservedFor(rates, count, multiplier),
})

const square = { width: 1024, height: 1024 }
const call = (over: Partial<Call> = {}): Call => ({
  asked: 1,
  answered: 1,
  usage: null,
  stored: [square],
  ...over,
})

const million = { per: 1_000_000 }
const text = rate({ unit: 'text_in', micros: 5_000_000, ...million, most: 100, usual: 3 })
const image = rate({ unit: 'image_out', micros: 30_000_000, ...million, most: 7024, usual: 7024 })

describe('a price per image', () => {
  it('charges what is stored, of all calls', ({ expect }) => {
    const price = priceOf([rate({})], 4)
    const calls = [call({ asked: 2, answered: 2 }), call({ asked: 2, answered: 2, stored: [] })]
    expect(accountAfter(price, calls)).toEqual({
      charge: 40_000,
      lines: [{ unit: 'image', quantity: 1, micros: 40_000 }],
      // The upstream drew four.
      cost: 160_000,
    })
  })

  it('charges nothing where nothing is stored, though it cost something', ({ expect }) => {
    const calls = [call({ stored: [] }), call({ answered: null, stored: [] })]
    const account = accountAfter(priceOf([rate({})], 2), calls)
    expect(account).toEqual({ charge: 0, lines: [], cost: 40_000 })
  })

  it('charges the multiplier to the tenant, and is no cost of ours', ({ expect }) => {
    const { charge, cost } = accountAfter(priceOf([rate({})], 1, 1.5), [call()])
    expect({ charge, cost }).toEqual({ charge: 60_000, cost: 40_000 })
  })

  it('that does not exist leaves charge and cost unknown', ({ expect }) => {
    expect(accountAfter(null, [call()])).toEqual({ charge: null, lines: [], cost: null })
    expect(accountAfter(null, [call({ stored: [] })])).toMatchObject({ charge: 0 })
  })
})

describe('a price per megapixel', () => {
  const pixels = { block: 1, above: 0, times: 1 }
  const perPixel = rate({ unit: 'megapixel', micros: 10_000, ...million, pixels, most: 1_048_576 })

  it('charges the pixels that were stored, not those that were expected', ({ expect }) => {
    const small = { width: 500, height: 1000 }
    expect(accountAfter(priceOf([perPixel], 1), [call({ stored: [small] })])).toMatchObject({
      charge: 5000,
      lines: [{ unit: 'megapixel', quantity: 0.5, micros: 5000 }],
    })
  })

  it('charges at most what was reserved for a larger image', ({ expect }) => {
    const large = { width: 4096, height: 4096 }
    const { charge, lines, cost } = accountAfter(priceOf([perPixel], 1), [
      call({ stored: [large] }),
    ])
    expect(charge).toBe(10_486)
    expect(lines).toMatchObject([{ micros: 10_486 }])
    expect(cost).toBe(167_773)
  })
})

describe('a price per token', () => {
  it('charges what the upstream told, by kind, rounded once', ({ expect }) => {
    const usage = tokens(11, 0, 4160)
    expect(accountAfter(priceOf([text, image], 1), [call({ usage })])).toEqual({
      charge: 124_855,
      lines: [
        { unit: 'text_in', quantity: 11, micros: 55 },
        { unit: 'image_out', quantity: 4160, micros: 124_800 },
      ],
      cost: 124_855,
    })
  })

  it('charges a share where not all images of the answer were stored', ({ expect }) => {
    const usage = tokens(30, 0, 3000)
    const short = call({ asked: 3, answered: 3, usage, stored: [square] })
    const { charge, cost } = accountAfter(priceOf([text, image], 3), [short])
    expect({ charge, cost }).toEqual({ charge: 30_050, cost: 90_150 })
  })

  it('charges all of it where the upstream drew fewer than asked', ({ expect }) => {
    const usage = tokens(10, 0, 1000)
    const { charge } = accountAfter(priceOf([text, image], 3), [call({ asked: 3, usage })])
    expect(charge).toBe(30_050)
  })

  it('charges what is usual where the upstream told nothing', ({ expect }) => {
    const { charge } = accountAfter(priceOf([text, image], 2), [
      call({ usage: tokens(100, 0, 1000) }),
      call(),
    ])
    expect(charge).toBe(500 + 30_000 + 15 + 210_720)
  })

  it('tells cached tokens and text in the output apart', ({ expect }) => {
    const usage = { ...tokens(100, 50, 1000), cachedTextTokens: 40, outputTextTokens: 200 }
    const kinds = ['text_in', 'text_in_cached', 'image_in', 'image_out', 'text_out'] as const
    const rates = kinds.map((unit) => rate({ unit, micros: 1, most: 9999, usual: 0 }))
    const { lines } = accountAfter(priceOf(rates, 1), [call({ usage })])
    expect(lines.map(({ quantity }) => quantity)).toEqual([60, 40, 50, 800, 200])
  })

  it('never charges more than was reserved, and its lines still make the charge', ({ expect }) => {
    const price = priceOf([text, image], 1)
    const { charge, lines } = accountAfter(price, [call({ usage: tokens(9e6, 0, 9e6) })])
    expect(charge).toBe(price.reserved)
    expect(lines.reduce((sum, { micros }) => sum + micros, 0)).toBe(charge)
  })
})
