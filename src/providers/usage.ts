import * as z from 'zod'
import type { Usage } from '../core/provider.ts'

const tokens = z.int().min(0)

const Told = z.object({
  input_tokens: tokens,
  output_tokens: tokens,
  input_tokens_details: z
    .object({ text_tokens: tokens.catch(0), image_tokens: tokens.catch(0) })
    .catch({ text_tokens: 0, image_tokens: 0 }),
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
