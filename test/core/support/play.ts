import { advance, wakeAt } from '../../../src/core/advance.ts'
import type { Effect, JobEvent, JobState } from '../../../src/core/job-state.ts'
import type { Outcome, UpstreamError } from '../../../src/core/provider.ts'
import { makeError, makeHandle, makeImage, makeJob, START, type JobOptions } from './job.ts'

type Pending = Extract<Outcome, { kind: 'pending' }>

/** One job in the hands of a test. Times are ms after its creation. */
export interface Played {
  state: JobState
  /** Gives the job an event and tells the effects. */
  take(event: JobEvent, at?: number): Effect[]
  wakeAt(): number
}

/** A job that waits for its reservation. */
export function newPlayed(options: JobOptions = {}): Played {
  const { state, terms } = makeJob(options)
  let now = START
  const played: Played = {
    state,
    take(event, at = now - START) {
      now = START + at
      const next = advance(played.state, event, terms, now)
      played.state = next.state
      return next.effects
    },
    wakeAt: () => wakeAt(played.state, now) - START,
  }
  return played
}

/** A job whose first calls have been sent. */
export function started(options: JobOptions = {}): Played {
  const job = newPlayed(options)
  job.take({ type: 'admitted', position: null })
  job.take({ type: 'woken' })
  return job
}

export const answer = (attempt: number, outcome: Outcome, urls: string[] | null = null) =>
  ({ type: 'answered', attempt, outcome, urls, upstreamRequestId: null }) as const

export const done = (attempt: number, urls: string[] | null = null) =>
  answer(attempt, { kind: 'done', images: [] }, urls)

/** A handle that is good for an hour, to be polled after a second. */
export const pending = (attempt: number, change: Partial<Pending> = {}) => {
  const handle = makeHandle(START + 3_600_000)
  return answer(attempt, { kind: 'pending', handle, pollAfterMs: 1000, ...change })
}

export const failed = (attempt: number, error: Partial<UpstreamError>) =>
  answer(attempt, { kind: 'failed', error: makeError(error) })

export const stored = (attempt: number, ...places: number[]) =>
  ({ type: 'stored', attempt, images: places.map(makeImage), isUnread: false }) as const

/** As `stored`, where the link of another image could not be downloaded. */
export const unread = (attempt: number, ...places: number[]) =>
  ({ ...stored(attempt, ...places), isUnread: true }) as const

export const submits = (effects: Effect[]): number =>
  effects.filter(({ type }) => type === 'submit').length

/** Outcomes of all attempts so far. */
export const outcomes = ({ state }: Played) => state.attempts.map(({ outcome }) => outcome)

/** A job at each moment of its life. */
export const moments = {
  admitting: () => newPlayed(),
  queued: () => {
    const job = newPlayed()
    job.take({ type: 'admitted', position: null })
    return job
  },
  'waiting for a slot': () => {
    const job = newPlayed()
    job.take({ type: 'admitted', position: 2 })
    return job
  },
  submitting: () => started(),
  waiting: () => after(started(), pending(0)),
  polling: () => after(started(), pending(0), { type: 'woken' }),
  storing: () => after(started(), done(0)),
  succeeded: () => after(started(), done(0), stored(0, 0)),
}

/** Events a second apart. */
export function after(job: Played, ...events: JobEvent[]): Played {
  events.forEach((event, n) => job.take(event, 1000 * (n + 1)))
  return job
}
