import fc from 'fast-check'
import { describe, it } from 'vitest'
import { worstPrice } from '../../src/core/plan.ts'
import type { PriceLine } from '../../src/core/price.ts'
import {
  PRICED_KEYS,
  TODAY,
  anyModel,
  anyRequest,
  deploymentOf,
  photo,
  plan,
  planned,
  refused,
} from './inputs.ts'

const all = deploymentOf(PRICED_KEYS)

const dollars = (model: string, given = {}, deployment = all) =>
  (worstPrice(planned({ model, ...given }, deployment)) ?? NaN) / 1e6

/** A deployment where `sketch-1` has this price. */
const withPrice = (price: PriceLine[], more = {}) =>
  deploymentOf({ MODELS: JSON.stringify({ 'sketch-1': { price, ...more } }) })

describe('a quote', () => {
  it('for tokens covers prompt, inputs, mask, partial images and all images', ({ expect }) => {
    const given = { size: { width: 1024, height: 1024 }, quality: 'low', count: 1 }
    const base = dollars('gpt-image-2', given)
    // 10 letters and 64 tokens around them at 5, 196 out at 30, 500 of text at 10 USD for a million.
    expect(base).toBe(0.01125)
    const more = (change: object) => dollars('gpt-image-2', { ...given, ...change }) - base
    expect(more({ prompt: 'a red cubé' })).toBeCloseTo(0.000005, 9)
    expect(more({ partials: 2 })).toBeCloseTo(0.006, 9)
    const edit = { operation: 'edit' as const, inputs: [photo, photo], mask: photo }
    expect(more(edit)).toBeCloseTo((3 * 1536 * 8) / 1e6, 9)
    expect(more({ count: 3 })).toBeCloseTo(2 * base, 9)
  })

  it('is for the dearest of what the request leaves open', ({ expect }) => {
    expect(dollars('gpt-image-2')).toBe(dollars('gpt-image-2', { quality: 'high' }))
    expect(dollars('gpt-image-1.5')).toBe(
      dollars('gpt-image-1.5', { quality: 'high', size: { width: 1024, height: 1536 } }),
    )
    expect(dollars('gpt-image-2', { quality: 'low' })).toBeLessThan(dollars('gpt-image-2'))
  })

  it('for an input at high fidelity is higher where the model has that', ({ expect }) => {
    const edit = { operation: 'edit' as const, inputs: [photo] }
    const high = dollars('gpt-image-1.5', { ...edit, inputFidelity: 'high' })
    expect(high - dollars('gpt-image-1.5', edit)).toBeCloseTo((6240 * 8) / 1e6, 9)
  })
})

const image = (usd: number, when: PriceLine['when']) => ({ unit: 'image' as const, usd, when })

/** A request of a model that an operator has given this price. */
const asks = (model: string, price: PriceLine[], given = {}) =>
  plan(
    { model, ...given },
    deploymentOf({ ...PRICED_KEYS, MODELS: JSON.stringify({ [model]: { price } }) }),
  )

