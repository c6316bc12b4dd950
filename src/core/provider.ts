import type { GenerationRequest } from './request.ts'
import type { PublicError } from './error.ts'

/** What one call to an upstream is built from. */
export interface ProviderRequest {
  /** The request after the parameter policy; `count` is this call's share. */
  request: GenerationRequest
  /** The upstream's own name of the model. */
  model: string
  /** Seed of this call's first image: the caller's, else drawn from the job id. */
  seed: number
  /** Which call of its part this is, from 1. */
  attempt: number
  /** Text to put into the picture when it stands in for another model. */
  stamp: string | null
  now: number
}

/** Kinds of failure and what follows from each: `core/upstream-error.ts`. */
export type UpstreamErrorKind =
  | 'invalid'
  | 'notfound'
  | 'account_blocked'
  | 'auth'
  | 'credit'
  | 'rate'
  | 'capacity'
  | 'transient'
  | 'no_image'
  | 'lost'

export interface UpstreamError {
  kind: UpstreamErrorKind
  /** Whether the upstream did billable work; only a certain `no` is ever repeated. */
  executed: 'no' | 'maybe' | 'yes'
  /** HTTP status of the upstream's answer; null when there was none. */
  status: number | null
  retryAfterMs: number | null
  /** What the caller reads; null = the sentence of the kind. Never an upstream's own text. */
  shown: PublicError | null
}

/** A stored claim on work that an upstream has accepted: 100 to 600 bytes, plain data. */
export interface Handle {
  v: 1
  id: string
  urls?: Record<string, string>
  stage: 'poll' | 'result'
  /** ms; past it the handle counts as lost. */
  deadline: number
}

export interface Progress {
  stage: string
  /** 0..1. */
  fraction?: number
  queuePosition?: number
}

/** Upstream token counts, where the upstream tells them. Cached ones are counted among the input. */
export interface Usage {
  inputTokens: number
  outputTokens: number
  inputTextTokens: number
  inputImageTokens: number
  cachedTextTokens: number
  cachedImageTokens: number
  /** The others are image tokens. */
  outputTextTokens: number
}

/** Where an image's bytes come from, and what is known about it beside its bytes. */
export interface ImageSource {
  from:
    /** The n-th image of the answer that the extractor has put into R2. */
    | { found: number }
    | { url: string }
    /** Too short for the extractor. */
    | { base64: string }
    | { body: ReadableStream<Uint8Array> }
  seed: number | null
  revisedPrompt: string | null
}

/** What an upstream said, in our words. A refusal is an answer, not a failure. */
export type Outcome =
  | { kind: 'done'; images: ImageSource[]; usage?: Usage }
  /** `pollAfterMs`: what the upstream asks for; null = the usual schedule (`core/polling.ts`). */
  | { kind: 'pending'; handle: Handle; pollAfterMs: number | null; progress?: Progress }
  | { kind: 'refused'; message: string }
  | { kind: 'failed'; error: UpstreamError }

/** An artist inside the gateway: draws without a network, so it has no upstream call to build or read. */
export interface EmbeddedProvider {
  readonly id: string
  submit(request: ProviderRequest): Outcome
  poll(handle: Handle, request: ProviderRequest): Outcome
  /** Coarse forms of the first image, the coarsest first; at most `request.partials`. Each is drawn when it is read. */
  partials?(request: ProviderRequest): ReadableStream<Uint8Array>[]
}
