import fc from 'fast-check'
import { describe, it } from 'vitest'
import { worstPrice } from '../../src/core/plan.ts'
import type { PriceLine } from '../../src/core/price.ts'
import type { GenerationRequest, Tier } from '../../src/core/request.ts'
import { parseRatio, parseSize } from '../../src/core/size.ts'
import { BUILT_IN_MODELS } from '../../src/models/catalogue/built-in.ts'
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
      { unit: 'input', usd: 0.01, effective_from: '2026-11-20', source: 'estimate' },
      { unit: 'step', usd: 0, steps: 1, effective_from: '2026-11-20', source: 'estimate' },
      { unit: 'image', usd: 0.04, effective_from: '2027-01-01' },
    ])
    const on = (now: number) => planned({ model: 'sketch-1' }, deployment, { now }).price
    const day = 24 * 3600_000
    expect(on(TODAY - 1)?.reserved).toBe(10_000 + 524_288)
    expect(on(TODAY)).toMatchObject({
      reserved: 20_000,
      effectiveFrom: '2026-11-20',
      source: 'https://example.com, estimate',
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

describe('the pixels of an image', () => {
  it('are those of the largest that may come of what a request leaves open', ({ expect }) => {
    const model = 'gpt-image-1.5'
    const size = { width: 1024, height: 1024 }
    expect(planned({ model }, all).pixels).toBe(1536 * 1024)
    expect(planned({ model, size }, all).pixels).toBe(1024 * 1024)
  })
})

const tooDear = (model: string, maxCostUsd: number, given = {}) =>
  refused({ model, ...given }, all, { gateway: { maxCostUsd } }).message

/** What the hint of a 402 says to send instead. */
function changeIn(message: string): Partial<GenerationRequest> {
  const said = message.slice(message.indexOf('fits: ') + 5)
  const told = (name: string) => new RegExp(`[ ,]${name} ([^,]+)`).exec(said)?.[1]
  const size = parseSize(told('size')?.replace(' alone', '') ?? '')
  const aspect = parseRatio(told('aspect_ratio') ?? '')
  return {
    count: Number(told('n')),
    ...(size && { size }),
    ...(said.includes(' alone') && { aspect: null, resolution: null }),
    ...(said.includes('no size') && { size: null }),
    ...(said.includes('no resolution') && { resolution: null }),
    ...(said.includes('no steps') && { steps: null }),
    ...(aspect && { aspect }),
    ...(told('quality') && { quality: told('quality')! }),
    ...(told('resolution') && { resolution: told('resolution') as Tier }),
    ...(told('steps') && { steps: Number(told('steps')) }),
  }
}

/** What flux-2-flex answers where an operator has given it this price, and a caller pays so much. */
const flexAt = (price: PriceLine, given: object, micros: number) =>
  plan(
    { model: 'flux-2-flex', ...given },
    deploymentOf({ ...PRICED_KEYS, MODELS: JSON.stringify({ 'flux-2-flex': { price: [price] } }) }),
    unmetered(micros),
  )

const unmetered = (micros: number) => ({
  gateway: { maxCostUsd: micros / 1e6 },
  actor: { metered: false },
})

describe('a request above its max_cost_usd', () => {
  it('is told the cheapest size and quality that fit', ({ expect }) => {
    expect(tooDear('gpt-image-2', 0.03, { count: 2 })).toContain(
      'The cheapest that fits: size 1440x480 alone, quality low, n 2, at most USD 0.01398.',
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
      'The cheapest that fits: size 1440x480 alone, quality low, n 4, at most USD 0.02796.',
    )
  })

  it.for<[string, number, Partial<GenerationRequest>, string]>([
    ['size', 0.002, {}, 'size 256x256 alone, n 1, at most USD 0.000177.'],
    ['steps', 0.0002, { steps: 12 }, 'size 256x256 alone, no steps, n 1, at most USD 0.000177.'],
  ])('is told of the smallest %s', ([, usd, given, cheapest], { expect }) => {
    const message = tooDear('black-forest-labs/FLUX.1-schnell', usd, given)
    expect(message).toContain(`The cheapest that fits: ${cheapest}`)
  })

  it('is told of fewer steps and of a ratio with fewer pixels', ({ expect }) => {
    const steps = { unit: 'step' as const, usd: 0.001, steps: 20 }
    expect(flexAt(steps, { steps: 40 }, 10_470)).toMatchObject({
      error: {
        message: expect.stringContaining('fits: steps 1, n 1, at most USD 0.001.'),
      },
    })
    const pixels = { unit: 'megapixel' as const, usd: 0.01 }
    expect(flexAt(pixels, { aspect: { width: 1, height: 1 } }, 10_470)).toMatchObject({
      error: {
        message: expect.stringContaining(
          'fits: aspect_ratio 4:3, resolution 0.5 MP, n 1, at most USD 0.005059.',
        ),
      },
    })
  })

  it('is told when nothing fits', ({ expect }) => {
    expect(tooDear('gpt-image-2', 0.001)).toContain(
      'No size, quality, steps or n of gpt-image-2 fits: size 1440x480 alone, quality low, n 1 may cost USD 0.00699.',
    )
  })

  it('names something that is then accepted', ({ expect }) => {
    fc.assert(
      fc.property(anyModel, anyRequest, fc.nat({ max: 400_000 }), (model, asked, micros) => {
        const rest = unmetered(micros)
        const given = { ...asked, model: model.id }
        const first = plan(given, all, rest)
        if (first.ok || first.error.status !== 402) return
        const { message } = first.error
        if (!message.includes('The cheapest that fits')) {
          expect(message).toMatch(/has no price|No size, quality, steps or n of/)
          return
        }
        const change = changeIn(message)
        expect(plan({ ...given, ...change }, all, rest), message).toMatchObject({ ok: true })
      }),
      { numRuns: 2000 },
    )
  })

  it('finds nothing else that is accepted where it is told that nothing fits', ({ expect }) => {
    const priced = fc.constantFrom(...BUILT_IN_MODELS.filter(({ price }) => price))
    const odd = fc.constantFrom('1408x480', '480x480', '480x1424', '256x272', '256x1024', '64x64')
    fc.assert(
      fc.property(priced, anyRequest, anyRequest, odd, fc.nat({ max: 20_000 }), (...drawn) => {
        const [model, asked, other, text, micros] = drawn
        const rest = unmetered(micros)
        const given = { ...asked, model: model.id }
        const first = plan(given, all, rest)
        if (first.ok || !first.error.message.includes('No size, quality')) return
        const { aspect, resolution, quality, steps } = other
        const size = other.size ?? (aspect || resolution ? null : parseSize(text))
        const change = { count: 1, size, aspect, resolution, quality, steps }
        expect(plan({ ...given, ...change }, all, rest), first.error.message).toMatchObject({
          ok: false,
        })
      }),
      { numRuns: 2000 },
    )
  })
})
