import { advance, wakeAt } from '../../../src/core/advance.ts'
import { errors } from '../../../src/core/error.ts'
import {
  hasEnded,
  isBeforeStart,
  waitsForSlot,
  type Effect,
  type JobEvent,
  type JobState,
  type Terms,
} from '../../../src/core/job-state.ts'
import { makeJob, START } from './job.ts'
import { checkAlarm, checkStep, law, type Step } from './laws.ts'
import { checkPaidCalls, type Ledger } from './ledger.ts'
import { chance, pick, type Tape } from './tape.ts'
import { answerOf } from './upstream.ts'

const DAY_MS = 86_400_000
/** Longest that the object waits for calls that it believes to be live. */
const LEASE_MS = 60_000
/** An alarm rings up to this late. */
const LATE_MS = 17
const type = 'image.job.succeeded'
const told = { endpoints: [], event: type } as const
/** What requests ask of webhooks. */
const ASKED: JobEvent[] = [
  { type: 'webhook', url: 'https://receiver.test/a' },
  { type: 'webhook', url: 'https://receiver.test/b' },
  { type: 'redeliver', endpoint: 'whe_1', event: type },
]
const REFUSED: JobEvent = {
  type: 'not_admitted',
  error: errors.insufficient('The balance is too small.'),
}

/** A job, the clock, and a shell whose memory a restart empties. */
export interface World {
  tape: Tape
  state: JobState
  terms: Terms
  now: number
  /** Calls under way in this instance. */
  live: Effect[]
  /** Answers that may come late, or again. */
  given: JobEvent[]
  ledger: Ledger
  purged: boolean
  history: Step[]
}

export function newWorld(bytes: Uint8Array): World {
  const tape = { bytes, at: 0 }
  const { state, terms } = makeJob({
    parts: [1, 2, 3, 1, 1, 2].slice(0, 1 + chance(tape, 6)),
    routes: pick(tape, [[false], [true], [false, false], [true, false], [false, true, false]]),
    onUnknown: pick(tape, ['auto', 'fail', 'resubmit'] as const),
    price: pick(tape, [40_000, 1, null]),
    startDeadlineSeconds: pick(tape, [600, 5]),
    deadlineSeconds: pick(tape, [1800, 60, 3]),
  })
  return {
    tape,
    state: { ...state, acknowledged: chance(tape, 2) === 1 },
    terms,
    now: START,
    live: [{ type: 'reserve' }],
    given: [],
    ledger: [],
    purged: false,
    history: [],
  }
}

const isCall = ({ type: effect }: Effect): boolean => effect === 'submit' || effect === 'poll'

/** Gives the rule an event, holds it to its laws, and begins what it asks for. */
function take(world: World, event: JobEvent, mayCall = true): void {
  const { state: before, terms, now } = world
  const { state: after, effects } = advance(before, event, terms, now, mayCall)
  law(mayCall || !effects.some(isCall), 'no call without time for it')
  const step: Step = { before, event, after, effects, terms, now }
  world.history.push(step)
  checkStep(step)
  checkPaidCalls(world.ledger, step)
  checkAlarm(step, wakeAt(after, now))
  world.state = after
  for (const effect of effects)
    if (effect.type === 'purge') world.purged = true
    else if (effect.type !== 'cancel_upstream') world.live.push(effect)
}

/** One thing happens; nothing, once the job is gone. */
export function happen(world: World): void {
  const { tape } = world
  if (world.purged) return
  switch (chance(tape, 16)) {
    case 11:
      return restart(world, pick(tape, [LEASE_MS, 0, 1000]))
    case 12:
      return take(world, { type: chance(tape, 3) === 0 ? 'remove' : 'cancel' })
    case 13:
      return repeat(world)
    case 14:
      world.now += pick(tape, [1, 700, 3000, 60_000, 600_000, DAY_MS, -DAY_MS])
      return
    case 15:
      // An alarm that rings for nothing, as the tenant's sweep makes it do; or a look beside live calls.
      if (world.live.length === 0) take(world, { type: 'woken' })
      else take(world, { type: 'due' }, chance(tape, 2) === 0)
      return
    default:
      if (world.state.status === 'storing' && chance(tape, 8) === 7)
        return take(world, { type: 'remove' })
      if (isHalfDone(world.state) && chance(tape, 8) === 7)
        return take(world, { type: pick(tape, ['cancel', 'remove'] as const) })
      return world.live.length > 0 ? finishCall(world) : ring(world)
  }
}

const isHalfDone = ({ images, status }: JobState): boolean =>
  images.length > 0 && status === 'running'

function ring(world: World): void {
  world.now = Math.max(world.now, wakeAt(world.state, world.now)) + pick(world.tape, [0, LATE_MS])
  take(world, { type: 'woken' })
}

