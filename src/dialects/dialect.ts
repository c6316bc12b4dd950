import type { PublicError } from '../core/error.ts'
import type { EventRow } from '../core/event.ts'
import type { Submission } from '../core/request.ts'
import type { ReuseKind } from '../core/tenant.ts'
import type { JobView } from '../core/view.ts'

/** What `parse` may know beside the body. */
export interface ParseContext {
  /** Model of a request that names none; null = a model must be named. */
  defaultModel: string | null
  /** The tenant's default `response_format`. */
  responseFormat: 'url' | 'b64_json' | null
  /** What is wrong with an address, as the end of a sentence; null = it may be called. */
  checkUrl: (url: string) => string | null
}

/** A job with its links, as an answer shows it. */
export interface ShownJob {
  view: JobView
  /** Signed links of all images, made or not, by index. */
  links: string[]
  /** Signed link of its events, for browsers. */
  watch: string
  /** Why this job answers another request than the one that made it; null = it is its own. */
  reused: ReuseKind | null
}

/** One server-sent event. */
export interface Frame {
  event: string
  /** What a client that comes again says it has seen; null = this stream cannot be resumed. */
  id: string | null
  /** JSON; may hold `StoredBytes`. */
  data: unknown
  /** Sent instead when the bytes in `data` are gone; null = nothing is. */
  ifGone: Frame | null
}

/** The last frame of APIs that say so; sent as it is, without a name. */
export const DONE: Frame = { event: '', id: null, data: '[DONE]', ifGone: null }

/** What an error answer may repeat of its request. */
export interface ErrorContext {
  requestId: string
  /** Path as the client wrote it. */
  path: string
  /** ms. */
  now: number
  /** Model that the request names; null = it names none, or was not read so far. */
  model: string | null
}

/** One client API's form: both directions, and no I/O. */
export interface Dialect {
  readonly name: string
  /**
   * @param body where images were sent along, with `StagedInput`s in their places
   * @throws GatewayError 400 naming the first field at fault.
   */
  parse(body: unknown, context: ParseContext): Submission
  /** The answer to a job that succeeded; may hold `StoredBytes`. */
  render(job: ShownJob, submission: Submission): unknown
  /** The 200 to a job that goes on, in the dialect's own asynchronous form; missing or undefined = 202 with the native job. */
  renderPending?(job: ShownJob, submission: Submission): unknown
  /** Answer headers that only this dialect has. */
  headersOf?(job: ShownJob): Record<string, string>
  renderError(error: PublicError, context: ErrorContext): unknown
  /** Answer header that names the job, or the request where it made none. */
  readonly idHeader?: string
  /** Where this dialect's status of an error differs; missing = the error's own. */
  statusOf?(error: PublicError): number
  /**
   * What a streamed answer says of one event of the job. Without it, the dialect does not stream.
   * An end with an error gives a frame `error`.
   */
  frames?(row: EventRow, job: ShownJob, submission: Submission): Frame[]
  /** Each frame tells its place in the stream, from 0, as `sequence_number`. */
  readonly isNumbered?: boolean
}
