import type { NativeJob } from '../conformance/client.ts'
import type { Received } from '../conformance/webhook-receiver.ts'

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
  /** Jobs that it is answered by, each with one image, where they are several: Oxen's queue. */
  group?: number
  body: Record<string, unknown>
  wish: 'draw' | 'cancel' | 'delete'
  /**
   * It is cancelled as soon as it waits, its upstream is called, or holds it; missing = after a moment. One that is
   * to be deleted is deleted while it waits; missing = when it has ended.
   */
  cancelWhen?: 'queued' | 'called' | 'held'
  /** USD for a million tokens of its model; missing = it has a price per image. */
  rates?: { text_in: number; image_out: number }
  /** `gateway.webhook_url` of every try. */
  webhookUrl: string | null
  /** Sent with every try; null = as stock clients repeat, with a count only. */
  idempotencyKey: string | null
  /** Requests for it whose connection broke before an answer came. */
  brokenOff: number
  /** Ids of all jobs that it was told of. */
  acknowledged: Set<string>
  /** How those of them ended that a caller has looked at. */
  ended: Map<string, string>
  /** The caller was told that the job is deleted. */
  deleted: boolean
}

/** A job as everybody who may can see it. */
export interface SeenJob extends NativeJob {
  model: string
  completed_at: number | null
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
  /** Where events of these jobs go; missing = nowhere. */
  destinations?: Destination[]
}

/** An endpoint of a tenant, or the addresses of its orders, and what came there. */
export interface Destination {
  /** Its id among the tenant's endpoints. */
  endpoint: string
  /** Where it is told of an order's jobs, by name of the order. */
  paths: Map<string, string>
  /** What its events are signed with. */
  secret: string
  received: Received[]
  /** The tenant's own list of deliveries. */
  listed: Listed[]
}

export interface Listed {
  /** Of the event. */
  id: string
  status: 'pending' | 'delivered' | 'dead'
  /** Unix seconds. */
  next_attempt_at: number | null
}

/** What is left of a tenant whose jobs were all deleted. */
export interface Left {
  /** In R2. */
  keys: string[]
  /** Objects that hold rows or an alarm. */
  jobs: string[]
}

/** What must hold of a tenant whatever was killed when. Gives the violations that it finds, in words. */
export type Invariant = (seen: Seen) => string[]

export const ENDS = ['succeeded', 'failed', 'cancelled', 'expired']

export const orderOf = ({ metadata }: Pick<SeenJob, 'metadata'>): string => metadata['order'] ?? ''
