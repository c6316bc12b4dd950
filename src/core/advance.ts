import { nextDue } from './delivery.ts'
import { answered, lost, recover, stored } from './answers.ts'
import { cancel, effectsOfEnd, end, endIfOver, expireIfLate, isStoring } from './job-end.ts'
import {
  hasEnded,
  isBeforeStart,
  isUnderstood,
  waitsForSlot,
  type Effect,
  type JobEvent,
  type JobState,
  type Part,
  type Terms,
} from './job-state.ts'
import { buryAll, deliver, fill, sendDue, withUrl } from './outbox.ts'
import { afterExpiry, openAttempt, withPart } from './part.ts'
import { settleBackoffMs } from './retry.ts'

/** Upstream calls of one job at a time, over all its parts. */
const MAX_LIVE_PARTS = 4

/** Pause before a purge that broke is tried again. */
const PURGE_PAUSE_MS = 10_000

/** Before a job in a state of newer code is looked at again. */
const NOT_UNDERSTOOD_MS = 60_000

/** Events of the alarm's own run. The others come from requests, where nothing that costs money may start. */
const STARTS: readonly JobEvent['type'][] = ['woken', 'due', 'answered', 'stored', 'lost']

export interface Advanced {
  state: JobState
  effects: Effect[]
}

/**
 * The whole life of a job. An event that comes late (an answer after a cancel, an alarm that rings
 * twice) leaves the state as it was, by identity: every caller must survive a repeat.
 *
 * @param mayCall false: the alarm's run has no time left for a call that may take its longest
 */
export function advance(
  state: JobState,
  event: JobEvent,
  terms: Terms,
  now: number,
  mayCall = true,
): Advanced {
  if (!isUnderstood(state)) return { state, effects: [] }
  if (hasEnded(state.status)) return afterEnd(state, event, now)
  const changed = change(state, event, terms, now)
  const isLook = event.type === 'woken' || event.type === 'due'
  if (changed === state && !isLook) return { state, effects: [] }
  if (hasEnded(changed.status) || !STARTS.includes(event.type)) return withEnd(changed)
  // Images that are all there are delivered, even if they came late.
  const over = endIfOver(changed, terms, now)
  const inTime = isStoring(over) ? over : expireIfLate(over, terms, now)
  if (hasEnded(inTime.status)) return withEnd(inTime)
  const started = startDue(inTime, terms, now, mayCall)
  return withEnd(withStatus(endIfOver(started.state, terms, now)), started.effects)
}

/** What an end asks for, where there is one. */
const withEnd = (state: JobState, effects: Effect[] = []): Advanced => ({
  state,
  effects: hasEnded(state.status) ? effectsOfEnd(state) : effects,
})

/** What the event alone changes; the same object when nothing. */
function change(state: JobState, event: JobEvent, terms: Terms, now: number): JobState {
  switch (event.type) {
    case 'admitted':
      return admit(state, event.position)
    case 'not_admitted':
      return isBeforeStart(state) ? end(state, 'failed', event.error, terms, now) : state
    case 'woken':
      return recover(state, terms, now)
    case 'answered':
      return answered(state, event, terms, now)
    case 'stored':
      return stored(state, event, now)
    case 'lost':
      return lost(state, event.attempt, terms, now)
    case 'cancel':
      return cancel(state, terms, now)
    case 'remove':
      return cancel({ ...state, removed: true }, terms, now)
    case 'webhook':
      return withUrl(state, event.url)
    case 'due':
    case 'settled':
    case 'settle_failed':
    case 'purge_failed':
    case 'tried':
    case 'told':
    case 'redeliver':
      return state
  }
}

/** Once a job may start, an older answer does not make it wait again. */
function admit(state: JobState, position: number | null): JobState {
  if (!isBeforeStart(state)) return state
  if (state.status === 'queued' && state.position === position) return state
  return { ...state, status: 'queued', position }
}

/** Starts every part that is due, as far as places are free; before that, asks the tenant. */
function startDue(state: JobState, terms: Terms, now: number, mayCall: boolean): Advanced {
  if (isBeforeStart(state)) return { state, effects: [{ type: 'reserve' }] }
  if (terms.invalid) return { state: end(state, 'failed', terms.invalid, terms, now), effects: [] }
  const effects: Effect[] = []
  let next = state
  state.parts.forEach((_, index) => {
    next = startPart(next, index, effects, terms, now, mayCall)
  })
  return { state: next, effects }
}

