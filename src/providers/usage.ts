import * as z from 'zod/mini'
import type { Usage } from '../core/provider.ts'
import { orElse } from './or-else.ts'

const count = z.int().check(z.minimum(0))
const tokens = orElse(count, 0)
const kinds = { text_tokens: tokens, image_tokens: tokens }
const nothing = { text_tokens: 0, image_tokens: 0 }

const Told = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: orElse(
    z.object({
      ...kinds,
      cached_tokens: tokens,
      cached_tokens_details: orElse(z.nullable(z.object(kinds)), null),
    }),
    { ...nothing, cached_tokens: 0, cached_tokens_details: null },
  ),
  output_tokens_details: orElse(z.object(kinds), nothing),
})

/**
 * OpenAI's token counts; undefined where an answer has none. Input of which nothing is said is text,
 * output of which nothing is said is images.
 */
export function readUsage(told: unknown): Usage | undefined {
  const { data } = Told.safeParse(told)
  if (!data) return undefined
  const { input_tokens: inputTokens, output_tokens: outputTokens } = data
  const input = data.input_tokens_details
  const inputImageTokens = Math.min(input.image_tokens, inputTokens)
  const inputTextTokens = inputTokens - inputImageTokens
  const { cached_tokens: cached, cached_tokens_details: apart } = input
  const cachedTextTokens = Math.min(apart?.text_tokens ?? cached, inputTextTokens)
  return {
    inputTokens,
    outputTokens,
    inputTextTokens,
    inputImageTokens,
    cachedTextTokens,
    cachedImageTokens: Math.min(apart?.image_tokens ?? cached - cachedTextTokens, inputImageTokens),
    outputTextTokens: Math.min(data.output_tokens_details.text_tokens, outputTokens),
  }
}
