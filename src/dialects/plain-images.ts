import * as z from 'zod/mini'
import type { Submission } from '../core/request.ts'
import type { ParseContext } from './dialect.ts'

/** No other API than OpenAI's has a default model. */
export const requiredModel = z.string().check(z.minLength(1), z.maxLength(200))

/** What APIs without streams do not read. */
export const PLAIN = { stream: null, partial_images: null }

/** Links unless base64 is asked for, whatever the model; never both. */
export function explicitOnly(
  submission: Submission,
  { response_format: asked }: { response_format?: string | null | undefined },
  { responseFormat }: ParseContext,
): Submission {
  const wanted = asked ?? responseFormat ?? 'url'
  const format = wanted === 'url' ? 'url' : 'b64'
  return { ...submission, delivery: { ...submission.delivery, format } }
}
