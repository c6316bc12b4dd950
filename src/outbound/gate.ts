import type { UpstreamErrorKind } from '../core/provider.ts'

/** Failures count together for this long, ms. */
const WINDOW_MS = 30_000
/** Fewest failures of a window that open the breaker. */
const FAILURES = 5
/** How long the breaker opens first, ms; it doubles with each time that follows soon. */
const OPEN_MS = 10_000
const MAX_OPEN_MS = 300_000
/** Without its account's leave an upstream takes nothing: no use in trying often. ms. */
const ACCOUNT_MS = 60_000
/** Pace after a 429 that does not say how long, and the longest believed, ms. */
const PACE_MS = 1000
const MAX_PACE_MS = 60_000
const MAX_REPORTS = 50
const MAX_ERRORS = 20

/** Kinds that say something of the upstream and not of one request. */
const TROUBLE: readonly UpstreamErrorKind[] = ['capacity', 'transient', 'lost']
const ACCOUNT: readonly UpstreamErrorKind[] = ['auth', 'credit', 'account_blocked']

/** One failed call, as the isolate that made it tells. */
export interface GateReport {
  kind: UpstreamErrorKind
  retryAfterMs: number | null
  /** Calls that went well in that isolate since its last report, of the last 30 s. */
  succeeded: number
}

export interface GateError {
  /** ms. */
  at: number
  kind: UpstreamErrorKind
}

/** What is kept of one credential at one upstream. Times are ms; 0 = never. */
export interface Gate {
  v: 1
  reports: { at: number; succeeded: number }[]
  /** How often the breaker has opened without 30 quiet seconds in between. */
  openings: number
  openUntil: number
  paceUntil: number
  lastErrors: GateError[]
}

/** What a job asks for before a call. Times are ms, null when they are over. */
export interface GateView {
  /** Nothing is submitted before this: it failed too often. */
  openUntil: number | null
  /** No further submit before this: the upstream asked for a pause. */
  paceUntil: number | null
  /** Newest first, at most 20. */
  lastErrors: GateError[]
}

export const newGate = (): Gate => ({
  v: 1,
  reports: [],
  openings: 0,
  openUntil: 0,
  paceUntil: 0,
  lastErrors: [],
})

/** Without the times that have passed. */
export const viewGate = ({ openUntil, paceUntil, lastErrors }: GateView, now: number): GateView => {
  const ahead = (at: number | null) => (at !== null && at > now ? at : null)
  return { openUntil: ahead(openUntil), paceUntil: ahead(paceUntil), lastErrors }
}

/** The gate after one failed call. Only moves its times forward. */
export function reportTo(gate: Gate, report: GateReport, now: number): Gate {
  const { kind } = report
  const lastErrors = [{ at: now, kind }, ...gate.lastErrors].slice(0, MAX_ERRORS)
  const told = { ...gate, lastErrors }
  if (kind === 'rate') return pace(told, report.retryAfterMs ?? PACE_MS, now)
  if (ACCOUNT.includes(kind)) return openFor(told, ACCOUNT_MS, now)
  if (!TROUBLE.includes(kind)) return told
  const paced = report.retryAfterMs === null ? told : pace(told, report.retryAfterMs, now)
  return count(paced, report.succeeded, now)
}

function pace(gate: Gate, ms: number, now: number): Gate {
  const until = now + Math.min(Math.max(ms, 0), MAX_PACE_MS)
  return { ...gate, paceUntil: Math.max(gate.paceUntil, until) }
}

const openFor = (gate: Gate, ms: number, now: number): Gate => ({
  ...gate,
  reports: [],
  openUntil: Math.max(gate.openUntil, now + ms),
})

/**
 * Opens when at least half of the calls told of in the window failed: after five failures, or after
 * one when the breaker was open up to a moment ago, for then this was a trial.
 */
function count(gate: Gate, succeeded: number, now: number): Gate {
  const isOpen = gate.openUntil > now
  const isTrial = gate.openings > 0 && now < gate.openUntil + WINDOW_MS
  const recent = gate.reports.filter(({ at }) => at > now - WINDOW_MS)
  const reports = [...recent, { at: now, succeeded }].slice(-MAX_REPORTS)
  const counted = { ...gate, reports, openings: isTrial || isOpen ? gate.openings : 0 }
  // Calls that were under way when it opened say nothing new.
  if (isOpen) return gate
  const good = reports.reduce((sum, report) => sum + report.succeeded, 0)
  if (reports.length < (isTrial ? 1 : FAILURES) || good > reports.length) return counted
  const ms = Math.min(OPEN_MS * 2 ** counted.openings, MAX_OPEN_MS)
  return openFor({ ...counted, openings: counted.openings + 1 }, ms, now)
}
