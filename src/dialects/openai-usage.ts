import { toUsd, type Micros } from '../core/money.ts'
import type { Usage } from '../core/provider.ts'

/** AI/ML API counts 2,000,000 credits to the dollar. */
const CREDITS_PER_USD = 2_000_000

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

/** What the tenant pays, as AI/ML API tells it; null = not known. */
export function spent({ charge }: { charge?: Micros | null }, reused: boolean) {
  if (charge == null) return null
  const usd = reused ? 0 : toUsd(charge)
  return { credits_used: Math.round(usd * CREDITS_PER_USD), usd_spent: usd }
}
