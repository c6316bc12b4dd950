import { accountOf } from './charge.ts'
import { errors, type PublicError } from './error.ts'
import {
  hasEnded,
  unfinishedOf,
  type Attempt,
  type Effect,
  type EndStatus,
  type JobState,
  type Terms,
} from './job-state.ts'
import { hasImages } from './part.ts'

/** All that is missing is on its way to R2. */
export function isStoring(state: JobState): boolean {
  const unfinished = unfinishedOf(state)
  return unfinished.length > 0 && unfinished.every(({ step }) => step === 'storing')
}

/** The upstream holds the work and has not finished it: it can be asked to stop. */
const isAtWork = ({ handle, answeredAt }: Attempt): boolean =>
  handle !== null && answeredAt === null

/** What becomes of a call that is given up. */
function lastOutcome(state: JobState, attempt: Attempt): Attempt['outcome'] {
  if (isAtWork(attempt)) return 'cancelled'
  // Its result was being read once more, for images that could not be downloaded.
  return attempt.answeredAt !== null && hasImages(state, attempt.part) ? 'succeeded' : 'unknown'
}

/** Ends a job, once: closes what is open and fixes the charge. Only images that are stored are charged. */
export function end(
  state: JobState,
  status: EndStatus,
  error: PublicError | null,
  terms: Terms,
  now: number,
): JobState {
  const attempts = state.attempts.map((attempt) =>
    attempt.outcome !== null
      ? attempt
      : { ...attempt, endedAt: now, outcome: lastOutcome(state, attempt) },
  )
  return {
    ...state,
    status,
    error,
    endedAt: now,
    expiresAt: state.removed ? now : Math.max(state.expiresAt, now),
    progress: null,
    settleDue: now,
    ...accountOf({ ...state, attempts }, terms.price, status === 'succeeded'),
    attempts,
  }
}

/** Ends a job whose parts are all over: what is there is delivered, what is missing is said. */
export function endIfOver(state: JobState, terms: Terms, now: number): JobState {
  // Older code let a removed job wait for images that were on their way.
  if (state.removed) return cancel(state, terms, now)
  if (unfinishedOf(state).length > 0) return state
  const told = state.parts.flatMap(({ error }) => error ?? [])
  if (state.images.length > 0)
    return deliver(state, told[0]?.message ?? 'the upstream sent fewer.', terms, now)
  if (now >= state.endBy) return expire(state, terms, now)
  return end(state, 'failed', reasonOf(told, state), terms, now)
}

/**
 * Why there is no image. Where some call did the work or may have, a client must not repeat the request by
 * itself, whatever the others would have it do: it could be paid again.
 */
function reasonOf(told: PublicError[], { attempts }: JobState): PublicError {
  const [first = errors.upstreamFailed('No image came.')] = told
  if (first.status < 500 && first.status !== 429) return first
  const isOpen = attempts.some(({ outcome }) => outcome === 'unknown')
  const final = told.find(({ shouldRetry }) => shouldRetry === false)
  return final ?? (isOpen ? errors.upstreamUnknown() : first)
}

/**
 * Ends a job that has images: they were told of and can be fetched, so they count, whatever became of the others.
 * @param reason why others are missing, where some are
 */
function deliver(state: JobState, reason: string, terms: Terms, now: number): JobState {
  if (now >= state.expiresAt) {
    const message = 'The job ended after its images would have been deleted.'
    return end(state, 'expired', errors.expired(message), terms, now)
  }
  const asked = state.parts.reduce((sum, part) => sum + part.count, 0)
  const got = state.images.length
  const short = { param: 'n', message: `${got} of ${asked} images were made: ${reason}` }
  const warnings = got < asked ? [...state.warnings, short] : state.warnings
  return end({ ...state, warnings }, 'succeeded', null, terms, now)
}

/** Ends a job whose time is over. */
export function expireIfLate(state: JobState, terms: Terms, now: number): JobState {
  if (hasEnded(state.status)) return state
  if (state.startedAt === null && now >= state.startBy) {
    const message = 'The job was not started by its start deadline (start_deadline_s).'
    return end(state, 'expired', errors.expired(message), terms, now)
  }
  return now < state.endBy ? state : expire(state, terms, now)
}

function expire(state: JobState, terms: Terms, now: number): JobState {
  const message = 'The job did not end by its deadline (deadline_s).'
  return state.images.length > 0
    ? deliver(state, message, terms, now)
    : end(state, 'expired', errors.expired(message), terms, now)
}

/**
 * Too late once all that is missing is on its way to R2: the transaction that writes `storing` is the
 * border. A job that is removed ends whatever is on its way.
 */
export function cancel(state: JobState, terms: Terms, now: number): JobState {
  if (hasEnded(state.status) || (state.status === 'storing' && !state.removed)) return state
  const error = errors.cancelled()
  return state.images.length > 0
    ? deliver(state, error.message, terms, now)
    : end(state, 'cancelled', error, terms, now)
}

/** What follows from the end: settle the money, and ask upstreams to stop what nobody waits for. */
export const effectsOfEnd = ({ attempts }: JobState): Effect[] => [
  { type: 'settle' },
  ...attempts
    .filter(({ outcome }) => outcome === 'cancelled')
    .map(({ n }): Effect => ({ type: 'cancel_upstream', attempt: n })),
]
