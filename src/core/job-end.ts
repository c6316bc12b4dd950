import { accountOf } from './charge.ts'
import { errors, type PublicError } from './error.ts'
import {
  hasEnded,
  type Attempt,
  type Effect,
  type EndStatus,
  type JobState,
  type Terms,
} from './job-state.ts'

const unfinishedOf = ({ parts }: JobState) =>
  parts.filter(({ step }) => step !== 'done' && step !== 'failed')

/** All that is missing is on its way to R2. */
export function isStoring(state: JobState): boolean {
  const unfinished = unfinishedOf(state)
  return unfinished.length > 0 && unfinished.every(({ step }) => step === 'storing')
}

/** The upstream holds the work and has not finished it: it can be asked to stop. */
const isAtWork = ({ handle, answeredAt }: Attempt): boolean =>
  handle !== null && answeredAt === null

/** Ends a job, once: closes what is open and fixes the charge. Only images that are stored are charged. */
export function end(
  state: JobState,
  status: EndStatus,
  error: PublicError | null,
  terms: Terms,
  now: number,
): JobState {
  return {
    ...state,
    status,
    error,
    endedAt: now,
    expiresAt: state.removed ? now : Math.max(state.expiresAt, now),
    progress: null,
    settleDue: now,
    ...accountOf(state, terms.price, status === 'succeeded'),
    attempts: state.attempts.map((attempt) =>
      attempt.outcome !== null
        ? attempt
        : { ...attempt, endedAt: now, outcome: isAtWork(attempt) ? 'cancelled' : 'unknown' },
    ),
  }
}

/**
 * Ends a job whose parts are all over: what is there is delivered, what is missing is said. One that was
 * removed while its images were on their way delivers nothing.
 */
export function endIfOver(state: JobState, terms: Terms, now: number): JobState {
  if (state.removed && !isStoring(state))
    return end(state, 'cancelled', errors.cancelled(), terms, now)
  if (unfinishedOf(state).length > 0) return state
  if (now >= state.expiresAt) {
    const message = 'The job ended after its images would have been deleted.'
    return end(state, 'expired', errors.expired(message), terms, now)
  }
  const asked = state.parts.reduce((sum, part) => sum + part.count, 0)
  const got = state.images.length
  const firstError = state.parts.find((part) => part.error)?.error
  if (got === 0 && now >= state.endBy) return expire(state, terms, now)
  if (got === 0)
    return end(state, 'failed', firstError ?? errors.upstreamFailed('No image came.'), terms, now)
  const short = {
    param: 'n',
    message: `${got} of ${asked} images were made: ${firstError?.message ?? 'the upstream sent fewer.'}`,
  }
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
  return end(state, 'expired', errors.expired(message), terms, now)
}

/** Too late once the bytes are on their way: the transaction that writes `storing` is the border. */
export function cancel(state: JobState, terms: Terms, now: number): JobState {
  if (state.status === 'storing' || hasEnded(state.status)) return state
  return end(state, 'cancelled', errors.cancelled(), terms, now)
}

/** What follows from the end: settle the money, and ask upstreams to stop what nobody waits for. */
export const effectsOfEnd = ({ attempts }: JobState): Effect[] => [
  { type: 'settle' },
  ...attempts
    .filter(({ outcome }) => outcome === 'cancelled')
    .map(({ n }): Effect => ({ type: 'cancel_upstream', attempt: n })),
]
