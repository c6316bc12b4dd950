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
    told: null,
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

/** Some image of a part is stored. */
export const hasImages = ({ images, parts }: JobState, index: number): boolean => {
  const { first, count } = parts[index]!
  return images.some(({ n }) => n >= first && n < first + count)
}

/** Ends a part whose work was done and whose images cannot be downloaded. It is never generated again. */
export function closeUnread(state: JobState, index: number, now: number): JobState {
  const outcome = hasImages(state, index) ? 'succeeded' : 'failed'
  const closed = withAttempt(state, state.parts[index]!.attempt!, { outcome, endedAt: now })
  const message = 'The upstream made an image that could not be downloaded.'
  return failPart(closed, index, errors.upstreamFailed(message))
}

/** Another submit of a part. */
const again = (state: JobState, index: number, change: Partial<Part>): JobState =>
  withPart(state, index, { step: 'ready', attempt: null, ...change })

/** After an upstream said that it failed: again, elsewhere, or not at all. Only a certain `no` is free. */
export function afterFailure(
  state: JobState,
  index: number,
  error: UpstreamError,
  terms: Terms,
  now: number,
): JobState {
  const part = state.parts[index]!
  const shown = shownError(error)
  if (error.executed === 'maybe')
    return afterUnknown(state, index, terms.onUnknown === 'resubmit', shown, now)
  if (error.executed === 'yes' || part.tries >= MAX_TRIES) return failPart(state, index, shown)
  if (mayFallBack(error.kind) && part.route + 1 < terms.routes.length)
    return again(state, index, { due: now, route: part.route + 1 })
  const pause = error.retryAfterMs ?? backoffMs(part.tries)
  if (mayRetry(error.kind) && pause <= RETRY_AFTER_CAP_MS)
    return again(state, index, { due: now + pause })
  return failPart(state, index, shown)
}

/** After a call was lost on our side, its outcome unknown. */
export const afterLoss = (state: JobState, index: number, terms: Terms, now: number): JobState =>
  afterNoAnswer(state, index, terms.onUnknown !== 'fail', terms, now)

/** After an upstream kept a handle waiting past its deadline: it may have done the work. */
export const afterExpiry = (state: JobState, index: number, terms: Terms, now: number): JobState =>
  state.attempts[state.parts[index]!.attempt!]!.answeredAt === null
    ? afterNoAnswer(state, index, terms.onUnknown === 'resubmit', terms, now)
    : closeUnread(state, index, now)

function afterNoAnswer(
  state: JobState,
  index: number,
  allowed: boolean,
  terms: Terms,
  now: number,
): JobState {
  const part = state.parts[index]!
  const closed = withAttempt(state, part.attempt!, { outcome: 'unknown', endedAt: now })
  if (terms.routes[part.route]!.repeatable && part.tries < MAX_TRIES)
    return again(closed, index, { due: now })
  return afterUnknown(closed, index, allowed, errors.upstreamUnknown(), now)
}

/** Once more after an unknown outcome, where `on_unknown` allows it. */
function afterUnknown(
  state: JobState,
  index: number,
  allowed: boolean,
  error: PublicError,
  now: number,
): JobState {
  const { resubmits, tries } = state.parts[index]!
  return allowed && resubmits < 1 && tries < MAX_TRIES
    ? again(state, index, { due: now, resubmits: resubmits + 1 })
    : failPart(state, index, error)
}
