import { errors } from './error.ts'
import type { Attempt, JobState, Polling, Terms } from './job-state.ts'
import { afterFailure, closeUnread, failPart, withAttempt, withPart } from './part.ts'
import {
  MAX_MISSES,
  MAX_REREADS,
  nextPauseMs,
  NOT_POLLED,
  pollPauseMs,
  repeatPauseMs,
} from './polling.ts'
import type { Outcome, UpstreamError } from './provider.ts'
import { mayRetry } from './upstream-error.ts'

const attemptOf = (state: JobState, index: number): Attempt =>
  state.attempts[state.parts[index]!.attempt!]!

/** Polls a part again after `pause`, told the usual one. */
function waitFor(
  state: JobState,
  index: number,
  { misses }: Pick<Polling, 'misses'>,
  pause: (usualMs: number) => number,
  now: number,
): JobState {
  const { n, startedAt, polling = NOT_POLLED } = attemptOf(state, index)
  const pauseMs = nextPauseMs(polling.pauseMs, now - startedAt)
  const asked = withAttempt(state, n, { polling: { ...polling, misses, pauseMs } })
  return withPart(asked, index, { step: 'waiting', due: now + pause(pauseMs) })
}

/** The upstream holds the work and is not done with it. */
export function held(
  state: JobState,
  index: number,
  outcome: Extract<Outcome, { kind: 'pending' }>,
  now: number,
): JobState {
  const { handle, pollAfterMs } = outcome
  const known = withAttempt(state, attemptOf(state, index).n, { handle })
  const told = { ...known, progress: outcome.progress ?? state.progress }
  return waitFor(told, index, { misses: 0 }, (usual) => pollPauseMs(pollAfterMs, usual), now)
}

/**
 * A poll that is refused or breaks says nothing about the work, which goes on and is not sent again: 429
 * and 5xx are waited out, 401 and 403 end it. An answer below 400 does say something, and so does an
 * upstream that keeps forgetting the handle (`lost`).
 */
export function pollFailed(
  state: JobState,
  index: number,
  error: UpstreamError,
  terms: Terms,
  now: number,
): JobState {
  const { kind, status, executed, retryAfterMs } = error
  const { n, answeredAt, polling = NOT_POLLED } = attemptOf(state, index)
  const tellsOfWork = executed === 'yes' || (status !== null && status < 400)
  const misses = polling.misses + (kind === 'lost' ? 1 : 0)
  const isOpen = kind === 'lost' ? misses < MAX_MISSES : mayRetry(kind) || status === 429
  if (isOpen && !tellsOfWork)
    return waitFor(state, index, { misses }, (usual) => repeatPauseMs(retryAfterMs, usual), now)
  if (answeredAt !== null) return closeUnread(state, index, now)
  if (tellsOfWork || kind === 'lost') {
    const outcome = executed === 'maybe' ? 'unknown' : 'failed'
    const closed = withAttempt(state, n, { outcome, endedAt: now })
    return afterFailure(closed, index, error, terms, now)
  }
  const closed = withAttempt(state, n, { outcome: 'unknown', endedAt: now })
  return failPart(closed, index, errors.upstreamUnknown())
}

/**
 * A finished result whose links could not be downloaded is read again at its handle, for fresh ones.
 * Null = there is none, or it was read often enough.
 */
export function reread(state: JobState, index: number, now: number): JobState | null {
  const { n, handle, polling = NOT_POLLED } = attemptOf(state, index)
  if (handle === null || polling.rereads >= MAX_REREADS) return null
  const asked = withAttempt(state, n, {
    handle: { ...handle, stage: 'result' },
    urls: null,
    polling: { ...polling, misses: 0, rereads: polling.rereads + 1 },
  })
  return withPart(asked, index, { step: 'waiting', due: now })
}
