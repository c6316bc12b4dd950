import type { PublicError } from '../core/error.ts'
import type { Submission } from '../core/request.ts'
import type { ReuseKind } from '../core/tenant.ts'
import type { JobView } from '../core/view.ts'

/** What `parse` may know beside the body. */
export interface ParseContext {
  /** Model of a request that names none; null = a model must be named. */
  defaultModel: string | null
  /** The tenant's default `response_format`. */
  responseFormat: 'url' | 'b64_json' | null
  /** What is wrong with an address of an input image, as a sentence; null = it may be downloaded. */
  checkUrl: (url: string) => string | null
}

/** A job with its links, as an answer shows it. */
export interface ShownJob {
  view: JobView
  /** Signed links of all images, made or not, by index. */
  links: string[]
  /** Why this job answers another request than the one that made it; null = it is its own. */
  reused: ReuseKind | null
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
  renderError(error: PublicError): unknown
}
