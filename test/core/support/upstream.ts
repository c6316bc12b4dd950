import type { Effect, JobEvent, JobState } from '../../../src/core/job-state.ts'
import type { Outcome, UpstreamError } from '../../../src/core/provider.ts'
import { makeError, makeHandle, makeImage, tokens } from './job.ts'
import { chance, pick, type Tape } from './tape.ts'

const KINDS: readonly UpstreamError['kind'][] = [
  'transient',
  'rate',
  'capacity',
  'invalid',
  'notfound',
  'account_blocked',
  'auth',
  'credit',
  'no_image',
  'lost',
]

/** Tokens, which most upstreams do not tell. */
const TOLD = [{}, {}, { usage: tokens(7, 0, 1056) }, { usage: tokens(2999, 1, 8761) }]

/** What an upstream, or the bucket, answers to a call: anything that one could. */
export function answerOf(
  tape: Tape,
  state: JobState,
  call: Extract<Effect, { attempt: number }>,
  now: number,
): JobEvent {
  const { attempt } = call
  if (chance(tape, 8) === 7) return { type: 'lost', attempt }
  if (call.type === 'store') return storeAnswer(tape, state, attempt)
  const outcome = outcomeOf(tape, now)
  const urls =
    outcome.kind === 'done' && chance(tape, 2) === 1 ? ['https://upstream.test/image'] : null
  return { type: 'answered', attempt, outcome, urls, upstreamRequestId: null }
}

function outcomeOf(tape: Tape, now: number): Outcome {
  switch (chance(tape, 10)) {
    case 3:
      return { kind: 'refused', message: 'No.' }
    case 4:
    case 5:
    case 6:
      return { kind: 'failed', error: errorOf(tape) }
    case 7:
    case 8:
    case 9:
      return {
        kind: 'pending',
        handle: makeHandle(now + pick(tape, [3_600_000, 4000, 0])),
        pollAfterMs: pick(tape, [null, 1000, 0, 15_000]),
      }
    default:
      return { kind: 'done', images: [], ...pick(tape, TOLD) }
  }
}

const errorOf = (tape: Tape): UpstreamError =>
  makeError({
    kind: pick(tape, KINDS),
    executed: pick(tape, ['no', 'maybe', 'yes'] as const),
    status: pick(tape, [500, 200, 404, null]),
    retryAfterMs: pick(tape, [null, 0, 5000, 90_000]),
  })

/** Mostly all images of the part, else the first few, else none; never one that is stored already. */
function storeAnswer(tape: Tape, state: JobState, attempt: number): JobEvent {
  const { first, count } = state.parts[state.attempts[attempt]!.part]!
  const got = pick(tape, [count, count, count - 1, 0])
  const images = Array.from({ length: got }, (_, k) => makeImage(first + k)).filter(
    ({ n }) => !state.images.some((image) => image.n === n),
  )
  const isUnread = got < count && state.attempts[attempt]!.urls !== null && chance(tape, 2) === 1
  return { type: 'stored', attempt, images, isUnread }
}
