import type { NativeJob } from '../conformance/client.ts'

/** How an upstream gives what it drew: what of it a kill can lose differs. */
export type UpstreamKind = 'base64' | 'url' | 'handle' | 'stream' | 'embedded'

/** What one caller wants, however often it has to ask. */
export interface Order {
  /** Unique: it stands in the prompt and in the job's metadata. */
  name: string
  kind: UpstreamKind
  /** Images, and upstream calls that make them. */
  count: number
  parts: number
  body: Record<string, unknown>
  wish: 'draw' | 'cancel' | 'delete'
  /** Sent with every try; null = as stock clients repeat, with a count only. */
  idempotencyKey: string | null
  /** Ids of all jobs that it was told of. */
  acknowledged: Set<string>
  /** The caller was told that the job is deleted. */
  deleted: boolean
}

/** A job as everybody who may can see it. */
export interface SeenJob extends NativeJob {
  model: string
  metadata: Record<string, string>
  attempts: { outcome: string; upstream_job_id: string | null }[]
  /** Its events that say how it ended. */
  ends: string[]
  /** What the links of its images give, in their order. */
  links: { status: number; sha256: string }[]
}

/** All that can be seen of one tenant when nothing moves any more. */
export interface Seen {
  orders: Order[]
  /** As listed. */
  jobs: SeenJob[]
  /** Listed, but not to be read. */
  unreadable: string[]
  /** USD. */
  opening: number
  balance: number
  reserved: number
  charges: { job: string | null; amount_usd: number }[]
  price: number
  /** Calls on the upstreams' bills, by name of the order. */
  paid: Map<string, number>
  /** Calls whose paid work a kill lost, by name of the order; missing = nobody counted. */
  windows?: Map<string, number>
  /** What another tenant's key got for these jobs and their images: statuses. */
  foreign: number[]
  /** Names of these jobs that another tenant's list shows. */
  leaked: string[]
}

/** What is left of a tenant whose jobs were all deleted. */
export interface Left {
  /** In R2. */
  keys: string[]
  /** Objects that hold rows or an alarm. */
  jobs: string[]
}

export const ENDS = ['succeeded', 'failed', 'cancelled', 'expired']

export const orderOf = ({ metadata }: Pick<SeenJob, 'metadata'>): string => metadata['order'] ?? ''
