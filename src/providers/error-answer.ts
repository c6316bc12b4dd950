import { errors, type PublicError } from '../core/error.ts'
import type { UpstreamErrorKind } from '../core/provider.ts'
import type { Answer, NoImage } from '../core/upstream.ts'
import { complaintOf, type Complaint } from './complaint.ts'
import { failure, REFUSED } from './failure.ts'
import { retryAfterOf } from './retry-after.ts'

/** What an upstream's errors mean beyond statuses and codes. */
export interface ErrorRules {
  /** Its messages about content that it refuses. */
  moderated?: RegExp
  /** Its messages about an account without money. */
  credit?: RegExp
  /** It answers 503 before it starts any work, whether or not it sends `retry-after`. */
  busyBeforeWork?: boolean
}

/** Codes of OpenAI's for prompts and images that a safety system refuses. */
const MODERATED = new Set([
  'moderation_blocked',
  'content_policy_violation',
  'image_content_policy_violation',
  'content_filter',
  // Of the Responses API: a prompt that was flagged.
  'invalid_prompt',
  'bio_policy',
  'misalignment_policy_violation',
])

const KINDS: Partial<Record<string, UpstreamErrorKind>> = {
  insufficient_quota: 'credit',
  billing_hard_limit_reached: 'credit',
  credit_balance_exhausted: 'credit',
  // ModelMax, as `type`.
  insufficient_balance: 'credit',
  model_not_found: 'notfound',
  invalid_api_key: 'auth',
  account_deactivated: 'account_blocked',
  rate_limit_exceeded: 'rate',
  server_is_overloaded: 'capacity',
}

/** OpenAI's codes for prompts and images that it could not even read or download. */
const UNREADABLE = new Set([
  'invalid_value',
  'invalid_image',
  'invalid_image_format',
  'invalid_base64_image',
  'invalid_image_url',
  'invalid_image_mode',
  'image_too_large',
  'image_too_small',
  'image_parse_error',
  'image_file_too_large',
  'unsupported_image_media_type',
  'empty_image_file',
  'failed_to_download_image',
  'image_file_not_found',
])

/** Classifies an answer that is not 2xx by the rule of thumb for `executed`. */
export function readErrorAnswer(
  { status, headers, json }: Answer,
  during: 'submit' | 'poll',
  rules: ErrorRules = {},
): NoImage {
  const complaint = complaintOf(json)
  if (during === 'poll' && (status === 404 || status === 410)) return failure('lost', status)
  if (isModerated(complaint, rules)) return REFUSED
  const retryAfterMs = retryAfterOf(headers)
  const kind = kindOf(status, complaint, retryAfterMs !== null, rules)
  return failure(kind, status, { retryAfterMs, shown: shownOf(kind, complaint) })
}

/**
 * Classifies an error that came inside a 2xx answer or stream, when work had begun: only what the
 * upstream could not even read was certainly not done.
 */
export function readInnerError(complaint: Complaint, status: number | null): NoImage {
  if (isModerated(complaint, {})) return REFUSED
  const { code } = complaint
  const kind = UNREADABLE.has(code) ? 'invalid' : (kindOfCode(complaint) ?? 'transient')
  const begun = kind === 'rate' || kind === 'capacity' || kind === 'transient'
  return failure(kind, status, {
    shown: shownOf(kind, complaint),
    ...(begun ? { executed: 'maybe' as const } : {}),
  })
}

const isModerated = ({ code, type, message }: Complaint, { moderated }: ErrorRules): boolean =>
  MODERATED.has(code) ||
  (code === '' && type === 'image_generation_user_error') ||
  (moderated?.test(message) ?? false)

const kindOfCode = ({ code, type }: Complaint): UpstreamErrorKind | undefined =>
  (Object.hasOwn(KINDS, code) ? KINDS[code] : undefined) ??
  (Object.hasOwn(KINDS, type) ? KINDS[type] : undefined)

function kindOf(
  status: number,
  complaint: Complaint,
  says: boolean,
  { credit, busyBeforeWork }: ErrorRules,
): UpstreamErrorKind {
  if (status < 400) return 'transient'
  if (status === 503) {
    const refused = says || busyBeforeWork || kindOfCode(complaint) === 'capacity'
    return refused ? 'capacity' : 'transient'
  }
  if (status >= 500) return 'transient'
  if (credit?.test(complaint.message)) return 'credit'
  return kindOfCode(complaint) ?? BY_STATUS[status] ?? 'invalid'
}

/** 408 and 409 leave open what the upstream did; other statuses of the 400s are the request's fault. */
const BY_STATUS: Partial<Record<number, UpstreamErrorKind>> = {
  401: 'auth',
  402: 'credit',
  403: 'auth',
  404: 'notfound',
  408: 'transient',
  409: 'transient',
  410: 'notfound',
  429: 'rate',
}

/** Names of request fields; nothing that could be a secret, a host or a sentence. */
const FIELD = /^[a-z][a-z_]{0,39}(\[\d{1,2}\])?(\.[a-z][a-z_]{0,39})?$/

/** Names the field at fault where the upstream does, never in the upstream's own words. */
const shownOf = (kind: UpstreamErrorKind, { param }: Complaint): PublicError | null =>
  kind === 'invalid' && param !== null && FIELD.test(param)
    ? errors.invalid(param, `The upstream refused the value of ${param}.`)
    : null
