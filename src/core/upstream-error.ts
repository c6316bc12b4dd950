import { errors, type PublicError } from './error.ts'
import type { UpstreamError, UpstreamErrorKind } from './provider.ts'

/** Kinds after which the same upstream may be tried again, when it certainly did nothing. */
const RETRYABLE: readonly UpstreamErrorKind[] = ['rate', 'capacity', 'transient']
/** Kinds after which another route may do what this one could not. */
const OTHER_ROUTE: readonly UpstreamErrorKind[] = [
  ...RETRYABLE,
  'notfound',
  'account_blocked',
  'auth',
  'credit',
]

export const mayRetry = (kind: UpstreamErrorKind): boolean => RETRYABLE.includes(kind)
export const mayFallBack = (kind: UpstreamErrorKind): boolean => OTHER_ROUTE.includes(kind)

/** What the caller reads. Trouble between the gateway and its upstream's account is never the tenant's. */
export function shownError(error: UpstreamError): PublicError {
  if (error.shown) return error.shown
  if (error.executed === 'maybe') return errors.upstreamUnknown()
  const seconds = error.retryAfterMs === null ? null : Math.ceil(error.retryAfterMs / 1000)
  switch (error.kind) {
    case 'invalid':
      return errors.invalid(null, 'The upstream refused this combination of parameters.')
    case 'rate':
      return errors.rate('Every upstream of this model is rate limited now.', seconds ?? 5)
    case 'capacity':
      return errors.unavailable('No upstream of this model has capacity now.', seconds ?? 10)
    case 'no_image':
      return errors.upstreamFailed('The upstream answered without a usable image.')
    case 'lost':
      return errors.upstreamUnknown()
    case 'transient':
      return errors.upstreamFailed('The upstream failed.', error.executed === 'no' ? null : false)
    default:
      return errors.upstreamFailed('The upstream refused the gateway.')
  }
}
