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
 * @param leftMs until the job's own deadline
 */
export function deadlinesOf(
  during: 'submit' | 'poll',
  timeoutMs: number,
  leftMs: number,
): Deadlines {
  const longest = Math.max(1, Math.min(during === 'poll' ? POLL_MS : timeoutMs, leftMs))
  return {
    headersMs: longest,
    bodyMs: during === 'poll' ? BYTES_MS : longest + BYTES_MS,
    // Bytes that have begun to come are not cut off by the time that drawing may take.
    totalMs: longest + BYTES_MS,
  }
}
