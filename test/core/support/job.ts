import { newJob, type JobState, type Terms } from '../../../src/core/job-state.ts'
import type { StoredImage } from '../../../src/core/image.ts'
import type { Plan } from '../../../src/core/plan.ts'
import { FREE, type Price } from '../../../src/core/price.ts'
import type { Handle, UpstreamError, Usage } from '../../../src/core/provider.ts'
import type { GatewayOptions, OnUnknown } from '../../../src/core/request.ts'

/** Some moment, ms. */
export const START = 1_800_000_000_000
const RETENTION_MS = 3_600_000

/** A flat price in micro-dollars. */
function perImage(micros: number | null, parts: number[]): Price | null {
  if (micros === null) return null
  const rate = { unit: 'image' as const, micros, per: 1, most: 1, usual: 1, pixels: null }
  const reserved = micros * parts.reduce((sum, count) => sum + count, 0)
  return { ...FREE, rates: [rate], reserved }
}

/** Token counts without cached ones and without text in the output. */
export const tokens = (text: number, image: number, output: number): Usage => ({
  inputTokens: text + image,
  outputTokens: output,
  inputTextTokens: text,
  inputImageTokens: image,
  cachedTextTokens: 0,
  cachedImageTokens: 0,
  outputTextTokens: 0,
})

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
    price: perImage(price, parts),
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
  const terms: Terms = { routes: plan.routes, price: plan.price, onUnknown }
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
