import type { Polling } from './job-state.ts'
import { RETRY_AFTER_CAP_MS } from './retry.ts'

/** Pauses before the first polls, ms: small models are done within two seconds. */
const FIRST_MS = [700, 1000, 1500]
const GROWTH = 1.4
/** Longest pause, ms: in the first minute of the work, and after it. */
const LONGEST_MS = { young: 5000, old: 15_000 }
const YOUNG_MS = 60_000
/** Shortest pause between two polls, whatever an upstream asks for, ms. */
const MIN_MS = 250
/** Shortest pause after a poll that was refused or broke, ms. */
const MIN_REPEAT_MS = 2000
/** A handle that an upstream does not know is lost after so many polls: some know theirs a moment late. */
export const MAX_MISSES = 3
/** How often a finished result is read again for fresh links. */
export const MAX_REREADS = 2

export const NOT_POLLED: Polling = { pauseMs: 0, misses: 0, rereads: 0 }

/**
 * The pause that follows one of `pauseMs` (0 = none yet) in the usual schedule: 0.7 s, 1 s, 1.5 s, then
 * 1.4 times as long up to 5 s, or 15 s when the work began a minute ago.
 */
export function nextPauseMs(pauseMs: number, ageMs: number): number {
  const first = FIRST_MS.find((ms) => ms > pauseMs)
  const longest = ageMs < YOUNG_MS ? LONGEST_MS.young : LONGEST_MS.old
  return first ?? Math.min(longest, Math.round(pauseMs * GROWTH))
}

/** How long to wait for the next poll: what the upstream asks for wins, up to a minute, ms. */
export const pollPauseMs = (askedMs: number | null, usualMs: number): number =>
  Math.min(RETRY_AFTER_CAP_MS, Math.max(MIN_MS, askedMs ?? usualMs))

/** As `pollPauseMs`, after a poll that told nothing. */
export const repeatPauseMs = (askedMs: number | null, usualMs: number): number =>
  pollPauseMs(askedMs, Math.max(MIN_REPEAT_MS, usualMs))
