import * as z from 'zod/mini'
import type { Handle, Outcome } from '../core/provider.ts'
import type { Answer, HttpProvider, NoImage, UpstreamRequest } from '../core/upstream.ts'
import { readErrorAnswer } from './error-answer.ts'
import { cancelledUpstream, failure, NOTHING_TOLD, REFUSED } from './failure.ts'
import { fromUrl } from './images-answer.ts'
import { oxenFields } from './oxen-fields.ts'
import { NO_DEADLINE } from './no-deadline.ts'
import { orElse } from './or-else.ts'
import { retryAfterOf } from './retry-after.ts'

const CREDIT = /insufficient credits/i

/**
 * Oxen.ai by its queue: each image is a job with a handle, which stays readable after its end. The queue
 * would take up to four images per call and answer as many ids: its models have `countMax` 1 instead.
 */
export const oxen: HttpProvider = {
  id: 'oxen',
  imageKeys: [],
  submit: (order) => ({
    method: 'POST',
    path: '/ai/queue',
    headers: {},
    body: { json: oxenFields(order) },
  }),
  readSubmit,
  poll: (handle) => call('GET', handle),
  readPoll,
  cancel: (handle) => call('DELETE', handle),
  readError: (answer, during) =>
    readErrorAnswer(answer, during, { credit: CREDIT, busyBeforeWork: true }),
}

const call = (method: 'GET' | 'DELETE', { id }: Handle): UpstreamRequest => ({
  method,
  path: `/ai/queue/${encodeURIComponent(id)}`,
  headers: {},
  body: null,
})

const id = z.string().check(z.minLength(1), z.maxLength(200))

const Queued = z.object({
  generations: z.array(z.object({ generation_id: id })).check(z.minLength(1)),
})

/** Accepted without an id: the work may be done, and nobody can ask for it. */
function readSubmit({ status, headers, json }: Answer): Outcome {
  const first = Queued.safeParse(json).data?.generations[0]
  return first ? pending(first.generation_id, 'queued', headers) : failure('lost', status)
}

const pending = (generation: string, stage: string, headers: Headers): Outcome => ({
  kind: 'pending',
  handle: { v: 1, id: generation, stage: 'poll', deadline: NO_DEADLINE },
  pollAfterMs: retryAfterOf(headers),
  progress: { stage },
})

const Job = z.object({
  generation_id: id,
  status: z.string(),
  result_url: z.optional(z.unknown()),
  error_message: orElse(z.string(), ''),
  seed: orElse(z.nullable(z.int()), null),
})

/** Every status by name; one that nobody has seen keeps waiting. */
function readPoll({ status, headers, json }: Answer): Outcome {
  const { data: job } = Job.safeParse(json)
  if (!job) return NOTHING_TOLD
  switch (job.status) {
    case 'succeeded': {
      const from = fromUrl(job.result_url)
      return from
        ? { kind: 'done', images: [{ from, seed: job.seed, revisedPrompt: null }] }
        : failure('no_image', status)
    }
    case 'failed':
      return readFailed(job.error_message, status)
    case 'cancelled':
      return cancelledUpstream(status)
    case 'queued':
      return pending(job.generation_id, 'queued', headers)
    default:
      return pending(job.generation_id, 'drawing', headers)
  }
}

const MODERATED = /\bnsfw\b|\bflagged\b|content policy|safety (system|filter|checker)/i
/** Parameters are checked when the job runs, by the model itself. */
const PARAMETERS =
  /validation error|model response error: 4(00|22)\b|invalid|must be|cannot be empty/i

/** Why a queued job failed is told by a sentence only. */
function readFailed(message: string, status: number): NoImage {
  if (MODERATED.test(message)) return REFUSED
  if (CREDIT.test(message)) return failure('credit', status)
  return failure(PARAMETERS.test(message) ? 'invalid' : 'transient', status)
}
