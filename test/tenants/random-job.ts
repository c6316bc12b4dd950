import fc from 'fast-check'
import { reservedFor } from '../../src/core/charge.ts'
import { newJobId } from '../../src/core/ids.ts'
import { hasEnded } from '../../src/core/job-state.ts'
import { FREE, type Price, type Rate } from '../../src/core/price.ts'
import type { Actor, ReuseClaim } from '../../src/core/tenant.ts'
import type { JobRecord } from '../../src/jobs/rows.ts'
import { goOn, happen, newWorld, type World } from '../core/support/world.ts'
import { request } from '../models/inputs.ts'

const rate = (unit: Rate['unit'], micros: number, over: Partial<Rate> = {}): Rate => ({
  unit,
  micros,
  per: 1,
  most: 1,
  usual: 1,
  pixels: null,
  ...over,
})

const PRICES: Rate[][] = [
  [rate('image', 40_000)],
  [rate('image', 1)],
  [
    rate('text_in', 5_000_000, { per: 1_000_000, most: 3000, usual: 20 }),
    rate('image_out', 30_000_000, { per: 1_000_000, most: 9000, usual: 1056 }),
    rate('image', 1),
  ],
  [
    rate('megapixel', 3333, {
      per: 1_000_000,
      most: 9_000_000,
      usual: 9_000_000,
      pixels: { block: 1, above: 0, times: 1 },
    }),
  ],
]

/** Anything may happen, or mostly what does no harm. */
const anyTape = fc.oneof(
  fc.uint8Array({ minLength: 8, maxLength: 64 }),
  fc
    .array(fc.oneof({ arbitrary: fc.constant(0), weight: 7 }, fc.nat({ max: 255 })), {
      minLength: 16,
      maxLength: 64,
    })
    .map((bytes) => Uint8Array.from(bytes)),
)

/** How one request comes about: the fate of its job on a tape, and what money and usage depend on. */
const anyFate = fc.record({
  tape: anyTape,
  events: fc.nat({ max: 16 }),
  rates: fc.option(fc.constantFrom(...PRICES), { freq: 20 }),
  multiplier: fc.constantFrom(1, 1, 1.7, 0.333_333_333, 0),
  key: fc.nat({ max: 3 }),
  model: fc.constantFrom('a', 'b'),
  user: fc.constantFrom(null, 'ada', '=1+1', 'said "hi",\r\ntwice'),
  team: fc.constantFrom('red', 'blue', ''),
  idempotency: fc.oneof(
    { arbitrary: fc.constant(null), weight: 6 },
    { arbitrary: fc.nat({ max: 12 }), weight: 1 },
  ),
  settles: fc.integer({ min: 1, max: 2 }),
  retries: fc.nat({ max: 1 }),
})

export type Fate = typeof anyFate extends fc.Arbitrary<infer T> ? T : never

export const fates = (count: number, seed: number): Fate[] =>
  fc.sample(anyFate, { numRuns: count, seed })

/** A job before its reservation, and the world that will happen to it. */
export function newRandomJob(fate: Fate, actor: Actor): { record: JobRecord; world: World } {
  const world = newWorld(fate.tape)
  const parts = world.state.parts.map(({ count }) => count)
  const price = priceOf(fate, parts, actor)
  world.terms = { ...world.terms, price }
  return { record: { facts: factsOf(fate, world, actor, parts), state: world.state }, world }
}

function priceOf({ rates, multiplier }: Fate, parts: number[], { livemode }: Actor): Price | null {
  if (!livemode) return FREE
  if (rates === null) return null
  const count = parts.reduce((sum, n) => sum + n, 0)
  return { ...FREE, rates, multiplier, reserved: reservedFor(rates, count, multiplier) }
}

function factsOf(fate: Fate, { terms }: World, actor: Actor, parts: number[]): JobRecord['facts'] {
  const claims: ReuseClaim[] =
    fate.idempotency === null
      ? []
      : [
          {
            kind: 'idempotency',
            lookup: `k${fate.idempotency}`,
            body: 'x',
            until: Date.now() + 1e9,
          },
        ]
  return {
    v: 1,
    id: newJobId(),
    actor,
    origin: 'https://darkroom.test',
    reuse: claims,
    submission: {
      request: request({ endUser: fate.user }),
      delivery: { format: 'url', mode: 'wait', waitMs: null },
      gateway: {
        metadata: { ...(fate.team !== '' && { team: fate.team }), other: 'x' },
        cache: 'auto',
        retentionSeconds: null,
        maxCostUsd: null,
        startDeadlineSeconds: 600,
        deadlineSeconds: 1800,
        params: 'warn',
        onUnknown: terms.onUnknown,
        fallback: true,
        dryRun: false,
      },
      dialect: 'openai',
      echo: '{}',
      warnings: [],
    },
    plan: {
      model: `model-${fate.model}`,
      routes: terms.routes.map(({ repeatable }) => ({
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
      price: terms.price,
      warnings: [],
      usualSeconds: 5,
    },
  }
}

/** Everything that happens to an admitted job until it is gone. @throws where the rule breaks a law. */
export function live({ record, world }: ReturnType<typeof newRandomJob>, fate: Fate): JobRecord {
  for (let n = 0; n < fate.events; n++) happen(world)
  goOn(world)
  if (!hasEnded(world.state.status)) throw new Error('the job did not end')
  return { ...record, state: world.state }
}
