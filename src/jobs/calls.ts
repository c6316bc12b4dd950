import type { Attempt, JobEvent } from '../core/job-state.ts'
import type { Outcome, ProviderRequest } from '../core/provider.ts'
import { embedded } from '../providers/embedded.ts'
import type { JobFacts, JobRecord } from './rows.ts'

type Answered = Extract<JobEvent, { type: 'answered' }>

/** Sends an attempt to its upstream. */
export function submit(record: JobRecord, attempt: Attempt, now: number): Outcome {
  const provider = providerOf(record.facts, attempt)
  return provider.submit(requestOf(record, attempt, now))
}

/** Asks after an attempt that has a handle. */
export function poll(record: JobRecord, attempt: Attempt, now: number): Outcome {
  const provider = providerOf(record.facts, attempt)
  return provider.poll(attempt.handle!, requestOf(record, attempt, now))
}

function providerOf({ plan }: JobFacts, attempt: Attempt) {
  const { provider } = plan.routes[attempt.route]!
  const code = embedded.get(provider)
  if (!code) throw new Error(`no code for provider ${provider}`)
  return code
}

function requestOf({ facts, state }: JobRecord, attempt: Attempt, now: number): ProviderRequest {
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

/** What the rules need to know of an outcome; the images themselves stay in memory. */
export function answeredBy(attempt: Attempt, outcome: Outcome): Answered {
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
    upstreamRequestId: null,
  }
}
