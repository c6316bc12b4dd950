import type { Kill, Strike, Trace } from './kills.ts'

/** One instance of an object, as long as it lives. */
export interface Victim {
  ctx: DurableObjectState
  kind: 'Job' | 'Tenant'
  /** Nothing more leaves it: it dies as soon as what it wrote is durable. */
  dying: boolean
  /** Writes of one stretch of code without an `await`, which are durable together; 0 = none is open. */
  stretch: number
}

interface Run {
  /** Points in their order. */
  points: Trace['points']
  times: Map<string, number>
  kills: Kill[]
  strikes: Strike[]
  /** Points since the last strike. */
  since: number
  armed: boolean
}

/** By tenant; they and the next map outlive the objects, because the isolate does. */
const runs = new Map<string, Run>()
const tenants = new Map<string, string>()
/** Steps of a job's parts as they are durable, by its name. */
const steps = new Map<string, string[]>()

export function arm(tenant: string, kills: Kill[]): void {
  runs.set(tenant, {
    points: [],
    times: new Map(),
    kills,
    strikes: [],
    since: 0,
    armed: true,
  })
}

/** No point is numbered after this. */
export function disarm(tenant: string) {
  const { points, strikes } = Object.assign(runs.get(tenant)!, { armed: false })
  const jobs = [...tenants].filter(([, owner]) => owner === tenant).map(([job]) => job)
  return { points, strikes, jobs }
}

export function drop(tenant: string): void {
  runs.delete(tenant)
  for (const [job, owner] of tenants) {
    if (owner !== tenant) continue
    tenants.delete(job)
    steps.delete(job)
  }
}

export const noteJob = (job: string, tenant: string): void => void tenants.set(job, tenant)

function runOf({ kind, ctx }: Victim): Run | undefined {
  const name = ctx.id.name!
  const run = runs.get(kind === 'Tenant' ? name : (tenants.get(name) ?? ''))
  return run?.armed ? run : undefined
}

/** The job has written these steps; they count once they are durable. */
export function noteSteps({ ctx }: Victim, written: string[]): void {
  void ctx.storage.sync().then(() => steps.set(ctx.id.name!, written))
}

let stretches = 0

function stretchOf(victim: Victim): number {
  if (victim.stretch === 0) {
    victim.stretch = ++stretches
    queueMicrotask(() => (victim.stretch = 0))
  }
  return victim.stretch
}

/** Numbers a point; the strike when the object is to be killed there. */
function reach(victim: Victim, label: string, isWrite: boolean): Strike | null {
  const run = runOf(victim)
  if (!run || victim.dying) return null
  const words = `${victim.kind} ${label}`
  const times = (run.times.get(words) ?? 0) + 1
  run.times.set(words, times)
  const point = `${words} #${times}`
  run.points.push({ name: point, stretch: isWrite ? stretchOf(victim) : 0 })
  run.since += 1
  const [kill] = run.kills
  if (!kill || !('point' in kill ? kill.point === point : kill.nth === run.since)) return null
  run.kills.shift()
  run.since = 0
  const strike = { point, side: kill.side, steps: [] }
  run.strikes.push(strike)
  return strike
}

function die({ ctx }: Victim, strike: Strike): never {
  strike.steps = steps.get(ctx.id.name!) ?? []
  ctx.abort('killed by a test')
  throw new Error('not reached: an abort ends the code that calls it')
}

/** Dies as soon as what was written is durable; nothing leaves the object until then. */
async function dieDurably(victim: Victim, strike: Strike): Promise<never> {
  victim.dying = true
  await victim.ctx.storage.sync()
  return die(victim, strike)
}

/** A write to the object's own storage. Before: what it wrote in the same stretch is lost too. */
export function write<T>(victim: Victim, label: string, perform: () => T): T {
  const strike = reach(victim, label, true)
  if (strike?.side === 'before') die(victim, strike)
  const result = perform()
  if (strike) void dieDurably(victim, strike)
  return result
}

/** Something outside the object. After: it has answered, and the object does not know. */
export async function effect<T>(
  victim: Victim,
  label: string,
  perform: () => Promise<T>,
): Promise<T> {
  const strike = reach(victim, label, false)
  if (strike?.side === 'before') return dieDurably(victim, strike)
  if (victim.dying) return new Promise<T>(() => {})
  if (!strike) return perform()
  await perform().catch(() => {})
  return die(victim, strike)
}
