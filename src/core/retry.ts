/** Most submits of one part over all routes. */
export const MAX_TRIES = 4

/** Longest `retry-after` worth waiting for, ms; past it the job fails and tells the caller. */
export const RETRY_AFTER_CAP_MS = 60_000

/** Pause before submit number `tries` + 1: 0.5 s, 1 s, 2 s ... */
export const backoffMs = (tries: number): number => 500 * 2 ** Math.max(0, tries - 1)

/** Pause before settlement number `tries` + 1: 1 s doubling to 60 s. */
export const settleBackoffMs = (tries: number): number => Math.min(60_000, 1000 * 2 ** tries)
