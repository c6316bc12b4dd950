import { describe, it } from 'vitest'
import type { GenerationRequest } from '../../src/core/request.ts'
import { parseRatio, parseSize } from '../../src/core/size.ts'
import { BUILT_IN_MODELS } from '../../src/models/catalogue/built-in.ts'
import { priceOf } from '../../src/models/price.ts'
import { accountAfter } from '../core/support/account.ts'
import { tokens } from '../core/support/job.ts'
import { TODAY, photo, request } from './inputs.ts'

function priced(id: string, given: Partial<GenerationRequest>) {
  const model = BUILT_IN_MODELS.find((one) => one.id === id)!
  return priceOf(model, request({ model: id, ...given }), 1, TODAY)!
}

const size = (text: string) => parseSize(text)!

/** An image of this size, drawn in one call. */
const one = (text: string) => ({
  asked: 1,
  answered: 1,
  usage: null,
  stored: [size(text)],
})

/** USD as vendors print them, which is at most six decimals. */
const printed = (micros: number | null, decimals: number) =>
  ((micros ?? NaN) / 1e6).toFixed(decimals)

/**
 * OpenAI prints amounts per image rounded to a tenth of a cent. Tokens: of 1.5 as its guide to image
 * generation tables them (https://community.openai.com/t/1371851 has them to the micro-dollar), of 2 as
 * its calculator gives them (https://community.openai.com/t/1379464, amounts:
 * https://developers.openai.com/api/docs/guides/image-generation), of 2.5 as that calculator gives them
 * since September 2026 (https://github.com/sanand0/blog, quality-levels-of-gpt-image-2.5-flare).
 */
const OPENAI = [
  ['gpt-image-1.5', '1024x1024', 'low', 272, 8704, '0.009'],
  ['gpt-image-1.5', '1024x1536', 'low', 408, 13_056, '0.013'],
  ['gpt-image-1.5', '1536x1024', 'low', 400, 12_800, '0.013'],
  ['gpt-image-1.5', '1024x1024', 'medium', 1056, 33_792, '0.034'],
  ['gpt-image-1.5', '1024x1536', 'medium', 1584, 50_688, '0.051'],
  ['gpt-image-1.5', '1536x1024', 'medium', 1568, 50_176, '0.050'],
  ['gpt-image-1.5', '1024x1024', 'high', 4160, 133_120, '0.133'],
  ['gpt-image-1.5', '1024x1536', 'high', 6240, 199_680, '0.200'],
  ['gpt-image-1.5', '1536x1024', 'high', 6208, 198_656, '0.199'],
  ['gpt-image-2', '1024x1024', 'low', 196, 5880, '0.006'],
  ['gpt-image-2', '1536x1024', 'low', 158, 4740, '0.005'],
  ['gpt-image-2', '1024x1024', 'medium', 1756, 52_680, '0.053'],
  ['gpt-image-2', '1024x1536', 'medium', 1372, 41_160, '0.041'],
  ['gpt-image-2', '1024x1024', 'high', 7024, 210_720, '0.211'],
  ['gpt-image-2', '1536x1024', 'high', 5488, 164_640, '0.165'],
  ['gpt-image-2', '1792x1024', 'high', 5063, 151_890, '0.152'],
  ['gpt-image-2', '3584x2048', 'high', 12_329, 369_870, '0.370'],
  ['gpt-image-2.5-flare', '1024x1024', 'low', 196, 5880, '0.006'],
  ['gpt-image-2.5-flare', '1024x1024', 'medium', 439, 13_170, '0.013'],
  ['gpt-image-2.5-flare', '1024x1024', 'high', 1756, 52_680, '0.053'],
  ['gpt-image-2.5-flare', '1024x1024', 'xhigh', 3122, 93_660, '0.094'],
  ['gpt-image-2.5-sunburst', '1024x1024', 'max', 7024, 210_720, '0.211'],
  ['gpt-image-1-mini', '1024x1024', 'low', 625, 5000, '0.005'],
  ['gpt-image-1-mini', '1024x1536', 'low', 750, 6000, '0.006'],
  ['gpt-image-1-mini', '1024x1024', 'medium', 1375, 11_000, '0.011'],
  ['gpt-image-1-mini', '1536x1024', 'medium', 1875, 15_000, '0.015'],
  ['gpt-image-1-mini', '1024x1024', 'high', 4500, 36_000, '0.036'],
  ['gpt-image-1-mini', '1024x1536', 'high', 6500, 52_000, '0.052'],
] as const

