import * as z from 'zod/mini'
import type { Usage } from '../core/provider.ts'
import { orElse } from './or-else.ts'

const tokens = z.int().check(z.minimum(0))

const Told = z.object({
  input_tokens: tokens,
  output_tokens: tokens,
  input_tokens_details: orElse(
    z.object({ text_tokens: orElse(tokens, 0), image_tokens: orElse(tokens, 0) }),
    { text_tokens: 0, image_tokens: 0 },
  ),
})

/** OpenAI's token counts; undefined where an answer has none. */
export function readUsage(told: unknown): Usage | undefined {
  const { data } = Told.safeParse(told)
  return (
    data && {
      inputTokens: data.input_tokens,
      outputTokens: data.output_tokens,
      inputTextTokens: data.input_tokens_details.text_tokens,
      inputImageTokens: data.input_tokens_details.image_tokens,
    }
  )
}
