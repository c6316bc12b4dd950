import type { JobEvent, JobState } from '../../../src/core/job-state.ts'
import { law, type Step } from './laws.ts'

/**
 * What is true of a submit, told by somebody who sees the events only.
 * no, maybe, yes: whether it was executed. sent: no answer yet. lost: cut off on our side.
 * accepted: a handle is stored. urls, bytes: done, the images wait there. held: done, and the images
 * can be read again at the handle.
 */
type Truth = 'sent' | 'no' | 'maybe' | 'yes' | 'lost' | 'accepted' | 'urls' | 'bytes' | 'held'

/** By attempt. */
export type Ledger = Truth[]

/** Upstream calls that may cost money are never more than promised. */
export function checkPaidCalls(ledger: Ledger, step: Step): void {
  note(ledger, step)
  for (const effect of step.effects) {
    if (effect.type === 'poll')
      law(['accepted', 'held'].includes(ledger[effect.attempt]!), 'only handles are polled')
    if (effect.type !== 'submit') continue
    checkSubmit(ledger, step, effect.attempt)
    ledger[effect.attempt] = 'sent'
  }
}

function checkSubmit(ledger: Ledger, { after, terms, now }: Step, n: number): void {
  const { part } = after.attempts[n]!
  const earlier = after.attempts.filter((attempt) => attempt.part === part && attempt.n < n)
  law(earlier.length < 4, 'at most four tries of a part')
  const previous = earlier.at(-1)
  if (!previous) return
  const { repeatable } = terms.routes[previous.route]!
  const expired = previous.handle !== null && previous.handle.deadline <= now
  const truth = ledger[previous.n]!
  const allowed =
    truth === 'no' ||
    (truth === 'lost' && (repeatable || terms.onUnknown !== 'fail')) ||
    (truth === 'maybe' && terms.onUnknown === 'resubmit') ||
    (truth === 'accepted' && expired && (repeatable || terms.onUnknown === 'resubmit'))
  law(allowed, `a submit that was ${truth} is not sent again`)
  const paid = earlier.filter((it) => !terms.routes[it.route]!.repeatable && ledger[it.n] !== 'no')
  const bound = terms.onUnknown === 'fail' ? 0 : 1
  law(paid.length <= bound, 'at most one more submit after unknown outcomes')
}

/** Learns from an event, if the job took it. */
function note(ledger: Ledger, { before, event, after }: Step): void {
  if (after === before) return
  if (event.type === 'answered')
    ledger[event.attempt] = truthOf(ledger, before, event, isGoingOn(after, event))
  if (event.type === 'stored') ledger[event.attempt] = isGoingOn(after, event) ? 'held' : 'yes'
  if (event.type !== 'lost' && event.type !== 'woken') return
  for (const { attempt, step } of before.parts) {
    if (attempt === null || (event.type === 'lost' && event.attempt !== attempt)) continue
    const truth = ledger[attempt]!
    if (step === 'submitting' && truth === 'sent') ledger[attempt] = 'lost'
    if (step === 'storing' && truth === 'bytes')
      ledger[attempt] = before.attempts[attempt]!.handle ? 'held' : 'lost'
  }
}

/** More is to come of an attempt. */
const isGoingOn = ({ parts }: JobState, { attempt }: { attempt: number }): boolean =>
  parts.some((part) => part.attempt === attempt && !['done', 'failed'].includes(part.step))

function truthOf(
  ledger: Ledger,
  before: JobState,
  { attempt, outcome, urls }: Extract<JobEvent, { type: 'answered' }>,
  isOpen: boolean,
): Truth {
  if (outcome.kind === 'done') return urls ? 'urls' : 'bytes'
  if (outcome.kind === 'refused') return 'yes'
  if (ledger[attempt] === 'held') return 'held'
  if (outcome.kind === 'pending') return 'accepted'
  const { kind, executed, status } = outcome.error
  const wasPoll = before.parts.some((part) => part.attempt === attempt && part.step === 'polling')
  if (!wasPoll || executed === 'yes' || (status !== null && status < 400)) return executed
  // A poll that failed says nothing about the work, except that the upstream forgot it for good.
  return kind === 'lost' && !isOpen ? 'maybe' : ledger[attempt]!
}
