import type { UpstreamError } from '../core/provider.ts'
import { viewGate, type GateView } from './gate.ts'

/** Oldest view that is trusted, ms. */
const FRESH_MS = 5000
/** After trouble the gate is asked before calls for this long, ms. */
const ALERT_MS = 30_000
/** Longest that a gate is waited for, ms. */
const PATIENCE_MS = 500

interface Entry {
  view: GateView
  /** ms; when the gate was asked or told last. */
  at: number
  /** ms; until then it is asked again when the view is old. */
  alertUntil: number
  /** Calls that went well since the last report, and since when they are counted, ms. */
  succeeded: number
  countedSince: number
}

type Gates = Pick<Env['GATES'], 'getByName'>

const QUIET: GateView = { openUntil: null, paceUntil: null, lastErrors: [] }

/**
 * What this isolate knows of the gates; as many entries as there are credentials. Lost with the isolate.
 *
 * A call that goes well asks and tells nobody. The price: an isolate learns of trouble by its own first
 * failed call, whose report is answered with what all have told. From then on it asks, at most every
 * 5 s, until 30 s have passed without trouble. So a broken upstream sees one call of each isolate
 * and of each trial, not none.
 */
const entries = new Map<string, Entry>()

function entryOf(credential: string): Entry {
  const known = entries.get(credential)
  if (known) return known
  const entry = { view: QUIET, at: 0, alertUntil: 0, succeeded: 0, countedSince: 0 }
  entries.set(credential, entry)
  return entry
}

/** What stands against a call now, at most 5 s old. Never rejects: no answer means that nothing does. */
export async function gateOf(gates: Gates, credential: string, now: number): Promise<GateView> {
  const entry = entries.get(credential)
  if (!entry) return QUIET
  if (now < entry.alertUntil && now - entry.at > FRESH_MS) {
    // First, so that only one of many jobs asks.
    entry.at = now
    learn(entry, await inTime(gates.getByName(credential).state()), now)
  }
  return viewGate(entry.view, now)
}

/** Tells of a failed call and learns what the others have told. Never rejects. */
export async function reportFailure(
  gates: Gates,
  credential: string,
  { kind, retryAfterMs }: Pick<UpstreamError, 'kind' | 'retryAfterMs'>,
  now: number,
): Promise<GateView> {
  const entry = entryOf(credential)
  entry.at = now
  entry.alertUntil = now + ALERT_MS
  const succeeded = now - entry.countedSince < ALERT_MS ? entry.succeeded : 0
  entry.succeeded = 0
  const report = { kind, retryAfterMs, succeeded }
  learn(entry, await inTime(gates.getByName(credential).report(report)), now)
  return viewGate(entry.view, now)
}

/** Counts a call that went well, in this isolate only. */
export function noteSuccess(credential: string, now: number): void {
  const entry = entryOf(credential)
  if (now - entry.countedSince >= ALERT_MS) {
    entry.countedSince = now
    entry.succeeded = 0
  }
  entry.succeeded += 1
}

function learn(entry: Entry, view: GateView | null, now: number): void {
  if (view === null) return
  entry.view = view
  const until = Math.max(view.openUntil ?? 0, view.paceUntil ?? 0)
  if (until > now) entry.alertUntil = Math.max(entry.alertUntil, until + ALERT_MS)
}

/** Null when the gate fails or takes too long. */
export async function inTime(answer: Promise<GateView>): Promise<GateView | null> {
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), PATIENCE_MS)
  const view = await Promise.race([answer.catch(() => null), late.promise])
  clearTimeout(timer)
  return view
}
