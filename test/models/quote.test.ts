import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { Model } from '../../src/core/model.ts'
import type { Plan } from '../../src/core/plan.ts'
import type { GenerationRequest } from '../../src/core/request.ts'
import { showPlan } from '../../src/http/dry-run.ts'
import { accountAfter } from '../core/support/account.ts'
import { tokens } from '../core/support/job.ts'
import { anyModel, anyRequest, deploymentOf, plan, PRICED_KEYS } from './inputs.ts'
import { anyPrice, costOf, picturesOf, tokensOf, usageOf } from './price-list.ts'

const all = deploymentOf(PRICED_KEYS)

/** Quotes that are compared; a hundred thousand by hand: `VITE_QUOTES=100000 npm test -- test/models/quote`. */
const QUOTES = Number(import.meta.env['VITE_QUOTES'] ?? 1000)
/** Of them, those whose answers may be beyond any bound. */
const WILD = QUOTES / 5

const side = fc.integer({ min: 1, max: 8000 })
const counts = fc.nat({ max: 20_000 })
const anyCall = fc.record({
  answered: fc.nat({ max: 12 }),
  usage: fc.option(fc.tuple(counts, counts, counts).map((told) => tokens(...told))),
  sizes: fc.array(fc.record({ width: side, height: side }), { maxLength: 10 }),
})

/** What comes of one upstream call that keeps within what is known of its model. */
const anyFate = fc.record({
  /** Of all pictures that may come of the request. */
  picture: fc.nat(),
  stored: fc.nat({ max: 10 }),
  extra: fc.nat({ max: 2 }),
  /** Of the pixels and tokens that there may be; null = tokens are not told. */
  scale: fc.constantFrom(1, 1, 0.5),
  shares: fc.option(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 })),
})
type Fate = typeof anyFate extends fc.Arbitrary<infer Value> ? Value : never

/** A living model as the catalogue has it, or with a price as an operator may write it. */
const anyOffer = anyModel
  .filter(({ status }) => status === 'active')
  .chain((model) =>
    fc.oneof(
      { arbitrary: fc.constant(model), weight: 1 },
      { arbitrary: anyPrice(model).map((price) => ({ ...model, price })), weight: 2 },
    ),
  )

const sumOf = (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0)

/** What a job would be charged if nothing bounded it, micro-dollars. */
function unboundedCharge(
  { parts, price }: Plan,
  model: Model,
  asked: GenerationRequest,
  fates: Fate[],
): number {
  const pictures = picturesOf(asked, model)
  const calls = parts.map((count, i) => {
    const { picture, stored, extra, scale, shares } = fates[i % fates.length]!
    const drawn = pictures[picture % pictures.length]!
    const kept = Math.min(stored, count)
    const { width, height } = drawn.size
    const size = { width: Math.ceil(width * scale), height: Math.ceil(height * scale) }
    const usage = shares && usageOf(tokensOf(model, asked, drawn), count, shares)
    return {
      asked: count,
      answered: kept + extra,
      usage,
      stored: Array.from({ length: kept }, () => size),
    }
  })
  return accountAfter({ ...price!, reserved: Infinity }, calls).charge!
}

describe('a quote', () => {
  it(
    `is the most that all jobs of ${QUOTES} random requests with a price can be charged, none of which is bounded by it`,
    ({ expect }) => {
      const seen = { exact: 0, unpriced: 0, groups: 0 }
      const multipliers = fc.double({ min: 0.01, max: 3, noNaN: true })
      const jobs = fc.array(fc.array(anyFate, { minLength: 1, maxLength: 3 }), {
        minLength: 1,
        maxLength: 4,
      })
      fc.assert(
        fc.property(anyOffer, anyRequest, multipliers, jobs, (model, given, multiplier, fates) => {
          const offered = { ...all, models: new Map(all.models).set(model.id, model) }
          const rest = { actor: { multiplier, metered: false }, jobs: fates.length }
          const made = plan({ ...given, model: model.id }, offered, rest)
          fc.pre(made.ok)
          const asked = { ...given, ...made.plan.routes[0]!.overrides }
          const costs = picturesOf(asked, model).map((picture) => costOf(model, asked, picture))
          const quote = showPlan(made.plan, fates.length).worst_cost_usd
          expect(quote === null).toBe(costs.includes(null))
          if (quote === null) seen.unpriced += 1
          fc.pre(quote !== null)
          const micros = Math.round(quote * 1e6)
          // The multiplier is kept to nine decimals.
          const dearest = Math.max(...costs.map(Number)) * (multiplier - 1e-9)
          const listed = dearest * given.count * fates.length
          expect(micros).toBeGreaterThanOrEqual(listed - 1e-6 * Math.max(1, listed))
          const charge = sumOf(fates.map((some) => unboundedCharge(made.plan, model, asked, some)))
          expect(charge).toBeLessThanOrEqual(micros)
          if (charge > 0 && charge === micros) seen.exact += 1
          if (charge > 0 && fates.length > 1) seen.groups += 1
        }),
        { numRuns: QUOTES },
      )
      // None of these may be few.
      const rare = Object.entries(seen).filter(([, times]) => times < QUOTES / 100)
      expect(rare, JSON.stringify(seen)).toEqual([])
    },
    5000 + QUOTES * 10,
  )

  it(
    `is never lower than the charge, whatever comes of ${WILD} random requests with a price`,
    ({ expect }) => {
      const multiplier = fc.double({ min: 0.01, max: 3, noNaN: true })
      const calls = fc.array(anyCall, { minLength: 10, maxLength: 10 })
      const seen = { below: 0, cut: 0 }
      fc.assert(
        fc.property(anyModel, anyRequest, multiplier, calls, (model, asked, factor, fates) => {
          const rest = { actor: { multiplier: factor, metered: false } }
          const made = plan({ ...asked, model: model.id }, all, rest)
          fc.pre(made.ok)
          const { parts, price } = made.plan
          fc.pre(price !== null)
          const ended = parts.map((count, i) => ({
            ...fates[i]!,
            asked: count,
            stored: fates[i]!.sizes.slice(0, count),
          }))
          const { charge, lines } = accountAfter(price, ended)
          const quote = Math.round(showPlan(made.plan, 1).worst_cost_usd! * 1e6)
          expect(charge).toBeLessThanOrEqual(quote)
          expect(sumOf(lines.map(({ micros }) => micros))).toBe(charge)
          const unbounded = accountAfter({ ...price, reserved: Infinity }, ended).charge!
          // What is beyond the quote is left out, and nothing else.
          expect(charge).toBe(Math.min(unbounded, quote))
          if (unbounded > quote) seen.cut += 1
          else if (unbounded > 0) seen.below += 1
        }),
        { numRuns: WILD },
      )
      // Some bring no image; the others must not be few.
      expect(Math.min(seen.below, seen.cut), JSON.stringify(seen)).toBeGreaterThan(WILD / 10)
    },
    // Ten times what it takes.
    5000 + WILD * 25,
  )
})
