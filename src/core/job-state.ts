import type { Delivery, Hook, Known, Tried } from './delivery.ts'
import type { PublicError } from './error.ts'
import type { EventType } from './event-type.ts'
import type { StoredImage } from './image.ts'
import type { Plan } from './plan.ts'
import type { Account, Price } from './price.ts'
import type { Handle, Outcome, Progress, Usage } from './provider.ts'
import type { GatewayOptions, OnUnknown, Warning } from './request.ts'

export type EndStatus = 'succeeded' | 'failed' | 'cancelled' | 'expired'
/** Never renamed after release: rows at rest hold these words. */
const STATUSES = [
  'admitting',
  'queued',
  'running',
  'storing',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
] as const
export type JobStatus = (typeof STATUSES)[number]

/** One call to an upstream for a job. Written before the call is made. */
export interface Attempt {
  n: number
  part: number
  /** Index into the plan's routes. */
  route: number
  startedAt: number
  /** When the upstream had answered for good; what follows is storing. */
  answeredAt: number | null
  endedAt: number | null
  /** Null while it is open. `unknown`: the upstream may have done paid work. */
  outcome: 'succeeded' | 'refused' | 'failed' | 'unknown' | 'cancelled' | null
  /** HTTP status of the upstream's last answer. */
  status: number | null
  upstreamRequestId: string | null
  handle: Handle | null
  /** URLs of the images, where the upstream gave URLs: they can be downloaded again after a restart. */
  urls: string[] | null
  /** What the upstream's answer held: how many images, and their tokens where it told them. */
  told: { images: number; usage: Usage | null } | null
  /** How the handle was asked so far. Missing before the first poll, and in rows older than this field. */
  polling?: Polling
}

/** What the rules remember of one handle. */
export interface Polling {
  /** Last pause between two polls, ms; 0 = none yet. */
  pauseMs: number
  /** Polls since the upstream last knew the handle that found no such thing. */
  misses: number
  /** How often the finished result was read again because its links could not be downloaded. */
  rereads: number
}

/** Never renamed after release, either. */
const PART_STEPS = [
  'ready',
  'submitting',
  'waiting',
  'polling',
  'answered',
  'storing',
  'done',
  'failed',
] as const

/** One upstream call's share of the images. Most jobs have one part. */
export interface Part {
  /** Index of its first image. */
  first: number
  count: number
  /**
   * ready: submit when due. waiting: a handle is stored, poll when due. answered: store at once.
   * submitting, polling, storing: a call is live in memory, or was lost.
   */
  step: (typeof PART_STEPS)[number]
  /** ms; earliest time of the next submit or poll. */
  due: number
  route: number
  attempt: number | null
  /** Submits so far, over all routes. */
  tries: number
  /** Submits after a call whose outcome stayed unknown. */
  resubmits: number
  error: PublicError | null
}

/** Who is told of a job's end, as the tenant knows it. */
export interface Told {
  endpoints: Hook[]
  /** What the addresses of requests are told. */
  event: EventType
}

/** The durable state of a job; `attempts`, `images` and `deliveries` are rows of their own. Times in ms. */
export interface JobState extends Account {
  v: 1
  status: JobStatus
  createdAt: number
  startedAt: number | null
  endedAt: number | null
  startBy: number
  endBy: number
  expiresAt: number
  /** The caller was told that the job exists although the reservation was still open. */
  acknowledged: boolean
  /** Deleted by the tenant: ended with that, shown to nobody, purged as soon as it is settled. */
  removed: boolean
  parts: Part[]
  attempts: Attempt[]
  images: StoredImage[]
  /** Webhooks, made when the job is settled. */
  deliveries: Delivery[]
  /** `webhook_url` of the requests that this job answers. Missing in rows older than this field. */
  webhooks?: string[]
  /** What they are told; missing until the job is settled. */
  endEvent?: EventType
  error: PublicError | null
  /** Place among the tenant's jobs that wait for a slot, 1 = next; null or missing = it may start. */
  position?: number | null
  progress: Progress | null
  usage: Usage | null
  warnings: Warning[]
  settled: boolean
  settleTries: number
  settleDue: number
  /** Not before this is a purge that broke tried again. */
  purgeDue: number
}

/** What of plan and options the rules need. */
export interface Terms {
  routes: { repeatable: boolean }[]
  price: Price | null
  onUnknown: OnUnknown
  /** The request was found wrong after it was accepted: nothing is started. */
  invalid?: PublicError | undefined
}

