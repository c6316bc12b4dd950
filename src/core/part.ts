import { errors, type PublicError } from './error.ts'
import type { Attempt, JobState, Part, Terms } from './job-state.ts'
import type { UpstreamError } from './provider.ts'
import { backoffMs, MAX_TRIES, RETRY_AFTER_CAP_MS } from './retry.ts'
import { mayFallBack, mayRetry, shownError } from './upstream-error.ts'

/** The state with one part changed. */
export function withPart(state: JobState, index: number, change: Partial<Part>): JobState {
  return {
    ...state,
    parts: state.parts.map((part, i) => (i === index ? { ...part, ...change } : part)),
  }
}

/** The state with one attempt changed. */
export function withAttempt(state: JobState, n: number, change: Partial<Attempt>): JobState {
  return {
    ...state,
    attempts: state.attempts.map((attempt) =>
      attempt.n === n ? { ...attempt, ...change } : attempt,
    ),
  }
}

/** Opens the next attempt of a part that is due. */
export function openAttempt(state: JobState, index: number, now: number): JobState {
  const part = state.parts[index]!
  const attempt: Attempt = {
    n: state.attempts.length,
    part: index,
    route: part.route,
    startedAt: now,
    answeredAt: null,
    endedAt: null,
    outcome: null,
    status: null,
    upstreamRequestId: null,
    handle: null,
    urls: null,
  }
  const opened = { ...state, attempts: [...state.attempts, attempt] }
  return withPart(opened, index, {
    step: 'submitting',
    attempt: attempt.n,
    tries: part.tries + 1,
  })
}

export const failPart = (state: JobState, index: number, error: PublicError): JobState =>
  withPart(state, index, { step: 'failed', error })

/** After an upstream said that it failed: again, elsewhere, or not at all. Only a certain `no` is free. */
export function afterFailure(
  state: JobState,
  index: number,
  error: UpstreamError,
  terms: Terms,
  now: number,
): JobState {
  const part = state.parts[index]!
  const again = (change: Partial<Part>) =>
    withPart(state, index, { step: 'ready', attempt: null, due: now, ...change })
  if (error.executed === 'maybe' && terms.onUnknown === 'resubmit' && part.resubmits < 1)
    return again({ resubmits: part.resubmits + 1 })
  const free = error.executed === 'no' && part.tries < MAX_TRIES
  if (free && mayFallBack(error.kind) && part.route + 1 < terms.routes.length)
    return again({ route: part.route + 1 })
  const pause = error.retryAfterMs ?? backoffMs(part.tries)
  if (free && mayRetry(error.kind) && pause <= RETRY_AFTER_CAP_MS)
    return again({ due: now + pause })
  return failPart(state, index, shownError(error))
}

/**
 * After a call was lost on our side, its outcome unknown: once more where that is free or allowed
 * (`on_unknown`).
 */
export function afterLoss(before: JobState, index: number, terms: Terms, now: number): JobState {
  const part = before.parts[index]!
  const state = withAttempt(before, part.attempt!, { outcome: 'unknown', endedAt: now })
  const free = terms.routes[part.route]!.repeatable && part.tries < MAX_TRIES
  const allowed = terms.onUnknown !== 'fail' && part.resubmits < 1
  if (!free && !allowed) return failPart(state, index, errors.upstreamUnknown())
  return withPart(state, index, {
    step: 'ready',
    attempt: null,
    due: now,
    resubmits: free ? part.resubmits : part.resubmits + 1,
  })
}
