import type { Plan } from '../core/plan.ts'
import type { Deadlines } from '../outbound/deadline.ts'

/** Longest that the headers of a poll's answer are waited for, ms. */
const POLL_MS = 30_000
/** Time for the bytes of images once they have begun to come, ms. */
const BYTES_MS = 60_000

/**
 * Bounds of one call. Some upstreams send their headers at once and draw while the body is open (server-
 * sent events do), so the body of a submit has as long as the whole call may take.
 *
 * @param timeoutMs longest that the upstream may draw
 */
export function deadlinesOf(during: 'submit' | 'poll', timeoutMs: number): Deadlines {
  const longest = during === 'poll' ? POLL_MS : timeoutMs
  return {
    headersMs: longest,
    bodyMs: during === 'poll' ? BYTES_MS : longest + BYTES_MS,
    // Bytes that have begun to come are not cut off by the time that drawing may take.
    totalMs: longest + BYTES_MS,
  }
}

/** Beyond the longest call of the plan: after that a call that left no trace is lost. ms. */
const LEASE_MARGIN_MS = 5000
/** A lease stays below the platform's 15 minutes for one alarm run. */
const MAX_LEASE_MS = 14 * 60_000

/** How long the longest call of a job may take, ms. */
export const leaseOf = ({ routes }: Plan): number =>
  Math.min(Math.max(0, ...routes.map(({ timeoutMs }) => timeoutMs)) + LEASE_MARGIN_MS, MAX_LEASE_MS)
