import type { PartialImage } from '../core/event.ts'
import type { Attempt, JobEvent } from '../core/job-state.ts'
import type { Outcome, ProviderRequest } from '../core/provider.ts'
import type { Ingested } from '../images/intake.ts'
import type { JobRecord } from './rows.ts'

/** One call for an attempt: everything that it needs and nothing that outlives it. */
export interface UpstreamCallContext {
  env: Env
  record: JobRecord
  attempt: Attempt
  /** Aborted when the job ends meanwhile. */
  signal: AbortSignal
  now: number
  /** Told of a partial image: image n of this call, its k-th picture. */
  onPartial: (n: number, k: number, image: PartialImage) => void
}

/** What a call brought: the rule's outcome, and what the extractor has put into R2 on the way. */
export interface CallResult {
  outcome: Outcome
  /** By `found` index of the outcome's images. */
  found: Ingested[]
  upstreamRequestId: string | null
}

/** What one call of an attempt is built from. */
export function requestOf(
  { facts, state }: JobRecord,
  attempt: Attempt,
  now: number,
): ProviderRequest {
  const { plan, submission } = facts
  const route = plan.routes[attempt.route]!
  const part = state.parts[attempt.part]!
  return {
    request: { ...submission.request, ...route.overrides, count: part.count },
    model: route.model,
    seed: (submission.request.seed ?? seedOf(facts.id)) + part.first,
    attempt: part.tries,
    stamp: route.stamp,
    now,
  }
}

/** A seed nobody chose: the job's random id, so that a repeated call draws the same picture. 0..2^31-1. */
const seedOf = (id: string): number => Number.parseInt(id.slice(0, 8), 16) >>> 1

/** What the rules need to know of a call; the images themselves stay in memory. */
export function answeredBy(
  attempt: Attempt,
  { outcome, upstreamRequestId }: CallResult,
): Extract<JobEvent, { type: 'answered' }> {
  const urls =
    outcome.kind === 'done'
      ? outcome.images.flatMap(({ from }) => ('url' in from ? [from.url] : []))
      : []
  const complete = outcome.kind === 'done' && urls.length === outcome.images.length
  return {
    type: 'answered',
    attempt: attempt.n,
    outcome,
    urls: complete ? urls : null,
    upstreamRequestId,
  }
}
