import type { PublicError } from './error.ts'
import type { JobId, TenantId } from './ids.ts'
import type { StoredImage } from './image.ts'
import { hasEnded, type Attempt, type EndStatus, type JobState } from './job-state.ts'
import type { Micros } from './money.ts'
import type { Usage } from './provider.ts'
import type { Warning } from './request.ts'

export type PublicStatus = 'queued' | 'running' | EndStatus

/** A job as it leaves its object: all that any dialect needs to answer with, and no bytes. Times in ms. */
export interface JobView {
  id: JobId
  tenant: TenantId
  livemode: boolean
  status: PublicStatus
  /** Finer than the status while the job runs. */
  stage: string
  fraction: number | null
  /** Place among the tenant's jobs that wait for a slot (1 = next), or in the upstream's queue as it tells. */
  queuePosition: number | null
  createdAt: number
  startedAt: number | null
  endedAt: number | null
  expiresAt: number
  model: string
  /** Upstream of the last attempt. */
  provider: string | null
  dialect: string
  /** Images asked for. */
  count: number
  images: StoredImage[]
  error: PublicError | null
  attempts: (Attempt & { upstream: string })[]
  usage: Usage | null
  charge: Micros | null
  reserved: Micros | null
  warnings: Warning[]
  metadata: Record<string, string>
  /** As its dialect wrote it. */
  echo: string
  /** Fingerprint of the request, hex; null where none was taken. */
  requestHash: string | null
  /** Base of the links: scheme and host. */
  origin: string
  usualSeconds: number
  /** The same seeded request is answered by this job until then; null = it is not reused. */
  reusableUntil: number | null
}

/** `admitting` shows as queued, `storing` as running. */
export function publicStatus({ status }: JobState): PublicStatus {
  if (hasEnded(status)) return status
  return status === 'admitting' || status === 'queued' ? 'queued' : 'running'
}

/** What a deletion leaves. */
export interface Removed {
  /** The job as it ended, with all images that it had told of. */
  view: JobView
  /** Nothing is left of it; else something of it was still on its way, or storage did not answer. */
  erased: boolean
}

/** What a link's reader is told about an image that is not in R2. */
export type LinkState =
  | { state: 'ready' }
  | { state: 'pending'; retryAfterSeconds: number }
  | { state: 'failed'; error: PublicError }
