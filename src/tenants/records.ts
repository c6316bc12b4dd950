import type { ChargeLine } from '../core/price.ts'
import type { KeyId, JobId, TenantId } from '../core/ids.ts'
import type { Micros } from '../core/money.ts'
import type { PublicError } from '../core/error.ts'
import type { Restriction, ReuseKind, Scope, Summary } from '../core/tenant.ts'

/** Null = no limit. */
export interface Limits {
  requestsPerMinute: number | null
  imagesPerMinute: number | null
  running: number | null
  queued: number | null
  pixelsPerImage: number | null
}

export const NO_LIMITS: Limits = {
  requestsPerMinute: null,
  imagesPerMinute: null,
  running: null,
  queued: null,
  pixelsPerImage: null,
}

/** Most that a key may spend in each calendar period (UTC). */
export interface Budget {
  micros: Micros
  period: 'day' | 'month'
}

/** What an operator may change about a tenant. */
export interface TenantSettings {
  name: string
  /** A suspended tenant's keys are refused; its running jobs end and settle. */
  status: 'active' | 'suspended'
  limits: Limits
  /** Public model names; null = all. */
  models: string[] | null
  /** Default retention of jobs and images, seconds; null = the deployment's. */
  retentionSeconds: number | null
  responseFormat: 'url' | 'b64_json' | null
  /** Factor on catalogue prices. */
  multiplier: number
  /** Metadata keys that usage is counted by, beside `user`; at most 8. */
  usageTags: string[]
  /** Location hint given at creation. */
  region: string | null
}

/** Settings, and limits among them, that are missing or undefined stay as they are. */
export type TenantChange = {
  [Name in Exclude<keyof TenantSettings, 'limits'>]?: TenantSettings[Name] | undefined
} & { limits?: Partial<Limits> }

/** Missing settings take their defaults. */
export type NewTenant = Omit<TenantChange, 'status'> & {
  id: TenantId
  name: string
  /** Null = unlimited, for good. */
  balance: Micros | null
}

export type TenantRecord = Omit<TenantSettings, 'status'> & {
  id: TenantId
  status: TenantSettings['status'] | 'deleting'
  /** ms. */
  createdAt: number
  balance: Micros | null
  reserved: Micros
}

export interface NewKey extends Partial<KeyBounds> {
  name: string
  livemode: boolean
  scopes?: Scope[] | undefined
  models?: string[] | null | undefined
  /** ms; null = never. */
  expiresAt?: number | null
  limits?: Partial<Limits>
  budget?: Budget | null
}

/** What an operator may change about a key; what is missing or undefined stays as it is. */
type Changeable =
  | 'name'
  | 'scopes'
  | 'models'
  | 'cidrs'
  | 'origins'
  | 'limits'
  | 'budget'
  | 'expiresAt'
export type KeyChange = { [Name in Changeable]?: NewKey[Name] | undefined }

/** What narrows a key down; null = nothing. */
export interface KeyBounds extends Restriction {
  /** What all its jobs together may cost, those of its children too. */
  maxSpend: Micros | null
  /** Images in all, those of its children too. */
  maxImages: number | null
}

/** A key without its secret. Times in ms. */
export interface KeyRecord extends KeyBounds {
  id: KeyId
  /** The key that minted this one, without which it is worth nothing. */
  parent: KeyId | null
  /** The key that a rotation put in its place. */
  replacedBy: KeyId | null
  /** The key in whose name it is counted: after a rotation the first of them all. */
  countsAs: KeyId
  /** What its jobs took and hold of `maxSpend` and `maxImages`; 0 where there is no bound. */
  used: { spend: Micros; images: number }
  name: string
  livemode: boolean
  scopes: Scope[]
  models: string[] | null
  limits: Limits
  budget: Budget | null
  last4: string
  createdAt: number
  expiresAt: number | null
  revokedAt: number | null
  /** At most one hour behind. */
  lastUsedAt: number | null
}

/** Who acts on a tenant, for its audit. */
export interface By {
  /** `admin`, a key's id, or `gateway` for acts of its own. */
  who: string
  /** Id of the HTTP request. */
  request: string | null
}

/** One act that changed something. Hashes are SHA-256 of what the target was before and after; null = it was not there. */
export interface AuditRow extends By {
  seq: number
  /** ms. */
  at: number
  act: string
  target: string
  before: string | null
  after: string | null
}

/** Newest first; `after` is the `seq` of the last one seen. */
export interface AuditQuery {
  /** 1..100. */
  limit: number
  after?: number
}

/** Once, right after it was made, a key is shown with its text. */
export type CreatedKey = KeyRecord & { key: string }
/** Null = there is no such tenant or key. */
export type MadeKey = CreatedKey | { refusal: PublicError } | null

/**
 * One line of the append-only ledger. The amounts of a tenant with a balance add up to its
 * balance; an unlimited tenant has the same lines for its own accounts.
 */
export interface LedgerRow {
  seq: number
  /** ms. */
  at: number
  kind: 'opening' | 'credit' | 'charge' | 'reuse'
  /** Credits are positive, charges negative, reuse is 0. */
  amount: Micros
  /** Of a credit: the operator's reference. Of a reuse: the job that was asked for. */
  reference: string
  /** The job that was charged or that answered. */
  job: JobId | null
  how: ReuseKind | null
  keyId: KeyId | null
  /** What makes up a charge; null where it is not known. */
  lines: ChargeLine[] | null
  /** Behind this line; null = unlimited. */
  balance: Micros | null
}

export type Credited =
  | { ok: true; balance: Micros | null; duplicate: boolean }
  | { ok: false; refusal: PublicError }

/** Newest first; `after` is the last one seen. */
export interface JobQuery {
  livemode: boolean
  status?: string | undefined
  /** One of these. */
  statuses?: string[]
  model?: string | undefined
  /** How the job was asked for. */
  dialect?: string
  /** As its summary says, or could say; keys are the gateway's own words. */
  filed?: Record<string, string>
  /** 1..100. */
  limit: number
  after?: JobId | undefined
}

export interface JobPage {
  data: Summary[]
  hasMore: boolean
}

/** The directory of tenants is one object, of this name. */
export const DIRECTORY = 'directory'

export interface DirectoryEntry {
  id: TenantId
  name: string
  /** ms. */
  createdAt: number
}

/** What the deletion of a tenant has deleted so far. */
export interface Deleted {
  jobs: number
  /** Images of jobs. */
  images: number
  /** Of images and other objects. */
  bytes: number
  /** What else lay in R2: left-overs of requests and jobs that broke off. */
  otherObjects: number
}

/** A tenant that is being deleted. */
export interface Removal {
  /** ms. */
  since: number
  deleted: Deleted
  left: { jobs: number }
}

/** A tenant that was deleted; the directory remembers it for a while. */
export interface Gone {
  /** ms. */
  deletedAt: number
  deleted: Deleted
}

export interface DirectoryPage {
  data: (DirectoryEntry & { deletedAt: number | null })[]
  hasMore: boolean
}
