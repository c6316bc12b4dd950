import type { HttpProvider } from '../core/upstream.ts'
import { COMPATIBLE_RECORDS } from './compatible-records.ts'
import { max } from './max.ts'
import { openaiCompatible } from './openai-compatible.ts'
import { openaiResponses } from './openai-responses.ts'
import { openai } from './openai.ts'
import { oxen } from './oxen.ts'

/** Providers that call an upstream, by name. */
export const httpProviders: ReadonlyMap<string, HttpProvider> = new Map(
  [openai, openaiResponses, oxen, max, ...COMPATIBLE_RECORDS.map(openaiCompatible)].map(
    (provider) => [provider.id, provider],
  ),
)
