export type ErrorType =
  | 'invalid_request_error'
  | 'image_generation_user_error'
  | 'insufficient_balance'
  | 'permission_error'
  | 'idempotency_error'
  | 'rate_limit_error'
  | 'insufficient_quota'
  | 'server_error'
  | 'upstream_error'
  | 'timeout_error'

/**
 * Anything the gateway refuses or fails to do, in words a caller may read.
 * A plain value, because it is stored with jobs and crosses Durable Object RPC.
 */
export interface PublicError {
  status: number
  type: ErrorType
  code: string
  message: string
  /** The request field at fault. */
  param: string | null
  retryAfterSeconds: number | null
  /** False where the same request, sent again, could bill again or cannot help; null = the status decides. */
  shouldRetry: boolean | null
}

/** A `PublicError` on its way to the funnel. What must stay private travels in `cause` and is only logged. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly shown: PublicError

  constructor(shown: PublicError, cause?: unknown) {
    super(shown.message, { cause })
    this.shown = shown
  }
}

type Extra = Partial<Pick<PublicError, 'code' | 'param' | 'retryAfterSeconds' | 'shouldRetry'>>

const make = (
  status: number,
  type: ErrorType,
  code: string,
  message: string,
  extra: Extra = {},
): PublicError => ({
  status,
  type,
  code,
  message,
  param: null,
  retryAfterSeconds: null,
  shouldRetry: null,
  ...extra,
})

/** One constructor per row of the error tables (design.md section 3, contracts.md section 12). */
export const errors = {
  invalid: (param: string | null, message: string, code = 'invalid_value') =>
    make(400, 'invalid_request_error', code, message, { param }),
  missing: (param: string) =>
    make(
      400,
      'invalid_request_error',
      'missing_required_parameter',
      `Missing required parameter: '${param}'.`,
      { param },
    ),
  moderated: (message: string) =>
    make(400, 'image_generation_user_error', 'moderation_blocked', message),
  cancelled: () =>
    make(400, 'invalid_request_error', 'job_cancelled', 'The job was cancelled before it ended.'),
  unauthorized: (message: string) => make(401, 'invalid_request_error', 'invalid_api_key', message),
  insufficient: (message: string) =>
    make(402, 'insufficient_balance', 'insufficient_balance', message),
  forbidden: (message: string, param: string | null = null) =>
    make(403, 'permission_error', 'permission_denied', message, { param }),
  badLink: () =>
    make(403, 'permission_error', 'permission_denied', 'The signature of this link is not valid.'),
  expiredLink: () => make(403, 'permission_error', 'link_expired', 'This link has expired.'),
  notFound: (message: string) => make(404, 'invalid_request_error', 'not_found', message),
  modelNotFound: (message: string) =>
    make(404, 'invalid_request_error', 'model_not_found', message, { param: 'model' }),
  methodNotAllowed: (message: string) =>
    make(405, 'invalid_request_error', 'method_not_supported', message),
  tooSlow: () =>
    make(408, 'invalid_request_error', 'body_too_slow', 'The request body came too slowly.'),
  purged: () =>
    make(
      410,
      'invalid_request_error',
      'job_purged',
      'The job that answered this request was deleted.',
    ),
  tooLarge: (message: string) => make(413, 'invalid_request_error', 'body_too_large', message),
  mediaType: (message: string) =>
    make(415, 'invalid_request_error', 'unsupported_media_type', message),
  keyReused: () =>
    make(
      422,
      'idempotency_error',
      'idempotency_key_reused',
      'This Idempotency-Key was used for another request body.',
      { param: 'Idempotency-Key' },
    ),
  rate: (message: string, retryAfterSeconds: number | null) =>
    make(429, 'rate_limit_error', 'rate_limit_exceeded', message, { retryAfterSeconds }),
  quota: (message: string) =>
    make(429, 'insufficient_quota', 'insufficient_quota', message, { shouldRetry: false }),
  internal: () =>
    make(500, 'server_error', 'internal_error', 'The gateway failed to handle this request.'),
  notConfigured: (message: string) =>
    make(501, 'server_error', 'not_configured', message, { shouldRetry: false }),
  upstreamFailed: (message: string, shouldRetry: boolean | null = false) =>
    make(502, 'upstream_error', 'upstream_failed', message, { shouldRetry }),
  upstreamUnknown: () =>
    make(
      502,
      'upstream_error',
      'upstream_outcome_unknown',
      'The upstream may have done the work, but its answer was lost. Nothing was charged.',
      { shouldRetry: false },
    ),
  unavailable: (message: string, retryAfterSeconds: number) =>
    make(503, 'server_error', 'no_upstream_available', message, { retryAfterSeconds }),
  overloaded: () =>
    make(503, 'server_error', 'overloaded', 'The gateway is overloaded.', { retryAfterSeconds: 5 }),
  waitOver: () =>
    make(
      504,
      'timeout_error',
      'timeout',
      'The image was not ready in time; the job goes on and can be read by its id.',
      { shouldRetry: false },
    ),
  expired: (message: string) =>
    make(504, 'timeout_error', 'job_expired', message, { shouldRetry: false }),
}

/** Narrows what was caught; a stranger becomes an internal error around it. */
export const toGatewayError = (caught: unknown): GatewayError =>
  caught instanceof GatewayError ? caught : new GatewayError(errors.internal(), caught)