function startPart(
  state: JobState,
  index: number,
  effects: Effect[],
  terms: Terms,
  now: number,
  mayCall: boolean,
): JobState {
  const part = state.parts[index]!
  if (part.due > now) return state
  if (part.step === 'answered') {
    effects.push({ type: 'store', attempt: part.attempt! })
    return withPart(state, index, { step: 'storing' })
  }
  if (!mayCall) return state
  if (part.step === 'waiting') {
    const { handle } = state.attempts[part.attempt!]!
    if (handle && handle.deadline <= now) return afterExpiry(state, index, terms, now)
    effects.push({ type: 'poll', attempt: part.attempt! })
    return withPart(state, index, { step: 'polling' })
  }
  if (part.step !== 'ready' || !hasPlace(state)) return state
  const opened = openAttempt(state, index, now)
  effects.push({ type: 'submit', attempt: opened.parts[index]!.attempt! })
  return { ...opened, startedAt: state.startedAt ?? now }
}

const hasPlace = (state: JobState): boolean =>
  state.parts.filter(({ step }) => !['ready', 'done', 'failed'].includes(step)).length <
  MAX_LIVE_PARTS

function withStatus(state: JobState): JobState {
  if (hasEnded(state.status) || state.status === 'admitting') return state
  const status = state.startedAt === null ? 'queued' : isStoring(state) ? 'storing' : 'running'
  return status === state.status ? state : { ...state, status }
}

function afterEnd(state: JobState, event: JobEvent, now: number): Advanced {
  switch (event.type) {
    case 'settled': {
      if (state.settled) return { state, effects: [] }
      const settled = fill({ ...state, settled: true }, event.told, now)
      return state.removed ? purge(settled, now) : { state: settled, effects: [] }
    }
    case 'settle_failed': {
      if (state.settled) return { state, effects: [] }
      const settleDue = now + settleBackoffMs(state.settleTries)
      return { state: { ...state, settleTries: state.settleTries + 1, settleDue }, effects: [] }
    }
    case 'remove': {
      const removed = { ...state, removed: true, expiresAt: Math.min(state.expiresAt, now) }
      return state.settled ? purge(removed, now) : { state: removed, effects: [{ type: 'settle' }] }
    }
    case 'woken': {
      if (!state.settled)
        return { state, effects: now >= state.settleDue ? [{ type: 'settle' }] : [] }
      return now >= purgeAt(state) ? purge(state, now) : sendDue(state, now)
    }
    case 'webhook':
    case 'tried':
    case 'told':
    case 'redeliver':
      return deliver(state, event, now)
    case 'purge_failed':
      return { state: { ...state, purgeDue: now + PURGE_PAUSE_MS }, effects: [] }
    default:
      return { state, effects: [] }
  }
}

/** What is still to be delivered would lead to nothing: it ends, and the tenant is told so with the purge. */
const purge = (state: JobState, now: number): Advanced => ({
  state: buryAll(state, now),
  effects: [{ type: 'purge' }],
})

const purgeAt = ({ expiresAt, purgeDue }: JobState): number => Math.max(expiresAt, purgeDue)

/** When the alarm must ring next, ms; never in a state where nothing is left to do. */
export function wakeAt(state: JobState, now: number): number {
  if (!isUnderstood(state)) return now + NOT_UNDERSTOOD_MS
  if (state.status === 'admitting') return Math.min(now + 2000, state.startBy, state.endBy)
  if (hasEnded(state.status))
    return state.settled
      ? Math.min(purgeAt(state), nextDue(state.deliveries, now))
      : state.settleDue
  // The tenant wakes it when there is a slot.
  if (waitsForSlot(state)) return Math.min(state.startBy, state.endBy)
  const isTimed = ({ step }: Part): boolean =>
    step === 'waiting' || step === 'answered' || (step === 'ready' && hasPlace(state))
  const due = state.parts.filter(isTimed).map((part) => part.due)
  return Math.min(...due, state.endBy)
}
