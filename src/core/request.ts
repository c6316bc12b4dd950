import type { PublicError } from './error.ts'
import type { JobId } from './ids.ts'
import type { Json } from './json.ts'
import type { OwnNames } from './own-names.ts'
import type { Ratio, Size } from './size.ts'

export type OutputFormat = 'png' | 'jpeg' | 'webp' | 'gif'

/** Named amounts of pixels, by the side of a square or in megapixels. */
export type Tier = '512' | '0.5 MP' | '1K' | '1.5K' | '2 MP' | '2K' | '4K'

/**
 * Bytes staged in R2, an earlier answer's image there, or a URL that was checked for syntax and address
 * only. A job deletes what lies under its `r2`, and never an `image`, which is another job's.
 */
export type InputImage =
  | { r2: string; type: string; bytes: number; sha256: string }
  | { image: string; type: string; bytes: number; sha256: string }
  | { url: string }

/** Most input images of one request (OpenAI Images API). */
export const MAX_INPUTS = 16

/**
 * What every dialect is parsed into and every provider is built from.
 * `null` = the caller left it open; the key is always there.
 */
export interface GenerationRequest {
  operation: 'generate' | 'edit'
  /** As asked, before aliases. */
  model: string
  prompt: string
  /** How many images, 1..10. */
  count: number
  /** Pixels. */
  size: Size | null
  aspect: Ratio | null
  resolution: Tier | null
  quality: string | null
  style: string | null
  background: 'transparent' | 'opaque' | 'auto' | null
  format: OutputFormat | null
  /** 0..100. */
  compression: number | null
  moderation: string | null
  seed: number | null
  steps: number | null
  guidance: number | null
  negativePrompt: string | null
  inputs: InputImage[]
  /** Transparent pixels mark what to repaint. */
  mask: InputImage | null
  inputFidelity: 'high' | 'low' | null
  /** 0..3, how many partial images the caller can use. */
  partials: number
  endUser: string | null
  /** Allow-listed keys of one provider. */
  providerOptions: Record<string, Json>
}

/** How the caller wants the answer; the job never learns a dialect's answers. */
export interface Delivery {
  /** What `data[]` holds. `both` serves clients that expect base64 without asking for it. */
  format: 'url' | 'b64' | 'both'
  /** `stream`: events in the dialect's form, until the job ends. */
  mode: 'wait' | 'async' | 'stream'
  /**
   * Longest wait for the end of the job in ms; null = the default of 240 s, answered 504. A stream waits for
   * a slot unless this is null.
   */
  waitMs: number | null
}

/** The body key `gateway`, after defaults (design.md, Gateway options). */
export interface GatewayOptions {
  metadata: Record<string, string>
  cache: 'auto' | 'reuse' | 'off'
  retentionSeconds: number | null
  maxCostUsd: number | null
  startDeadlineSeconds: number
  deadlineSeconds: number
  params: 'strict' | 'warn' | 'drop'
  onUnknown: OnUnknown
  fallback: boolean
  dryRun: boolean
  /** Told of the job's end. Missing in rows older than this field. */
  webhookUrl?: string | null
}

/** Whether a call of unknown outcome is sent once more (design.md section 5). */
export type OnUnknown = 'auto' | 'fail' | 'resubmit'

/** Something the caller should know; `param` names the field it is about. */
export interface Warning {
  param: string | null
  message: string
}

/** Images that an earlier job of the tenant has made, wanted as inputs. */
export interface EarlierImages {
  /** Null = what the caller wrote is no job's id. */
  job: JobId | null
  /** Which one; null = all. */
  n: number | null
  /** The field that names it. */
  param: string
}

/** One request as it enters the gateway, whatever API it came by. */
export interface Submission {
  request: GenerationRequest
  delivery: Delivery
  gateway: GatewayOptions
  dialect: string
  /** JSON of request fields that the dialect must repeat later; at most 64 KiB. */
  echo: string
  warnings: Warning[]
  /** What errors and warnings call its parameters. */
  names?: OwnNames
  /** What lists of the dialect are filtered by, at most 200 bytes each; kept with the job's summary. */
  filed?: Record<string, string>
  /** What is wrong with the request: it is accepted, costs nothing, and fails with this. Missing = nothing. */
  invalid?: PublicError
  /** Until they are inputs, which is before the job is made; never kept with it. */
  earlier?: EarlierImages[]
}
