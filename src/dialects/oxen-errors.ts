import type { PublicError } from '../core/error.ts'
import type { ErrorContext } from './dialect.ts'

/** Oxen's type of an error of the framework, by status, where it is documented. */
const TYPES: Record<number, string> = {
  400: 'invalid_params',
  401: 'unauthenticated',
  404: 'resource_not_found',
  500: 'unknown_error',
}

const TITLES: Record<string, string> = {
  invalid_params: 'Invalid parameters supplied, please check your request and try again.',
  resource_not_found: 'The requested resource could not be found',
}

/** Errors of a model, which have a shape of their own. */
const OF_MODELS = [
  'model_not_found',
  'insufficient_balance',
  'insufficient_quota',
  'moderation_blocked',
  'upstream_failed',
  'upstream_outcome_unknown',
  'failed_to_download_image',
]

/** What is told of an error that has words of its own here. */
export function oxenWords({ code, message }: PublicError, model: string | null): string {
  if (code === 'insufficient_balance') return 'Insufficient credits'
  if (code === 'model_not_found' && model !== null) return `Model not found: ${model}`
  return message
}

/** Both shapes of section 5, always with `error.message`. What their words leave out is in `detail`. */
export function renderOxenError(error: PublicError, { model }: ErrorContext): unknown {
  const message = oxenWords(error, model)
  const { code, status } = error
  const detail = message === error.message ? null : error.message
  if (OF_MODELS.includes(code)) return { error: { message, ...(detail !== null && { detail }) } }
  const type = TYPES[status] ?? code
  const title = TITLES[type] ?? message
  return {
    error: { type, title, detail: detail ?? message, message },
    status: 'error',
    status_message: type,
  }
}