export type JobEvent =
  | { type: 'admitted'; position: number | null }
  /** Refused after the caller was told that the job exists, or while it waited for a slot. */
  | { type: 'not_admitted'; error: PublicError }
  /** The alarm rang and no call of this job is live: what looks live was lost. */
  | { type: 'woken' }
  /** Time has passed beside a live call: what is due is begun, and nothing is taken for lost. */
  | { type: 'due' }
  | {
      type: 'answered'
      attempt: number
      outcome: Outcome
      /** URLs of a `done` outcome when every image came as one. */
      urls: string[] | null
      upstreamRequestId: string | null
    }
  /** All bytes of a part are in R2, or those that could be read. */
  | {
      type: 'stored'
      attempt: number
      images: StoredImage[]
      /** Some image is missing because its link could not be downloaded. */
      isUnread: boolean
    }
  /** A call or its bytes were lost on our side. */
  | { type: 'lost'; attempt: number }
  | { type: 'cancel' }
  | { type: 'remove' }
  | { type: 'settled'; told?: Told }
  | { type: 'settle_failed' }
  /** Another request is answered by this job, and names an address that is told of the end. */
  | { type: 'webhook'; url: string }
  | ({ type: 'tried' } & Tried)
  | ({ type: 'told' } & Known)
  /** A delivery is wanted again, by hand. */
  | { type: 'redeliver'; endpoint: string; event: EventType }
  | { type: 'purge_failed' }

/** What the object must do after the new state is durable. */
export type Effect =
  | { type: 'reserve' }
  | { type: 'submit'; attempt: number }
  | { type: 'poll'; attempt: number }
  | { type: 'store'; attempt: number }
  | { type: 'cancel_upstream'; attempt: number }
  | { type: 'settle' }
  | { type: 'deliver'; delivery: number }
  /** The tenant's list of deliveries. */
  | { type: 'tell'; delivery: number }
  | { type: 'purge' }

export const hasEnded = (status: JobStatus): status is EndStatus =>
  status === 'succeeded' || status === 'failed' || status === 'cancelled' || status === 'expired'

const includes = (words: readonly string[], word: string): boolean => words.includes(word)

/**
 * False for a state that newer code wrote in words of its own: while a deploy goes round, this code may
 * meet it, must not change it, and waits for the newer one.
 */
export const isUnderstood = ({ status, parts }: JobState): boolean =>
  includes(STATUSES, status) && parts.every(({ step }) => includes(PART_STEPS, step))

/** It is admitted, and the tenant has no slot for it yet. */
export const waitsForSlot = ({ status, position }: JobState): boolean =>
  status === 'queued' && position != null

/** Parts that may still bring images. After an end: those that were given up. */
export const unfinishedOf = ({ parts }: Pick<JobState, 'parts'>): Part[] =>
  parts.filter(({ step }) => step !== 'done' && step !== 'failed')

/** Equal requests may be answered by it: it brought all that its upstreams gave, and was not cut short. */
export const isReusable = (state: JobState): boolean =>
  state.status === 'succeeded' && unfinishedOf(state).length === 0

/** The tenant has to be asked before anything may start. */
export const isBeforeStart = (state: JobState): boolean =>
  state.status === 'admitting' || waitsForSlot(state)

/** Whether a call is live in memory, or was lost with it. */
export const isLive = ({ status, parts }: JobState): boolean =>
  !hasEnded(status) &&
  parts.some(({ step }) => step === 'submitting' || step === 'polling' || step === 'storing')

/** A job before its reservation. */
export function newJob(
  plan: Plan,
  gateway: GatewayOptions,
  retentionMs: number,
  now: number,
): JobState {
  return {
    v: 1,
    status: 'admitting',
    createdAt: now,
    startedAt: null,
    endedAt: null,
    startBy: now + gateway.startDeadlineSeconds * 1000,
    endBy: now + gateway.deadlineSeconds * 1000,
    // Retention begins when the last image may come, so that links can be made before the end is known.
    expiresAt: now + gateway.deadlineSeconds * 1000 + retentionMs,
    acknowledged: false,
    removed: false,
    parts: newParts(plan.parts, now),
    attempts: [],
    images: [],
    deliveries: [],
    ...(gateway.webhookUrl && { webhooks: [gateway.webhookUrl] }),
    error: null,
    progress: null,
    usage: null,
    warnings: plan.warnings,
    charge: null,
    lines: [],
    cost: null,
    settled: false,
    settleTries: 0,
    settleDue: 0,
    purgeDue: 0,
  }
}

function newParts(counts: number[], now: number): Part[] {
  let first = 0
  return counts.map((count) => {
    const part: Part = {
      first,
      count,
      step: 'ready',
      due: now,
      route: 0,
      attempt: null,
      tries: 0,
      resubmits: 0,
      error: null,
    }
    first += count
    return part
  })
}