/**
 * The instance and its calls are gone; the alarm rings at the end of the lease, or before. A call of the
 * old instance may still be answered.
 */
function restart(world: World, pauseMs: number): void {
  const { tape, state, now } = world
  for (const call of world.live)
    if ('attempt' in call) world.given.push(answerOf(tape, state, call, now))
  world.live = []
  world.now += pauseMs
  take(world, { type: 'woken' })
}

/** Of two answers to a reservation, the second may be a refusal. */
function repeat(world: World): void {
  const refused = isBeforeStart(world.state) ? [] : [REFUSED]
  const events = [...refused, ...ASKED, ...world.given]
  if (events.length > 0) take(world, pick(world.tape, events))
}

function finishCall(world: World): void {
  const [call] = world.live.splice(chance(world.tape, world.live.length), 1)
  const event = call ? eventOf(world, call) : null
  if (!event) return
  world.given.push(event)
  take(world, event, chance(world.tape, 8) !== 7)
}

/** What comes back from a call; null = nobody knows. */
function eventOf({ tape, state, now }: World, call: Effect): JobEvent | null {
  if ('attempt' in call) return answerOf(tape, state, call, now)
  if (call.type === 'settle')
    return pick(tape, [
      settledWith(chance(tape, 7)),
      { type: 'settled' },
      { type: 'settle_failed' },
      null,
    ])
  if (call.type === 'deliver') {
    const { tries } = state.deliveries[call.delivery]!
    const status = pick(tape, [204, 500, null, 301, 410])
    return { type: 'tried', delivery: call.delivery, tries, status, isOver: chance(tape, 8) === 7 }
  }
  if (call.type === 'tell') return chance(tape, 4) === 3 ? null : knownOf(state, call.delivery)
  const fate = chance(tape, 8)
  if (fate === 6) return null
  if (fate === 7 && (state.acknowledged || waitsForSlot(state))) return REFUSED
  return { type: 'admitted', position: pick(tape, [null, null, 2, 1]) }
}

function knownOf(state: JobState, delivery: number): JobEvent {
  const { tries, step, outcome } = state.deliveries[delivery]!
  return { type: 'told', delivery, tries, step, outcome }
}

function heard(state: JobState, delivery: number): JobEvent {
  const { tries } = state.deliveries[delivery]!
  return { type: 'tried', delivery, tries, status: 204, isOver: false }
}

/** The tenant names so many endpoints. */
const settledWith = (endpoints: number): JobEvent => ({
  type: 'settled',
  told: {
    ...told,
    endpoints: Array.from({ length: endpoints }, (_, n) => ({
      endpoint: `whe_${n}`,
      url: null,
      type,
    })),
  },
})

/**
 * No more requests; the alarm keeps ringing. Upstreams answer for a while, then every call is lost.
 * The job ends in time, then settles, then is told of, and purged when it expires. In every fourth history
 * nobody is told of it, and it settles late.
 */
export function goOn(world: World): void {
  if (!hasEnded(world.state.status)) reachEnd(world)
  const isHeard = chance(world.tape, 4) < 3
  for (let steps = 0; !world.purged; steps++) {
    // Eight deliveries of nine tries and a word to the tenant, none at the time of another.
    law(steps < 100, 'a job that has ended is settled, then purged')
    world.live = []
    ring(world)
    for (const call of world.live)
      if (call.type === 'tell') take(world, knownOf(world.state, call.delivery))
      else if (call.type === 'deliver' && isHeard) take(world, heard(world.state, call.delivery))
    if (world.live.some((call) => call.type === 'settle'))
      take(
        world,
        steps < (isHeard ? 1 : 3) ? { type: 'settle_failed' } : settledWith(isHeard ? 1 : 2),
      )
  }
}

function reachEnd(world: World): void {
  const deadline = Math.max(world.state.endBy, world.now) + LEASE_MS + LATE_MS
  for (let steps = 0; !hasEnded(world.state.status); steps++) {
    law(steps < 300, 'a job ends while its alarm keeps ringing')
    const answers = steps < 40 && chance(world.tape, 8) < 7
    if (world.live.length === 0) ring(world)
    else if (answers) finishCall(world)
    else restart(world, Math.max(LEASE_MS, Math.ceil((world.state.endBy - world.now) / 10)))
  }
  law(world.state.endedAt! <= deadline, 'a job ends by its deadline')
}

/** The history of a world in words, for whoever reads a broken law. */
export const tell = ({ history }: World): string =>
  history
    .map(({ event, after, effects, now }) => {
      const parts = after.parts.map(({ step }) => step).join(' ')
      const said = [event, ...effects].map((it) => JSON.stringify(it)).join(' ')
      return `${now - START} ms: ${said}; ${after.status}: ${parts}`
    })
    .join('\n')
