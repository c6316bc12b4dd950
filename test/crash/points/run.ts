import { ask, openAccount, type Account } from '../../conformance/client.ts'
import { PRICE } from '../../conformance/upstream-stage.ts'
import type { Kill, Trace } from '../../support/kills.ts'
import { ADMIN_KEY } from '../../support/worker.ts'
import { place, remove } from '../caller.ts'
import { openHooks, SCOPES, untilTold, type Hooks } from '../hooks.ts'
import { remainsOf, violationsIn } from '../invariants.ts'
import { observe, untilQuiet } from '../observe.ts'
import type { Order, UpstreamKind } from '../order.ts'
import type { Scenario } from './scenarios.ts'
import { RATES, type KillStage } from './stage.ts'

/** USD. */
const OPENING = 1
/**
 * Until all must have come to rest, ms. The platform repeats a dead alarm run after 2 s, then after 4; where it
 * forgets an alarm, the tenant's sweep finds the job after a minute, or after two; killed in the sweep, once
 * more after that.
 */
const DEADLINE_MS = 300_000
/** Steps of a part at which a kill loses paid work. */
const UNSAFE: Record<UpstreamKind, string[]> = {
  base64: ['submitting', 'answered', 'storing'],
  stream: ['submitting', 'answered', 'storing'],
  url: ['submitting'],
  handle: ['submitting'],
  embedded: [],
}

/** It holds the slot that others wait for. */
const HOLDER: Partial<Scenario> = {
  wish: 'draw',
  body: () => ({ prompt: '[[latency=1500]]' }),
}

let runs = 0

/** One scenario with these kills. */
export interface Outcome extends Trace {
  violations: string[]
  /** How long it took to come to rest, ms. */
  ms: number
}

/** Plays it and looks at everything afterwards; a run that breaks is a violation too. */
export async function runScenario(
  on: KillStage,
  scenario: Scenario,
  kills: Kill[],
): Promise<Outcome> {
  try {
    return await play(on, scenario, kills)
  } catch (caught) {
    return { points: [], strikes: [], jobs: [], violations: [`it broke: ${String(caught)}`], ms: 0 }
  }
}

async function play(on: KillStage, scenario: Scenario, kills: Kill[]): Promise<Outcome> {
  const gateway = on.stage.gateway.url
  const account = await openAccount(gateway, OPENING, scenario.hooks ? SCOPES : undefined)
  const hooks = scenario.hooks ? await openHooks(gateway, account, on.receiver) : null
  if (scenario.abreast) await runOneAtATime(gateway, account)
  const orders = Array.from({ length: scenario.abreast ?? 1 }, (_, i) =>
    orderFor(on, scenario.behind && i === 0 ? { ...scenario, ...HOLDER } : scenario, hooks),
  )
  const caller = { gateway: () => gateway, key: account.key }
  await on.arm(account.tenant, kills)
  const began = Date.now()
  const holders = scenario.behind ? orders.slice(0, 1) : []
  for (const some of [holders, orders.slice(holders.length)])
    await Promise.all(some.map((order) => place(caller, order, scenario.manner)))
  const told = hooks && { gateway, account, hooks, orders }
  let looks = 0
  const isQuiet = async (listed: { id: string }[]): Promise<boolean> => {
    // What a job writes when its end is told already is numbered too.
    if (looks++ === 0 || (told && !(await untilTold(told, DEADLINE_MS)))) return false
    const { jobs } = await on.disarm(account.tenant)
    const gone = orders.flatMap((order) => (order.deleted ? [...order.acknowledged] : []))
    if (listed.some(({ id }) => gone.includes(id))) return false
    const { jobs: alive } = await on.left(account.tenant, jobs)
    return alive.every((id) => listed.some((job) => job.id === id))
  }
  const quiet = await untilQuiet(gateway, account, DEADLINE_MS, isQuiet)
  const ms = Date.now() - began
  const trace = await on.disarm(account.tenant)
  const paid = new Map(orders.map((order) => [order.name, billsOf(on, scenario, order)]))
  const look = {
    gateway,
    account,
    stranger: on.stranger,
    opening: OPENING,
    price: PRICE,
    hooks,
  }
  const seen = await observe({ ...look, orders, paid })
  const windows = trace.strikes
    .flatMap(({ steps }) => steps)
    .filter((step) => UNSAFE[scenario.kind].includes(step)).length
  const violations = violationsIn({
    ...seen,
    windows: new Map(orders.map(({ name }) => [name, windows])),
  })
  if (!quiet) violations.push('I1 it did not come to rest')
  for (const { status, attempts } of seen.jobs)
    if (!endsOf(scenario, trace).includes(status))
      violations.push(`I1 it ended ${status}, not as it should: ${JSON.stringify(attempts)}`)
  for (const { id } of seen.jobs) await remove(caller, null, id)
  violations.push(...remainsOf(await afterPurge(on, account.tenant, trace.jobs)))
  await on.drop(account.tenant)
  return { ...trace, violations, ms }
}

const runOneAtATime = (gateway: string, { tenant }: Account) =>
  ask(`${gateway}/admin/tenants/${tenant}`, {
    key: ADMIN_KEY,
    method: 'PATCH',
    body: { limits: { running: 1 } },
  })

/** After two kills a call without a handle may have been lost twice. */
const endsOf = ({ ends, kind }: Scenario, { strikes }: Trace): string[] =>
  strikes.length > 1 && kind !== 'embedded' ? [...ends, 'failed'] : ends

function orderFor(on: KillStage, scenario: Scenario, hooks: Hooks | null): Order {
  const { kind, server, wish = 'draw', count = 1, parts = 1, body, bare = false, group } = scenario
  const name = `${scenario.name.replaceAll(/\W+/g, '-')}-${runs++}`
  const own = server === null ? 'sketch-1' : on.stage.servers.get(server)!.model
  const { model = own } = scenario
  const faults = scenario.faults?.map((fault) => ({ ...fault, match: `${name} ` }))
  if (server !== null) on.stage.servers.get(server)!.faults.add(...(faults ?? []))
  const size = server === null ? { size: '64x64' } : {}
  return {
    name,
    kind,
    count,
    parts,
    ...(group && { group }),
    body: { model, ...size, ...body?.(on) },
    wish,
    ...(scenario.cancelWhen && { cancelWhen: scenario.cancelWhen }),
    ...(scenario.model && { rates: RATES }),
    webhookUrl: hooks && hooks.orderUrl + name,
    idempotencyKey: bare ? null : `key-${name}`,
    brokenOff: 0,
    acknowledged: new Set(),
    ended: new Map(),
    deleted: false,
  }
}

/** Takes the order's calls off the upstream's books. */
function billsOf({ stage }: KillStage, { server }: Scenario, { name }: Order): number {
  if (server === null) return 0
  const { ledger } = stage.servers.get(server)!
  const isOurs = ({ prompt }: { prompt: string }): boolean => prompt.startsWith(`${name} `)
  const paid = ledger.calls.filter((call) => isOurs(call) && !call.cancelled).length
  ledger.calls = ledger.calls.filter((call) => !isOurs(call))
  ledger.requests = []
  return paid
}

/**
 * A purge that broke off, or found something live, is tried again by the job's alarm after 10 s. An image on
 * its way to R2 may wait 20 s for memory.
 */
async function afterPurge(on: KillStage, tenant: string, jobs: string[]) {
  for (let n = 0; ; n++) {
    const left = await on.left(tenant, jobs)
    if ((left.keys.length === 0 && left.jobs.length === 0) || n === 400) return left
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
