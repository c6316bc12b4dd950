import { errors } from '../core/error.ts'
import type { UpstreamError, UpstreamErrorKind } from '../core/provider.ts'
import type { NoImage } from '../core/upstream.ts'

/** A safety system's no. The upstream's own words stay out of it. */
export const REFUSED: NoImage = {
  kind: 'refused',
  message: "The upstream's safety system refused this request.",
}

/** Whether billable work was done, where nothing else is known. */
const EXECUTED: Record<UpstreamErrorKind, UpstreamError['executed']> = {
  invalid: 'no',
  notfound: 'no',
  account_blocked: 'no',
  auth: 'no',
  credit: 'no',
  rate: 'no',
  capacity: 'no',
  transient: 'maybe',
  no_image: 'yes',
  lost: 'maybe',
}

type Known = Partial<Pick<UpstreamError, 'executed' | 'retryAfterMs' | 'shown'>>

/** @param status of the answer; null = it says nothing about the work */
export const failure = (
  kind: UpstreamErrorKind,
  status: number | null,
  known: Known = {},
): Extract<NoImage, { kind: 'failed' }> => ({
  kind: 'failed',
  error: { kind, executed: EXECUTED[kind], status, retryAfterMs: null, shown: null, ...known },
})

/** A poll that was answered without telling how the work stands: the next one may. */
export const NOTHING_TOLD = failure('transient', null)

/** The work was given up by the upstream's own cancel, on whose wish is unknown. */
export const cancelledUpstream = (status: number): NoImage =>
  failure('transient', status, { shown: errors.upstreamFailed('The upstream cancelled the work.') })
