import * as z from 'zod/mini'
import type { ImageSource, Outcome } from '../core/provider.ts'
import type { Answer } from '../core/upstream.ts'
import { complaintOf } from './complaint.ts'
import { readInnerError } from './error-answer.ts'
import { cancelledUpstream, failure, NOTHING_TOLD, REFUSED } from './failure.ts'
import { fromBase64 } from './images-answer.ts'
import { NO_DEADLINE } from './no-deadline.ts'
import { orElse } from './or-else.ts'
import { retryAfterOf } from './retry-after.ts'
import { readUsage } from './usage.ts'

const nested = <T>(schema: z.ZodMiniType<T>) => orElse(z.nullable(schema), null)

const Response = z.object({
  id: z.string().check(z.minLength(1), z.maxLength(200)),
  status: z.string(),
  output: orElse(z.array(z.unknown()), []),
  error: z.optional(z.unknown()),
  incomplete_details: nested(z.object({ reason: z.string() })),
  tool_usage: nested(z.object({ image_gen: z.optional(z.unknown()) })),
})
type Response = z.infer<typeof Response>

/** Reads a response in any of its states; one that nobody has seen keeps waiting. */
export function readResponse(
  { status, headers, json }: Answer,
  during: 'submit' | 'poll',
): Outcome {
  const { data: response } = Response.safeParse(json)
  if (!response) return during === 'submit' ? failure('lost', status) : NOTHING_TOLD
  switch (response.status) {
    case 'completed':
      return readOutput(response, status)
    case 'failed':
      return readInnerError(complaintOf({ error: response.error }), status)
    case 'incomplete':
      return response.incomplete_details?.reason === 'content_filter'
        ? REFUSED
        : failure('no_image', status)
    case 'cancelled':
      return cancelledUpstream(status)
    default:
      return {
        kind: 'pending',
        handle: { v: 1, id: response.id, stage: 'poll', deadline: NO_DEADLINE },
        pollAfterMs: retryAfterOf(headers),
        progress: { stage: response.status === 'queued' ? 'queued' : 'drawing' },
      }
  }
}

const Call = z.object({
  type: z.enum(['image_generation_call']),
  result: z.optional(z.unknown()),
  revised_prompt: orElse(z.nullable(z.string()), null),
  error: z.optional(z.unknown()),
})

/** What the language model says in place of a picture. */
const Words = z.object({
  type: z.enum(['message']),
  content: z.array(z.object({ type: orElse(z.string(), '') })),
})

function readOutput({ output, tool_usage }: Response, status: number): Outcome {
  const calls = output.flatMap((item) => Call.safeParse(item).data ?? [])
  const images = calls.flatMap(({ result, revised_prompt }): ImageSource[] => {
    const from = fromBase64(result)
    return from ? [{ from, seed: null, revisedPrompt: revised_prompt }] : []
  })
  if (images.length === 0) return withoutImage(calls, output, status)
  // The image's own tokens: those of the language model have other prices.
  const told = readUsage(tool_usage?.image_gen)
  return { kind: 'done', images, ...(told ? { usage: told } : {}) }
}

function withoutImage(calls: z.infer<typeof Call>[], output: unknown[], status: number): Outcome {
  const declined = output.some((item) =>
    Words.safeParse(item).data?.content.some(({ type }) => type === 'refusal'),
  )
  const moderated = calls.some(
    ({ error }) => readInnerError(complaintOf({ error }), status).kind === 'refused',
  )
  return declined || moderated ? REFUSED : failure('no_image', status)
}
