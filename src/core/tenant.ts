import type { ChargeLine } from './price.ts'
import type { PublicError } from './error.ts'
import type { JobId, KeyId, TenantId } from './ids.ts'
import type { Micros } from './money.ts'

export const SCOPES = [
  'images:create',
  'jobs:read',
  'jobs:cancel',
  'usage:read',
  'keys:admin',
  'webhooks:admin',
] as const
export type Scope = (typeof SCOPES)[number]

/** From where a key may be used; null = from anywhere. */
export interface Restriction {
  /** IP ranges. */
  cidrs: string[] | null
  /** As browsers send them in `Origin`. */
  origins: string[] | null
}

/** What a job keeps of who asked for it; rows of older code hold the whole actor. */
export interface Caller {
  tenant: TenantId
  keyId: KeyId
  /** False for `dr_test_` keys: answered by `sketch` only, free, with a job list of their own. */
  livemode: boolean
  /** Default retention of jobs and images, seconds; null = the deployment's. */
  retentionSeconds: number | null
}

/** Who asks: what a valid key stands for. Cached in the isolate for at most 30 s. */
export interface Actor extends Caller {
  scopes: Scope[]
  /** Names of models that all of `modelLists` write alike; null = all models. What older code goes by. */
  models: string[] | null
  /** Lists of the tenant, the key and those that it descends from, which all hold; missing from older code. */
  modelLists?: string[][]
  /** The tenant has a balance, so that unpriced models are refused. */
  metered: boolean
  /** Factor on catalogue prices. */
  multiplier: number
  responseFormat: 'url' | 'b64_json' | null
  /** When the key or the one that minted it ends, ms; missing = never. */
  expiresAt?: number
  /** The key's own and its parent's; missing = none. */
  restrictions?: Restriction[]
}

/**
 * Whose job is asked for: keys of one mode do not see jobs of the other. A tenant alone stands for both of
 * its modes: a signed link is for whoever holds it.
 */
export type Owner = TenantId | Pick<Caller, 'tenant' | 'livemode'>

export const isOwnedBy = (owner: Owner, { tenant, livemode }: Caller): boolean =>
  typeof owner === 'string'
    ? tenant === owner
    : tenant === owner.tenant && livemode === owner.livemode

/** Index row of a job in its tenant, at most 1 KiB as JSON. Lists are rendered from these alone. */
export interface Summary {
  id: JobId
  status: string
  model: string
  provider: string | null
  dialect: string
  livemode: boolean
  /** Images asked for. */
  count: number
  /** ms. */
  createdAt: number
  startedAt: number | null
  endedAt: number | null
  expiresAt: number
  charge: Micros | null
  /** What upstreams took, for admins only. */
  cost: Micros | null
  errorCode: string | null
  /** By what its dialect's lists are filtered. */
  filed?: Record<string, string>
}

/** What a request can be told apart by in its tenant's usage: its metadata, and `user`, its end user. */
export type Labels = Record<string, string>

/** What a job did, beside its money. */
export interface Work {
  labels: Labels
  /** 0 where the upstream did not tell. */
  inputTokens: number
  outputTokens: number
  /** Upstream calls of unknown outcome. */
  possiblyBilled: number
}

/** One reason why an existing job may answer a request (design.md, Reuse; contracts.md section 13). */
export type ReuseClaim =
  /** `lookup` is the SHA-256 of the header; `body` the request's fingerprint. */
  | { kind: 'idempotency'; lookup: string; body: string; until: number }
  | { kind: 'seed'; lookup: string; until: number }
  /** `count` is `x-stainless-retry-count`: 0 leaves a row for later repeats, 1 and more look for one. */
  | { kind: 'repeat'; lookup: string; count: number }

export type ReuseKind = 'idempotency' | 'seed' | 'repeat' | 'late'

/** A job that one request makes beside others. */
export interface Member {
  job: JobId
  reuse: ReuseClaim[]
}

export interface Reservation {
  job: JobId
  keyId: KeyId
  livemode: boolean
  /** Worst case; null = unpriced, refused when the tenant has a balance. */
  amount: Micros | null
  /** Images asked for. */
  images: number
  /** Most pixels of one image. */
  pixels: number
  /** Its caller does not wait for the end, so that it may wait for a slot. */
  mayWait: boolean
  /** What its model usually takes, s. */
  usualSeconds: number
  reuse: ReuseClaim[]
  /** The caller was told of this job: no other may answer in its place any more. */
  acknowledged: boolean
  /** Who created the job may be gone, and its caller may have repeated the request meanwhile. */
  again?: boolean
  summary: Summary
  /** Missing from jobs of older code. */
  labels?: Labels
  /** All jobs of its request, this one among them, which differ in nothing else: admitted all or none. */
  group?: Member[]
}

/** The images that a job takes with it. */
export interface ImagesLeft {
  images: number
  bytes: number
}

/** Another job answers this request. */
export interface Join {
  join: JobId
  how: ReuseKind
}

/** What is left of a limit per minute behind this answer. */
export interface Rate {
  limit: number
  remaining: number
  /** Until all of it is there again, ms. */
  resetMs: number
}

/** The tighter one of tenant and key; null = no limit. */
export interface Rates {
  requests: Rate | null
  images: Rate | null
}

/** `position`: the job's place among those that wait for a slot, 1 = next; null = it may start. */
export type Reserved =
  | { ok: true; position: number | null; rates?: Rates }
  | ({ ok: false; rates?: Rates } & Join)
  | Refusal

export interface Refusal {
  ok: false
  refusal: PublicError
  rates?: Rates
}

export interface Settlement {
  job: JobId
  charge: Micros
  /** What makes up the charge. */
  lines: ChargeLine[]
  /** Images that were stored and can be fetched; missing in calls of older code = as many as asked for. */
  images?: number
  /** The job succeeded and was not cut short: `seed` rows stay. */
  reusable: boolean
  /** The same request may be sent again and must not find this job: `repeat` rows go. */
  repeatable: boolean
  summary: Summary
  /** Missing from jobs of older code. */
  work?: Work
}

export interface Balance {
  /** Null = unlimited. */
  balance: Micros | null
  reserved: Micros
}
