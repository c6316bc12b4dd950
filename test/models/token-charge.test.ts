import { describe, it } from 'vitest'
import type { PriceLine } from '../../src/core/price.ts'
import type { Usage } from '../../src/core/provider.ts'
import { accountAfter } from '../core/support/account.ts'
import { tokens } from '../core/support/job.ts'
import { deploymentOf, planned, PRICED_KEYS } from './inputs.ts'

/** The charge in micro-dollars of an image of `gpt-image-2` whose upstream tells this. */
function chargeOf(usage: Usage | null, price?: PriceLine[]) {
  const size = { width: 1024, height: 1024 }
  const MODELS = JSON.stringify(price ? { 'gpt-image-2': { price } } : {})
  const given = { model: 'gpt-image-2', size, quality: 'low' }
  const made = planned(given, deploymentOf({ ...PRICED_KEYS, MODELS }))
  return accountAfter(made.price, [{ asked: 1, answered: 1, usage, stored: [size] }]).charge
}

const perToken = (rates: Record<string, number>) =>
  Object.entries(rates).map(
    ([of, usd]) => ({ unit: 'token', of, usd_per_million: usd }) as PriceLine,
  )

describe('a charge by tokens', () => {
  it('takes cached input for what its line says, else for what all input costs', ({ expect }) => {
    const usage = { ...tokens(100, 50, 100), cachedTextTokens: 40, cachedImageTokens: 20 }
    const rates = { text_in: 5, image_in: 8, image_out: 30 }
    expect(chargeOf(usage, perToken(rates))).toBe(100 * 5 + 50 * 8 + 100 * 30)
    const cached = { text_in_cached: 1, image_in_cached: 2 }
    expect(chargeOf(usage, perToken({ ...rates, ...cached }))).toBe(
      60 * 5 + 40 * 1 + 30 * 8 + 20 * 2 + 100 * 30,
    )
  })

  it('is of the usual tokens where the upstream tells none', ({ expect }) => {
    // A prompt of 10 letters, 4 to a token.
    expect(chargeOf(null)).toBe(3 * 5 + 196 * 30)
  })
})
