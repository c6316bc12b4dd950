import type { Usage } from '../core/provider.ts'

/** Token counts under OpenAI's names and under those of chat completions; zeros where none were told. */
export function openaiUsage(usage: Usage | null) {
  const input = usage?.inputTokens ?? 0
  const output = usage?.outputTokens ?? 0
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    input_tokens_details: {
      text_tokens: usage?.inputTextTokens ?? 0,
      image_tokens: usage?.inputImageTokens ?? 0,
    },
    output_tokens_details: {
      text_tokens: usage?.outputTextTokens ?? 0,
      image_tokens: output - (usage?.outputTextTokens ?? 0),
    },
    prompt_tokens: input,
    completion_tokens: output,
  }
}
