import { showJobId } from './ids.ts'
import type { StoredImage } from './image.ts'
import { toUsd } from './money.ts'
import { seconds } from './seconds.ts'
import type { JobView } from './view.ts'

/**
 * What is signed of a job that has ended: a function of the job alone, so that each reading of it is
 * the same text. The prompt is in it as a hash only. Null while the job can change.
 */
export function receiptOf(view: JobView) {
  if (view.status === 'queued' || view.status === 'running') return null
  return {
    ...head(view, 'image.receipt'),
    status: view.status,
    created_at: seconds(view.createdAt),
    started_at: seconds(view.startedAt),
    completed_at: seconds(view.endedAt),
    model: view.model,
    upstream: view.provider,
    request_sha256: view.requestHash,
    images: view.images.map(imageOf),
    charge_usd: view.charge === null ? null : toUsd(view.charge),
    error_code: view.error?.code ?? null,
    attempts: view.attempts.map(({ upstream, outcome, startedAt, endedAt }) => ({
      upstream,
      outcome,
      started_at: seconds(startedAt),
      ended_at: seconds(endedAt),
    })),
  }
}

/**
 * What is signed when a job is deleted.
 * @param view as it ended
 * @param erased job and images are gone; else it is repeated until they are
 */
export const deletionOf = (view: JobView, erased: boolean, now: number) => ({
  ...head(view, 'image.deletion'),
  deleted_at: seconds(now),
  erased,
  status: view.status,
  images: view.images.map(imageOf),
})

const head = <Kind extends string>({ origin, tenant, id, livemode }: JobView, object: Kind) => ({
  v: 1,
  object,
  /** Where the public keys are: `<iss>/.well-known/jwks.json`. */
  iss: origin,
  tenant,
  job: showJobId(id),
  livemode,
})

const imageOf = ({ n, sha256, type, bytes }: StoredImage) => ({
  n,
  sha256,
  content_type: type,
  bytes,
})
