import type { RouteKind } from './shapes.ts'

/** Where a fault strikes unless it says so, and whether the paid work is done before it does. */
const KINDS = {
  // The connection.
  reset_before_headers: { on: 'submit', work: false },
  lost_answer: { on: 'submit', work: true },
  reset_after_headers: { on: 'submit', work: true },
  short_body: { on: 'submit', work: true },
  hang: { on: 'submit', work: false },
  slow_headers: { on: 'submit', work: true },
  drip: { on: 'submit', work: true },
  // The answer.
  status: { on: 'submit', work: false },
  moderation: { on: 'submit', work: false },
  no_credit: { on: 'submit', work: false },
  html: { on: 'submit', work: false },
  empty: { on: 'submit', work: false },
  broken_json: { on: 'submit', work: true },
  wrong_type: { on: 'submit', work: true },
  redirect: { on: 'submit', work: false },
  stream_error: { on: 'submit', work: true },
  // The images.
  truncated_base64: { on: 'submit', work: true },
  svg_as_png: { on: 'submit', work: true },
  oversize: { on: 'submit', work: true },
  duplicates: { on: 'submit', work: true },
  wrong_count: { on: 'submit', work: true },
  private_url: { on: 'submit', work: true },
  // Jobs.
  job_failed: { on: 'submit', work: true },
  unknown_status: { on: 'poll', work: true },
  expired_url: { on: 'poll', work: true },
  gone: { on: 'poll', work: false },
} as const satisfies Record<string, { on: RouteKind; work: boolean }>

export type FaultKind = keyof typeof KINDS

export const FAULT_KINDS = Object.keys(KINDS) as FaultKind[]

export interface Fault {
  kind: FaultKind
  /** Name of the API; left out = any. */
  api?: string
  /** How many calls it strikes, default 1. */
  times?: number
  on?: RouteKind | 'any'
  /** Strikes only calls whose path or body holds this text. */
  match?: string
  /** Overrides whether the work is done, and billed, before the fault. */
  work?: boolean
  /** For `status`. */
  status?: number
  /** For `status`: the vendor's error code and words. */
  code?: string
  message?: string
  /** For `status`: the header as it is. */
  retryAfter?: string
  /** For `redirect`, `private_url`: where to; default is the metadata address of clouds. */
  location?: string
  /** For `slow_headers` (default 1000) and `drip` (between pieces, default 20), in ms. */
  ms?: number
  /** For `oversize`: length of each file, default 64 MiB. */
  bytes?: number
  /** For `wrong_count`: images in the answer, default one more than asked. */
  count?: number
  /** For `wrong_type`; default `text/plain`. */
  contentType?: string
}

export interface Faults {
  /** @throws Error for an unknown kind. */
  add(...faults: Fault[]): void
  /** The next fault for a call, or null; counts it down. */
  take(api: string, kind: RouteKind, text: () => string): Fault | null
  clear(): void
}

export const doesWork = (fault: Fault): boolean => fault.work ?? KINDS[fault.kind].work

export const locationOf = (fault: Fault): string =>
  fault.location ?? 'http://169.254.169.254/latest/meta-data/'

export function createFaults(): Faults {
  let armed: { fault: Fault; left: number }[] = []
  return {
    add(...faults) {
      for (const fault of faults) {
        if (!Object.hasOwn(KINDS, fault.kind)) throw new Error(`No fault ${fault.kind}.`)
        armed.push({ fault, left: fault.times ?? 1 })
      }
    },
    take(api, kind, text) {
      const found = armed.find(({ fault }) => {
        const on = fault.on ?? KINDS[fault.kind].on
        return (
          (fault.api ?? api) === api &&
          (on === 'any' || on === kind) &&
          (fault.match === undefined || text().includes(fault.match))
        )
      })
      if (!found) return null
      found.left--
      armed = armed.filter(({ left }) => left > 0)
      return found.fault
    },
    clear() {
      armed = []
    },
  }
}
