import { newJob, type JobState, type Terms } from '../../../src/core/job-state.ts'
import type { StoredImage } from '../../../src/core/image.ts'
import type { Plan } from '../../../src/core/plan.ts'
import type { Handle, UpstreamError } from '../../../src/core/provider.ts'
import type { GatewayOptions, OnUnknown } from '../../../src/core/request.ts'

/** Some moment, ms. */
export const START = 1_800_000_000_000
const RETENTION_MS = 3_600_000

/** What a job of these tests differs in. */
export interface JobOptions {
  /** Images of each part. */
  parts?: number[]
  /** For each route: may a lost call always be repeated. */
  routes?: boolean[]
  onUnknown?: OnUnknown
  price?: number | null
  startDeadlineSeconds?: number
  deadlineSeconds?: number
}

/** A job that waits for its reservation, and the terms it is done under. */
export function makeJob(options: JobOptions = {}): { state: JobState; terms: Terms } {
  const { parts = [1], routes = [false], onUnknown = 'auto', price = 40_000 } = options
  const plan: Plan = {
    model: 'model',
    routes: routes.map((repeatable) => ({
      upstream: 'upstream',
      provider: 'provider',
      baseUrl: '',
      secret: null,
      model: 'model',
      timeoutMs: 60_000,
      repeatable,
      stamp: null,
      overrides: {},
    })),
    parts,
    pricePerImage: price,
    warnings: [],
    usualSeconds: 5,
  }
  const gateway: GatewayOptions = {
    metadata: {},
    cache: 'auto',
    retentionSeconds: null,
    maxCostUsd: null,
    startDeadlineSeconds: options.startDeadlineSeconds ?? 600,
    deadlineSeconds: options.deadlineSeconds ?? 1800,
    params: 'warn',
    onUnknown,
    fallback: true,
    dryRun: false,
  }
  const terms: Terms = { routes: plan.routes, pricePerImage: price, onUnknown }
  return { state: newJob(plan, gateway, RETENTION_MS, START), terms }
}

export const makeImage = (n: number): StoredImage => ({
  n,
  key: `images/tenant/job/${n}`,
  type: 'image/png',
  bytes: 1000 + n,
  sha256: n.toString(16).padStart(64, '0'),
  width: 64,
  height: 64,
  seed: null,
  revisedPrompt: null,
  contentCredentials: false,
})

export const makeHandle = (deadline: number): Handle => ({
  v: 1,
  id: 'task',
  stage: 'poll',
  deadline,
})

export const makeError = (error: Partial<UpstreamError>): UpstreamError => ({
  kind: 'transient',
  executed: 'no',
  status: 500,
  retryAfterMs: null,
  shown: null,
  ...error,
})
