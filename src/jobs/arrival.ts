import type { PublicError } from '../core/error.ts'
import type { Join, Member, Rates, ReuseClaim } from '../core/tenant.ts'
import type { JobView } from '../core/view.ts'

/** What `create` answers. */
export type Created =
  | { ok: true; view: JobView; rates?: Rates }
  | ({ ok: false; rates?: Rates } & Join)
  | { ok: false; refusal: PublicError; rates?: Rates }

/** How a request came. */
export interface Arrival {
  /** Scheme and host that the links begin with. */
  origin: string
  reuse: ReuseClaim[]
  /** Fingerprint of the request, hex. */
  hash: string
  /** All jobs of the request, where it makes several. */
  group?: Member[]
  /** Its price was held when another job of its request asked. */
  isHeld?: boolean
  /** How long its caller waits for the end; 0 = only until it is admitted. */
  waitMs: number
}