describe('what vendors publish is what the catalogue charges:', () => {
  it.for(OPENAI)(
    '%s, %s, %s: the output',
    ([id, pixels, quality, count, micros, usd], { expect }) => {
      const price = priced(id, { size: size(pixels), quality })
      const out = price.rates.find(({ unit }) => unit === 'image_out')
      expect(out?.most).toBe(count)
      const drawn = { ...one(pixels), usage: tokens(0, 0, count) }
      const { charge } = accountAfter(price, [drawn])
      expect(charge).toBe(micros)
      expect(printed(charge, 3)).toBe(usd)
    },
  )

  it('the usage that OpenAI prints in its API reference, at the rates of gpt-image-2', ({
    expect,
  }) => {
    // https://developers.openai.com/api/reference/resources/images/methods/edit:
    // 10 text and 40 image tokens in, 50 out, at 5, 8 and 30 USD for a million.
    const price = priced('gpt-image-2', { inputs: [photo], operation: 'edit' })
    const drawn = { ...one('1024x1024'), usage: tokens(10, 40, 50) }
    expect(accountAfter(price, [drawn]).lines).toEqual([
      { unit: 'text_in', quantity: 10, micros: 50 },
      { unit: 'image_in', quantity: 40, micros: 320 },
      { unit: 'image_out', quantity: 50, micros: 1500 },
    ])
  })

  it('cached input at a quarter (https://developers.openai.com/api/docs/models/gpt-image-2.6-sunburst)', ({
    expect,
  }) => {
    const usage = { ...tokens(1000, 1000, 0), cachedTextTokens: 1000, cachedImageTokens: 1000 }
    const price = priced('gpt-image-2.6-sunburst', { inputs: [photo], operation: 'edit' })
    expect(accountAfter(price, [{ ...one('1024x1024'), usage }]).charge).toBe(1250 + 2000)
  })

  // https://docs.bfl.ai/quick_start/pricing: "a 2MP image with Klein 4B costs $0.014 + $0.001"; amounts
  // of the others in its table, pro from 0.03 and 0.045 with an image to edit.
  it.for([
    ['black-forest-labs-flux-2-klein-4b', '1024x1024', 0, 14_000],
    ['black-forest-labs-flux-2-klein-4b', '2048x1024', 0, 15_000],
    ['black-forest-labs-flux-2-klein-9b', '1024x1024', 0, 15_000],
    ['flux-2-pro', '1024x1024', 0, 30_000],
    ['flux-2-pro', '1024x1024', 1, 45_000],
    ['flux-2-flex', '1024x1024', 0, 50_000],
    ['flux/kontext-pro/text-to-image', '1392x752', 0, 40_000],
    ['flux/kontext-max/text-to-image', '1392x752', 0, 80_000],
  ] as const)('%s, %s, %i inputs', ([id, pixels, inputs, micros], { expect }) => {
    const price = priced(id, { size: size(pixels), inputs: Array(inputs).fill(photo) })
    expect(price.reserved).toBe(micros)
    expect(accountAfter(price, [one(pixels)]).charge).toBe(micros)
  })

  it.for(['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3'])(
    'two megapixels in %s are not three',
    (ratio, { expect }) => {
      const asked = { aspect: parseRatio(ratio), resolution: '2 MP' } as const
      expect(priced('flux-2-pro', asked).reserved).toBe(45_000)
    },
  )

  // https://www.together.ai/pricing: 0.0027 USD for each megapixel at 4 steps; more steps in proportion.
  it.for([
    [1000, 4, 2700],
    [1024, null, 2832],
    [1024, 2, 2832],
    [1024, 12, 8494],
  ] as const)(
    'FLUX.1-schnell at %i pixels square and %s steps',
    ([side, steps, micros], { expect }) => {
      const pixels = `${side}x${side}`
      const price = priced('black-forest-labs/FLUX.1-schnell', { size: size(pixels), steps })
      expect(accountAfter(price, [one(pixels)]).charge).toBe(micros)
    },
  )

  // https://ai.google.dev/gemini-api/docs/pricing, second hand.
  it.for([
    ['gemini-3.1-flash-image', '512', 45_000],
    ['gemini-3.1-flash-image', null, 67_000],
    ['gemini-3.1-flash-image', '2K', 101_000],
    ['gemini-3.1-flash-image', '4K', 151_000],
    ['gemini-3-pro-image', '2K', 134_000],
    ['gemini-3-pro-image', '4K', 240_000],
  ] as const)('%s at %s', ([id, resolution, micros], { expect }) => {
    expect(priced(id, { resolution }).reserved).toBe(micros)
  })

  it('every priced model but sketch says where and since when', ({ expect }) => {
    for (const { id, ownedBy, price } of BUILT_IN_MODELS)
      for (const line of ownedBy === 'darkroom' ? [] : (price ?? [])) {
        expect(line.source, id).toMatch(/^(https:|estimate$)/)
        expect(line.effective_from, id).toMatch(/^202\d-\d\d-\d\d$/)
      }
  })
})
