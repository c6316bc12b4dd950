import type { PublicError } from '../core/error.ts'
import { showJobId } from '../core/ids.ts'
import type { StoredImage } from '../core/image.ts'
import { toUsd } from '../core/money.ts'
import type { Micros } from '../core/money.ts'
import { seconds } from '../core/seconds.ts'
import type { Summary } from '../core/tenant.ts'
import type { JobView } from '../core/view.ts'
import type { ShownJob } from './dialect.ts'

const usdOf = (micros: Micros | null): number | null => (micros === null ? null : toUsd(micros))

/** The native job JSON (design.md section 3), for jobs of any dialect. Times are unix seconds or null. */
export function renderJob({ view, links, watch, reused }: ShownJob) {
  const id = showJobId(view.id)
  return {
    id,
    object: 'image.job',
    livemode: view.livemode,
    status: view.status,
    created_at: seconds(view.createdAt),
    started_at: seconds(view.startedAt),
    completed_at: seconds(view.endedAt),
    expires_at: seconds(view.expiresAt),
    model: view.model,
    provider: view.provider,
    progress: progressOf(view),
    data: view.images.map((image) => renderImage(image, links)),
    error: view.error && renderError(view.error),
    attempts: view.attempts.map((attempt) => ({
      upstream: attempt.upstream,
      started_at: seconds(attempt.startedAt),
      ended_at: seconds(attempt.endedAt),
      outcome: attempt.outcome,
      status: attempt.status,
      upstream_request_id: attempt.upstreamRequestId,
      upstream_job_id: attempt.handle?.id ?? null,
    })),
    usage: view.usage && {
      input_tokens: view.usage.inputTokens,
      output_tokens: view.usage.outputTokens,
      total_tokens: view.usage.inputTokens + view.usage.outputTokens,
    },
    cost: { usd: reused ? 0 : usdOf(view.charge), reserved_usd: reused ? 0 : usdOf(view.reserved) },
    warnings: view.warnings,
    metadata: view.metadata,
    reused: reused !== null,
    ...(view.reusableUntil !== null && { reusable_until: seconds(view.reusableUntil) }),
    urls: {
      get: `${view.origin}/v1/jobs/${id}`,
      cancel: `${view.origin}/v1/jobs/${id}/cancel`,
      events: `${view.origin}/v1/jobs/${id}/events`,
      watch,
      images: links,
    },
  }
}

export const renderImage = (image: StoredImage, links: string[]) => ({
  url: links[image.n],
  width: image.width,
  height: image.height,
  content_type: image.type,
  bytes: image.bytes,
  sha256: image.sha256,
  ...(image.seed !== null && { seed: image.seed }),
  ...(image.revisedPrompt !== null && { revised_prompt: image.revisedPrompt }),
  ...(image.contentCredentials && { content_credentials: true }),
})

export const renderError = ({ message, type, param, code }: PublicError) => ({
  message,
  type,
  param,
  code,
})

function progressOf(view: JobView) {
  if (view.status !== 'queued' && view.status !== 'running') return null
  return renderProgress(view)
}

/** Where a job stands, as far as it is known. */
export const renderProgress = (at: {
  stage: string
  fraction?: number | null
  queuePosition?: number | null
}) => ({
  stage: at.stage,
  ...(at.queuePosition != null && { queue_position: at.queuePosition }),
  ...(at.fraction != null && { fraction: at.fraction }),
})

/** A job in a list: what its tenant's index knows. */
export const renderSummary = (summary: Summary) => ({
  id: showJobId(summary.id),
  object: 'image.job',
  livemode: summary.livemode,
  status: summary.status,
  created_at: seconds(summary.createdAt),
  started_at: seconds(summary.startedAt),
  completed_at: seconds(summary.endedAt),
  expires_at: seconds(summary.expiresAt),
  model: summary.model,
  provider: summary.provider,
  dialect: summary.dialect,
  n: summary.count,
  cost: { usd: usdOf(summary.charge) },
  error_code: summary.errorCode,
})
