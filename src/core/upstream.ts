import type { Handle, Outcome, ProviderRequest, UpstreamError } from './provider.ts'

/** Stands in an outgoing body where the bytes of a staged input image belong; the core puts them there. */
export class InputMark {
  /** Index into `request.inputs`; -1 = the mask. */
  readonly index: number
  /**
   * `reference`: a signed URL where the upstream can reach the gateway, else a data URL.
   * `data-url`, `base64`: the bytes, also where it can.
   */
  readonly form: 'reference' | 'data-url' | 'base64'

  constructor(index: number, form: InputMark['form']) {
    this.index = index
    this.form = form
  }
}

/** One part of an outgoing multipart form. `input` is an index as in `InputMark`. */
export type FormPart = { name: string; value: string } | { name: string; input: number }

/** One call to an upstream as its provider wants it: no host, no credential, no bytes. */
export interface UpstreamRequest {
  method: 'GET' | 'POST' | 'DELETE'
  /** Path below the upstream's base URL with leading slash, or an absolute URL that the upstream gave. */
  path: string
  headers: Record<string, string>
  /** JSON may hold `InputMark`s. */
  body: { json: unknown } | { form: FormPart[] } | null
}

/**
 * An upstream's answer without its image bytes: each base64 string under an image key that is longer
 * than 1 KiB went to R2 and stands in `json` as `{ $image: n }`, in order of appearance.
 */
export interface Answer {
  status: number
  headers: Headers
  /** Null when the body was no JSON. */
  json: unknown
}

/** One server-sent event of an upstream; `$image` counts over the whole stream. */
export interface UpstreamEvent {
  event: string
  json: unknown
}

/** An outcome that ends a call without an image. */
export type NoImage = Extract<Outcome, { kind: 'refused' | 'failed' }>

/** What an event means. */
export type EventOutcome =
  | { kind: 'partial'; n: number; k: number; found: number }
  | { kind: 'final'; outcome: Extract<Outcome, { kind: 'done' }> }
  | { kind: 'failed'; error: UpstreamError }
  | { kind: 'refused'; message: string }
  | { kind: 'nothing' }

/** One upstream API over HTTP: pure functions around data. The core fetches, streams, times and retries. */
export interface HttpProvider {
  readonly id: string
  /** Keys under which images lie in an answer as base64 or data URLs, such as `b64_json`; links there stay. */
  readonly imageKeys: readonly string[]
  submit(request: ProviderRequest): UpstreamRequest
  /** Reads a 2xx answer that is JSON. */
  readSubmit(answer: Answer): Outcome
  /** Reads a 2xx answer that is a stream of events. */
  readEvent?(event: UpstreamEvent): EventOutcome
  poll?(handle: Handle): UpstreamRequest
  /** Reads a 2xx answer. An answer that says nothing is a `transient` failure without status: the handle lives on. */
  readPoll?(answer: Answer): Outcome
  cancel?(handle: Handle): UpstreamRequest
  /**
   * Classifies an answer that is not 2xx: what it is, and whether paid work was done.
   * A 404 means different things during a submit (no such model) and a poll (no such handle).
   */
  readError(answer: Answer, during: 'submit' | 'poll'): NoImage
}
