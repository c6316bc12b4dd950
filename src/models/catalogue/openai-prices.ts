import type { TokenBounds } from '../../core/model.ts'
import type { PriceLine, TokenKind } from '../../core/price.ts'
import { priced } from './base.ts'

export interface TokenPrice {
  price: PriceLine[]
  tokens: TokenBounds
}

/** USD per million tokens, as the model pages at developers.openai.com print them. */
const perMillion = (from: string, usd: Partial<Record<TokenKind, number>>): PriceLine[] =>
  priced(
    'https://developers.openai.com/api/docs/pricing',
    from,
  )(
    ...Object.entries(usd).map(([of, amount]): PriceLine => ({
      unit: 'token',
      of: of as TokenKind,
      usd_per_million: amount,
    })),
  )

const RATES_2 = {
  text_in: 5,
  text_in_cached: 1.25,
  image_in: 8,
  image_in_cached: 2,
  image_out: 30,
  text_out: 10,
}

/** Text that a model writes beside an image; no page gives a bound, this one is assumed. */
const TEXT_OUT = 500

/**
 * From gpt-image-2 on. The output is OpenAI's calculator as developers read it out of its page
 * (https://community.openai.com/t/1382699): it gives the published 0.211 and 0.165 USD. An input is at
 * most 1536 patches of 32x32, as they measured (https://community.openai.com/t/1382940).
 */
const anySize = (axis: Record<string, number>): TokenBounds => ({
  imageIn: 1536,
  textOut: TEXT_OUT,
  imageOut: { axis },
  source: 'https://community.openai.com/t/1382699',
})

/**
 * Before gpt-image-2, an input is tiles of 512x512, 65 + 129 for each, at most four of them, and 6240
 * more at high fidelity.
 */
const threeSizes = (
  square: Record<string, number>,
  portrait: Record<string, number>,
  landscape: Record<string, number>,
): TokenBounds => ({
  imageIn: 581,
  imageInHigh: 6821,
  textOut: TEXT_OUT,
  imageOut: { table: { '1024x1024': square, '1024x1536': portrait, '1536x1024': landscape } },
  source: 'https://developers.openai.com/api/docs/guides/image-generation',
})

export const GPT_IMAGE_2: TokenPrice = {
  price: perMillion('2026-04-21', RATES_2),
  tokens: anySize({ low: 16, medium: 48, high: 96 }),
}

/** The rates of 2, fewer tokens for each word of quality. */
export const GPT_IMAGE_25: TokenPrice = {
  price: perMillion('2026-09-08', RATES_2),
  tokens: anySize({ low: 16, medium: 24, high: 48, xhigh: 64, max: 96 }),
}

export const GPT_IMAGE_15: TokenPrice = {
  price: perMillion('2025-12-16', { ...RATES_2, image_out: 32 }),
  tokens: threeSizes(
    { low: 272, medium: 1056, high: 4160 },
    { low: 408, medium: 1584, high: 6240 },
    { low: 400, medium: 1568, high: 6208 },
  ),
}

const MINI_TALL = { low: 750, medium: 1875, high: 6500 }

/** Its page prints more per image than the tokens of 1.5 would cost: these are the printed amounts. */
export const GPT_IMAGE_1_MINI: TokenPrice = {
  price: perMillion('2025-10-06', {
    text_in: 2,
    text_in_cached: 0.2,
    image_in: 2.5,
    image_in_cached: 0.25,
    image_out: 8,
  }),
  tokens: threeSizes({ low: 625, medium: 1375, high: 4500 }, MINI_TALL, MINI_TALL),
}
