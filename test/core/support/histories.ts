import fc from 'fast-check'
import { hasEnded, type JobEvent } from '../../../src/core/job-state.ts'
import { goOn, happen, newWorld, tell, type World } from './world.ts'

/** What must have happened in some histories, else their promises say little. */
const THINGS: Record<string, (world: World) => boolean> = {
  'a day forward': ({ history }) => leaps(history).some((ms) => ms >= DAY_MS),
  'a day back': ({ history }) => leaps(history).some((ms) => ms <= -DAY_MS + LATE_MS),
  'a cancel in time': ({ state }) => state.status === 'cancelled',
  'a removal': ({ state }) => state.removed,
  'a removal while images are stored': ({ history }) =>
    history.some(({ before, event }) => event.type === 'remove' && before.status === 'storing'),
  'a cancel that leaves images': ({ history }) => isCutShort(history, 'cancel'),
  'a removal that leaves images to pay': ({ history }) => isCutShort(history, 'remove'),
  'a deadline that leaves images': ({ state }) =>
    state.warnings.some(({ message }) => message.includes('deadline_s')),
  'a deadline': ({ state }) => state.status === 'expired',
  'a handle that led to an image': ({ state }) =>
    state.attempts.some(({ handle, outcome }) => handle !== null && outcome === 'succeeded'),
  'a fan-out': ({ state }) => state.parts.length > 1 && state.images.length > 1,
  'a settle answer that was lost': ({ history }) =>
    count(history, 'settle_failed') === 0 &&
    history.filter(({ effects }) => effects.some(({ type }) => type === 'settle')).length > 1,
  'a call repeated after a loss': ({ state }) =>
    state.parts.some(({ resubmits, step }) => resubmits === 1 && step === 'done'),
}

const DAY_MS = 86_400_000
/** Less than the longest other step of the clock. */
const LATE_MS = 600_000

/** By such an event, with images that are charged. */
const isCutShort = (history: World['history'], type: JobEvent['type']): boolean =>
  history.some(({ event, before, after }) => {
    return event.type === type && !hasEnded(before.status) && after.status === 'succeeded'
  })

const leaps = (history: World['history']): number[] =>
  history.slice(1).map(({ now }, i) => now - history[i]!.now)

const count = (history: World['history'], type: JobEvent['type']): number =>
  history.filter(({ event }) => event.type === type).length

/** Plays random histories, and tells how many of them held each of `THINGS`. */
export function playHistories(runs: number): Record<string, number> {
  const held = Object.fromEntries(Object.keys(THINGS).map((thing) => [thing, 0]))
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 })
  fc.assert(
    fc.property(bytes, fc.nat({ max: 24 }), (tape, events) => {
      const world = newWorld(tape)
      try {
        for (let n = 0; n < events; n++) happen(world)
        goOn(world)
      } catch (broken) {
        throw new Error(`${String(broken)}\n${tell(world)}`, { cause: broken })
      }
      for (const [thing, isIn] of Object.entries(THINGS)) if (isIn(world)) held[thing]! += 1
    }),
    { numRuns: runs },
  )
  return held
}