describe('lines of a price', () => {
  it('add up, one of each unit', ({ expect }) => {
    const deployment = withPrice([
      { unit: 'image', usd: 0.01 },
      { unit: 'megapixel', usd: 0.002 },
      { unit: 'input', usd: 0.1 },
      { unit: 'step', usd: 0.0001, steps: 20 },
    ])
    const size = { width: 1000, height: 500 }
    expect(dollars('sketch-1', { size, count: 2 }, deployment)).toBe(2 * (0.01 + 0.001 + 0.002))
  })

  it('count steps only where they say so', ({ expect }) => {
    const limits = { limits: { steps: { min: 1, max: 50 } } }
    const given = { size: { width: 1000, height: 500 }, steps: 40 }
    const cost = (line: PriceLine) => dollars('sketch-1', given, withPrice([line], limits))
    expect(cost({ unit: 'megapixel', usd: 0.002 })).toBe(0.001)
    expect(cost({ unit: 'megapixel', usd: 0.002, steps: 10 })).toBe(0.004)
    expect(cost({ unit: 'step', usd: 0.0001, steps: 10 })).toBe(0.004)
  })

  it('with a condition come before those without', ({ expect }) => {
    const deployment = withPrice([
      { unit: 'image', usd: 0.01 },
      { unit: 'image', usd: 0.03, when: { size: '512x512' } },
    ])
    expect(dollars('sketch-1', {}, deployment)).toBe(0.01)
    expect(dollars('sketch-1', { size: { width: 512, height: 512 } }, deployment)).toBe(0.03)
  })

  it('that leave a picture without a price leave the request unpriced, never free', ({
    expect,
  }) => {
    const unpriced = { ok: false, error: { status: 403, param: 'model' } }
    const square = { size: { width: 1024, height: 1024 } }
    const tiers = (['1K', '2K', '4K'] as const).map((resolution) => image(0.1, { resolution }))
    expect(asks('gemini-3-pro-image', tiers)).toMatchObject(unpriced)
    expect(asks('gemini-3-pro-image', tiers, square)).toMatchObject(unpriced)
    expect(asks('gemini-3-pro-image', tiers, { resolution: '4K' })).toMatchObject({ ok: true })
    const high = image(0.2, { quality: 'high' })
    expect(asks('gpt-image-2', [high], { quality: 'medium' })).toMatchObject(unpriced)
    expect(asks('gpt-image-2', [high])).toMatchObject(unpriced)
    expect(asks('gpt-image-2', [high], { quality: 'high' })).toMatchObject({ ok: true })
    const half = [high, { unit: 'input' as const, usd: 0.01 }]
    expect(asks('gpt-image-2', half, { quality: 'low' })).toMatchObject(unpriced)
    const each = ['low', 'medium'].map((quality) => image(0.1, { quality }))
    expect(asks('gpt-image-2', [...each, high])).toMatchObject({
      plan: { price: { reserved: 200_000 } },
    })
  })

  it('hold from their day on, and together make one price', ({ expect }) => {
    const deployment = withPrice([
      { unit: 'image', usd: 0.01 },
      { unit: 'megapixel', usd: 0.5 },
      { unit: 'image', usd: 0.02, effective_from: '2026-11-20', source: 'https://example.com' },
      { unit: 'image', usd: 0.04, effective_from: '2027-01-01' },
    ])
    const on = (now: number) => planned({ model: 'sketch-1' }, deployment, { now }).price
    const day = 24 * 3600_000
    expect(on(TODAY - 1)?.reserved).toBe(10_000 + 524_288)
    expect(on(TODAY)).toMatchObject({
      reserved: 20_000,
      effectiveFrom: '2026-11-20',
      source: 'https://example.com',
    })
    expect(on(TODAY + 60 * day)?.reserved).toBe(40_000)
  })

  it('that all begin later leave a model unpriced', ({ expect }) => {
    const deployment = withPrice([{ unit: 'image', usd: 0.04, effective_from: '2027-01-01' }])
    expect(refused({ model: 'sketch-1' }, deployment)).toMatchObject({ status: 403 })
  })

  it("per token may be an operator's own, with bounds of its own", ({ expect }) => {
    const deployment = withPrice([{ unit: 'token', of: 'image_out', usd_per_million: 20 }], {
      tokens: { imageIn: 1000, imageOut: 5000 },
    })
    expect(dollars('sketch-1', { count: 2 }, deployment)).toBe(0.2)
  })
})

const tooDear = (model: string, maxCostUsd: number, given = {}) =>
  refused({ model, ...given }, all, { gateway: { maxCostUsd } }).message

describe('a request above its max_cost_usd', () => {
  it('is told the cheapest size and quality that fit', ({ expect }) => {
    expect(tooDear('gpt-image-2', 0.03, { count: 2 })).toContain(
      'The cheapest that fits: size 1536x1024, quality low, n 2, at most USD 0.02022.',
    )
    expect(tooDear('gemini-3-pro-image', 0.2, { resolution: '4K' })).toContain(
      'The cheapest that fits: no resolution, n 1, at most USD 0.134.',
    )
  })

  it('is told to leave out pixels that mean a dearer resolution', ({ expect }) => {
    const size = { width: 6554, height: 4992 }
    expect(tooDear('gemini-3-pro-image', 0.2, { size, resolution: '4K' })).toContain(
      'The cheapest that fits: no size, no resolution, n 1, at most USD 0.134.',
    )
  })

  it('is told of fewer images where no variant fits as many', ({ expect }) => {
    expect(tooDear('gpt-image-2', 0.03, { count: 10 })).toContain(
      'The cheapest that fits: size 1536x1024, quality low, n 2, at most USD 0.02022.',
    )
  })

  it('is told when nothing fits', ({ expect }) => {
    expect(tooDear('gpt-image-2', 0.001)).toContain(
      'Nothing of gpt-image-2 fits: size 1536x1024, quality low, n 1 may cost USD 0.01011.',
    )
  })

  it('names something that is then accepted', ({ expect }) => {
    fc.assert(
      fc.property(anyModel, anyRequest, fc.nat({ max: 400_000 }), (model, asked, micros) => {
        const maxCostUsd = micros / 1e6
        const rest = { gateway: { maxCostUsd }, actor: { metered: false } }
        const given = { ...asked, model: model.id }
        const first = plan(given, all, rest)
        if (first.ok || first.error.status !== 402) return
        const { message } = first.error
        const words = (name: string) => new RegExp(`fits: .*?${name} ([^ ,]+)`).exec(message)?.[1]
        if (message.includes('has no price')) return
        if (!message.includes('The cheapest that fits')) {
          expect(message).toContain('Nothing of')
          return
        }
        const [width = 0, height = 0] = (words('size') ?? '').split('x').map(Number)
        const change = {
          count: Number(words('n')),
          ...(width > 0 && { size: { width, height }, aspect: null, resolution: null }),
          ...(words('quality') !== undefined && { quality: words('quality')! }),
        }
        if (words('resolution') !== undefined) return
        if (message.includes('no resolution')) Object.assign(change, { resolution: null })
        if (message.includes('no size')) Object.assign(change, { size: null })
        expect(plan({ ...given, ...change }, all, rest), message).toMatchObject({ ok: true })
      }),
      { numRuns: 2000 },
    )
  })
})
