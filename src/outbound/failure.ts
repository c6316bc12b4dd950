import type { UpstreamError, UpstreamErrorKind } from '../core/provider.ts'

const failure = (
  kind: UpstreamErrorKind,
  executed: UpstreamError['executed'],
  status: number | null = null,
): UpstreamError => ({ kind, executed, status, retryAfterMs: null, shown: null })

/** Nothing was sent: the address, a header or the body's length does not fit this upstream. */
export const notSent = (): UpstreamError => failure('notfound', 'no')

/** The caller gave up before anything was sent. */
export const notStarted = (): UpstreamError => failure('transient', 'no')

/**
 * No answer. The platform has one error for refused, reset and cut off, and none of its own for a
 * failed name lookup, so all of them count as sent.
 */
export const noAnswer = (): UpstreamError => failure('transient', 'maybe')

/** The answer's body broke off, stalled or was given up. */
export const brokenBody = (status: number): UpstreamError => failure('transient', 'maybe', status)

/** 307 and 308 ask for the same call elsewhere, so it was not done here; the others may follow work done. */
export const refusedRedirect = (status: number): UpstreamError =>
  failure('transient', status === 307 || status === 308 ? 'no' : 'maybe', status)

/**
 * Statuses with which Cloudflare answers for an origin that it could not talk to: refused (521),
 * unreachable (523), TLS (525, 526), no address (530). 520, 522 and 524 may come after the request
 * was sent and are left to the provider.
 */
const UNREACHED: readonly number[] = [521, 523, 525, 526, 530]

/** The failure that a status is by itself, whatever the upstream; null for all others. */
export const unreached = (status: number): UpstreamError | null =>
  UNREACHED.includes(status) ? failure('transient', 'no', status) : null
