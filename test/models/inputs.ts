import fc from 'fast-check'
import type { GatewayOptions, GenerationRequest, InputImage } from '../../src/core/request.ts'
import { ratioOf } from '../../src/core/size.ts'
import { BUILT_IN_MODELS, CATALOGUE } from '../../src/models/catalogue/built-in.ts'
import { readDeployment } from '../../src/models/deployment.ts'
import type { Deployment } from '../../src/models/deployment.ts'
import { resolve } from '../../src/models/resolve.ts'

export const request = (given: Partial<GenerationRequest> = {}): GenerationRequest => ({
  operation: 'generate',
  model: 'sketch-1',
  prompt: 'a red cube',
  count: 1,
  size: null,
  aspect: null,
  resolution: null,
  quality: null,
  style: null,
  background: null,
  format: null,
  compression: null,
  moderation: null,
  seed: null,
  steps: null,
  guidance: null,
  negativePrompt: null,
  inputs: [],
  mask: null,
  inputFidelity: null,
  partials: 0,
  endUser: null,
  providerOptions: {},
  ...given,
})

export const photo: InputImage = { url: 'https://example.com/photo.png' }

/** As a caller has them who says nothing. */
export const gateway: GatewayOptions = {
  metadata: {},
  cache: 'auto',
  retentionSeconds: null,
  maxCostUsd: null,
  startDeadlineSeconds: 600,
  deadlineSeconds: 1800,
  params: 'warn',
  onUnknown: 'auto',
  fallback: true,
  dryRun: false,
}

const actor = { livemode: true, models: null, metered: true, multiplier: 1 }

/** A day on which all prices of the catalogue hold, ms. */
export const TODAY = Date.UTC(2026, 10, 20)

/** Every provider that a built-in upstream names. */
export const ALL_PROVIDERS = new Set([
  'sketch',
  'openai',
  'openai-responses',
  'google',
  'aimlapi',
  'oxen',
  'modelmax',
  'together',
  'max',
])

/** The upstreams whose models have prices. */
export const PRICED_KEYS = {
  OPENAI_API_KEY: 'k',
  GOOGLE_API_KEY: 'k',
  AIML_API_KEY: 'k',
  OXEN_API_KEY: 'k',
  TOGETHER_API_KEY: 'k',
}

export const demo = readDeployment({ DEMO: 'true' }, ALL_PROVIDERS, CATALOGUE)

export const deploymentOf = (vars: Record<string, unknown>): Deployment =>
  readDeployment(vars, ALL_PROVIDERS, CATALOGUE)

export const plan = (
  given: Partial<GenerationRequest>,
  deployment: Deployment,
  rest: {
    gateway?: Partial<GatewayOptions>
    actor?: Partial<{
      livemode: boolean
      models: string[] | null
      modelLists: string[][]
      metered: boolean
      multiplier: number
    }>
    jobId?: string
    jobs?: number
    now?: number
  } = {},
) =>
  resolve(
    {
      request: request(given),
      gateway: { ...gateway, ...rest.gateway },
      actor: { ...actor, ...rest.actor },
      now: rest.now ?? TODAY,
      jobs: rest.jobs ?? 1,
      jobId: rest.jobId ?? '00000000-0000-4000-8000-000000000000',
    },
    deployment,
  )

/** The plan of a request that must have one. */
export function planned(...input: Parameters<typeof plan>) {
  const resolved = plan(...input)
  if (!resolved.ok) throw new Error(resolved.error.message)
  return resolved.plan
}

/** The refusal of a request that must not have a plan. */
export function refused(...input: Parameters<typeof plan>) {
  const resolved = plan(...input)
  if (resolved.ok) throw new Error(`accepted: ${JSON.stringify(resolved.plan)}`)
  return resolved.error
}

export const anyModel = fc.constantFrom(...BUILT_IN_MODELS)

const side = fc.oneof(
  fc.integer({ min: 1, max: 9000 }),
  fc.integer({ min: 1, max: 40 }).map((n) => n * 128),
)
const size = fc.oneof(
  fc.record({ width: side, height: side }),
  fc.constantFrom({ width: 1024, height: 1024 }, { width: 1536, height: 1024 }),
)
const ratio = fc.oneof(
  fc.constantFrom([1, 1], [16, 9], [9, 16], [21, 9], [4, 3], [3, 2], [1, 8]),
  fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 })),
)

/** Mostly left open, so that many requests are acceptable. */
const maybe = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: fc.constant(null), weight: 3 }, { arbitrary: value, weight: 1 })

/** Requests as dialects may make them, sensible and not. */
export const anyRequest: fc.Arbitrary<GenerationRequest> = fc
  .record({
    operation: fc.constantFrom('generate' as const, 'edit' as const),
    prompt: fc.constantFrom('a red cube', 'a blue sphere', 'x'.repeat(4001)),
    count: fc.integer({ min: 1, max: 10 }),
    size: maybe(size),
    aspect: maybe(ratio.map(([width = 1, height = 1]) => ratioOf({ width, height }))),
    resolution: maybe(fc.constantFrom('512' as const, '1K' as const, '2K' as const, '4K' as const)),
    quality: maybe(
      fc.constantFrom('low', 'medium', 'standard', 'hd', 'high', 'max', 'auto', 'best'),
    ),
    style: maybe(fc.constantFrom('vivid', 'natural', 'auto')),
    background: maybe(fc.constantFrom('transparent' as const, 'opaque' as const, 'auto' as const)),
    format: maybe(fc.constantFrom('png' as const, 'jpeg' as const, 'webp' as const)),
    compression: maybe(fc.integer({ min: 0, max: 100 })),
    moderation: maybe(fc.constantFrom('auto', 'low', '3')),
    seed: maybe(fc.nat()),
    steps: maybe(fc.integer({ min: 1, max: 50 })),
    guidance: maybe(fc.double({ min: 1, max: 10, noNaN: true })),
    negativePrompt: maybe(fc.constant('fog')),
    inputs: fc.array(fc.constant(photo), { maxLength: 5 }),
    mask: maybe(fc.constant(photo)),
    inputFidelity: maybe(fc.constantFrom('high' as const, 'low' as const)),
    partials: fc.integer({ min: 0, max: 3 }),
    endUser: maybe(fc.constant('user-1')),
  })
  // A caller who asks for a generation rarely sends images.
  .map((given) =>
    request(given.operation === 'edit' ? given : { ...given, inputs: [], mask: null }),
  )
