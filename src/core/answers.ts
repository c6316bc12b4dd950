import { errors } from './error.ts'
import { held, pollFailed, reread } from './handle.ts'
import type { JobEvent, JobState, Part, Terms } from './job-state.ts'
import {
  afterFailure,
  afterLoss,
  closeUnread,
  failPart,
  hasImages,
  withAttempt,
  withPart,
} from './part.ts'
import type { UpstreamError, Usage } from './provider.ts'

/** Pause before what was lost on our side is tried again, ms. */
const REPEAT_PAUSE_MS = 2000

type Answered = Extract<JobEvent, { type: 'answered' }>
type Stored = Extract<JobEvent, { type: 'stored' }>

/** Index of the part whose current call this attempt is; -1 when the answer comes too late to matter. */
const partOf = (state: JobState, attempt: number, steps: Part['step'][]): number =>
  state.parts.findIndex((part) => part.attempt === attempt && steps.includes(part.step))

/** An upstream answered a submit or a poll. */
export function answered(state: JobState, event: Answered, terms: Terms, now: number): JobState {
  const index = partOf(state, event.attempt, ['submitting', 'polling'])
  if (index < 0) return state
  const { outcome, upstreamRequestId } = event
  const seen = withAttempt(state, event.attempt, {
    ...(upstreamRequestId === null ? {} : { upstreamRequestId }),
    status: outcome.kind === 'failed' ? outcome.error.status : 200,
  })
  switch (outcome.kind) {
    case 'pending':
      return held(seen, index, outcome, now)
    case 'done': {
      // Read once more after a restart, a result tells the same tokens again.
      const before = state.attempts[event.attempt]!.told
      const usage = before ? state.usage : addUsage(state.usage, outcome.usage)
      const known = withAttempt(seen, event.attempt, {
        urls: event.urls,
        answeredAt: now,
        told: before ?? { images: outcome.images.length, usage: outcome.usage ?? null },
      })
      return withPart({ ...known, usage }, index, { step: 'answered', due: now })
    }
    case 'refused': {
      // Read again for fresh links: the work was done, and some of its images may be stored.
      if (state.attempts[event.attempt]!.answeredAt !== null) return closeUnread(seen, index, now)
      const closed = withAttempt(seen, event.attempt, { outcome: 'refused', endedAt: now })
      return failPart(closed, index, errors.moderated(outcome.message))
    }
    case 'failed':
      return state.parts[index]!.step === 'polling'
        ? pollFailed(seen, index, outcome.error, terms, now)
        : failed(seen, index, outcome.error, terms, now)
  }
}

function failed(
  state: JobState,
  index: number,
  error: UpstreamError,
  terms: Terms,
  now: number,
): JobState {
  const outcome = error.executed === 'maybe' ? 'unknown' : 'failed'
  const closed = withAttempt(state, state.parts[index]!.attempt!, { outcome, endedAt: now })
  return afterFailure(closed, index, error, terms, now)
}

/**
 * The bytes of a part are in R2, as far as they could be read. None at all: the upstream did work that
 * nobody can use; it is not repeated.
 */
export function stored(state: JobState, event: Stored, now: number): JobState {
  const index = partOf(state, event.attempt, ['storing'])
  if (index < 0) return state
  // Told twice, an image has one place.
  const fresh = event.images.filter(({ n }) => !state.images.some((image) => image.n === n))
  const images = [...state.images, ...fresh].toSorted((a, b) => a.n - b.n)
  const known = { ...state, images }
  return (
    (event.isUnread ? reread(known, index, now) : null) ?? closeStored(known, index, event, now)
  )
}

function closeStored(state: JobState, index: number, event: Stored, now: number): JobState {
  if (event.isUnread) return closeUnread(state, index, now)
  if (hasImages(state, index)) {
    const closed = withAttempt(state, event.attempt, { outcome: 'succeeded', endedAt: now })
    return withPart(closed, index, { step: 'done' })
  }
  const closed = withAttempt(state, event.attempt, { outcome: 'failed', endedAt: now })
  const error = errors.upstreamFailed('The upstream answered without a usable image.')
  return failPart(closed, index, error)
}

/** A call was lost on our side; its outcome stays unknown. */
export function lost(state: JobState, attempt: number, terms: Terms, now: number): JobState {
  const index = partOf(state, attempt, ['submitting', 'polling', 'storing'])
  return index < 0 ? state : recoverPart(state, index, terms, now, now + REPEAT_PAUSE_MS)
}

/** Nothing is live any more: takes up what a restart cut off. */
export function recover(state: JobState, terms: Terms, now: number): JobState {
  return state.parts.reduce((next, part, index) => {
    const wasLive = part.step === 'submitting' || part.step === 'polling' || part.step === 'storing'
    return wasLive ? recoverPart(next, index, terms, now, now) : next
  }, state)
}

/** URLs are downloaded again, a handle is polled again; other bytes and answers that are gone stay gone. */
function recoverPart(
  state: JobState,
  index: number,
  terms: Terms,
  now: number,
  due: number,
): JobState {
  const part = state.parts[index]!
  const { handle, urls } = state.attempts[part.attempt!]!
  if (urls !== null) return withPart(state, index, { step: 'answered', due })
  if (handle !== null) return withPart(state, index, { step: 'waiting', due })
  return afterLoss(state, index, terms, now)
}

function addUsage(sum: Usage | null, more: Usage | undefined): Usage | null {
  if (!more || !sum) return more ?? sum
  return {
    inputTokens: sum.inputTokens + more.inputTokens,
    outputTokens: sum.outputTokens + more.outputTokens,
    inputTextTokens: sum.inputTextTokens + more.inputTextTokens,
    inputImageTokens: sum.inputImageTokens + more.inputImageTokens,
    cachedTextTokens: sum.cachedTextTokens + more.cachedTextTokens,
    cachedImageTokens: sum.cachedImageTokens + more.cachedImageTokens,
    outputTextTokens: sum.outputTextTokens + more.outputTextTokens,
  }
}
