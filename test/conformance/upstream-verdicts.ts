/** What a tenant is told, and how the upstream's part in it is written down. */
export interface Verdict {
  status: number
  type: string | null
  code: string | null
  /** Of every attempt. */
  outcome: 'succeeded' | 'failed' | 'unknown' | 'refused'
  /** Calls that ask for images: least and most, by `on_unknown`. */
  submits: { auto: [number, number]; resubmit: [number, number] }
}

const ONCE: Verdict['submits'] = { auto: [1, 1], resubmit: [1, 1] }
/** Nothing was done, so it is tried again; a call that the gate holds back is not made. */
const AGAIN: Verdict['submits'] = { auto: [2, 4], resubmit: [2, 4] }

const failed = { outcome: 'failed', submits: ONCE } as const

export const VERDICTS = {
  image: { status: 200, type: null, code: null, outcome: 'succeeded', submits: ONCE },
  'two images': {
    status: 200,
    type: null,
    code: null,
    outcome: 'succeeded',
    submits: { auto: [1, 2], resubmit: [1, 2] },
  },
  /** The work may be done: sent again only where the caller wishes it. */
  unknown: {
    status: 502,
    type: 'upstream_error',
    code: 'upstream_outcome_unknown',
    outcome: 'unknown',
    submits: { auto: [1, 1], resubmit: [2, 2] },
  },
  /** The upstream holds the work and does not say how it stands. */
  'at work, unseen': {
    status: 502,
    type: 'upstream_error',
    code: 'upstream_outcome_unknown',
    outcome: 'unknown',
    submits: ONCE,
  },
  /** The work was done, for nothing. */
  useless: { ...failed, status: 502, type: 'upstream_error', code: 'upstream_failed' },
  /** The upstream refuses the gateway's account. */
  account: { ...failed, status: 502, type: 'upstream_error', code: 'upstream_failed' },
  invalid: { ...failed, status: 400, type: 'invalid_request_error', code: 'invalid_value' },
  refused: {
    ...failed,
    status: 400,
    type: 'image_generation_user_error',
    code: 'moderation_blocked',
    outcome: 'refused',
  },
  rate: {
    ...failed,
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    submits: AGAIN,
  },
  /** The upstream asks for a longer pause than a job waits. */
  'rate, late': {
    ...failed,
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
  },
  capacity: {
    ...failed,
    status: 503,
    type: 'server_error',
    code: 'no_upstream_available',
    submits: AGAIN,
  },
  'capacity, late': {
    ...failed,
    status: 503,
    type: 'server_error',
    code: 'no_upstream_available',
  },
  /** It certainly did nothing, four times. */
  trouble: {
    ...failed,
    status: 502,
    type: 'upstream_error',
    code: 'upstream_failed',
    submits: AGAIN,
  },
} satisfies Record<string, Verdict>

export type VerdictName = keyof typeof VERDICTS
