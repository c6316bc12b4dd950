import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openAccount, type Account } from '../../conformance/client.ts'
import { startReceiver, type Receiver } from '../../conformance/webhook-receiver.ts'
import {
  describe,
  PRICE,
  secretOf,
  variableOf,
  type Wanted,
} from '../../conformance/upstream-stage.ts'
import { KINDS } from '../../conformance/upstream-kinds.ts'
import type { Trace } from '../../support/kills.ts'
import { startUpstreams, type Upstreams } from '../../upstreams/start.ts'
import { place, remove } from '../caller.ts'
import { startGatewayProcess, type GatewayProcess } from '../gateway-process.ts'
import { openHooks, SCOPES, untilTold } from '../hooks.ts'
import { remainsOf, violationsIn } from '../invariants.ts'
import { KILLED } from '../killed-build.ts'
import { observe, untilQuiet } from '../observe.ts'
import type { Left, Seen } from '../order.ts'
import { isStray, jobsAtRest, noteNamed, type Named } from './at-rest.ts'
import { chanceOf, type Chance } from './chance.ts'
import { wishFor, type Wish } from './wishes.ts'

const timeoutSeconds = 4
const SERVERS: Wanted[] = [
  { id: 'base64', kind: 'openai', timeoutSeconds },
  { id: 'url', kind: 'together', timeoutSeconds },
  { id: 'handle', kind: 'oxen', timeoutSeconds },
  { id: 'handle-b64', kind: 'openai-responses', timeoutSeconds },
  { id: 'single', kind: 'sglang', timeoutSeconds },
]
const MODELS = new Map(SERVERS.map(({ id, kind }) => [id, `${id}/${KINDS[kind].model}`]))

/** USD of each tenant. */
const OPENING = 10
const ORDERS = 8
const ARRIVAL_MS = 1500
/** A life lasts at most so long, ms. */
const LIFE_MS = 3500
/** Until nothing moves any more, ms. */
const DEADLINE_MS = 90_000
/** So many events fail when they come first. */
const FAILING = 0.3
/** Until nothing is left of jobs that were deleted, ms. */
const PURGE_MS = 30_000

export interface Played {
  seed: number
  /** SIGKILLs of the process. */
  kills: number
  /** Objects that were aborted while the process lived. */
  resets: number
  wishes: Wish[]
  /** One for each tenant. */
  seen: Seen[]
  /** Inputs that no job names, and requests with one that broke off, which may leave some. */
  strayInputs: number
  brokenOff: number
  violations: string[]
}

interface Stage {
  chance: Chance
  upstreams: Upstreams
  receiver: Receiver
  state: string
  life: GatewayProcess
  /** It is being killed, or was. */
  isDead: boolean
  /** By jobs that were seen. */
  named: Named
}

async function live({
  upstreams,
  state,
}: Pick<Stage, 'upstreams' | 'state'>): Promise<GatewayProcess> {
  const secrets = SERVERS.map(({ id }) => [variableOf(id), secretOf(id)])
  const price = [{ unit: 'image', usd: PRICE }]
  const vars = {
    UPSTREAMS: JSON.stringify(SERVERS.map((server) => describe(server, upstreams))),
    MODELS: JSON.stringify({ 'sketch-1': { price } }),
    ALLOW_PRIVATE_URLS: 'true',
    ...(Object.fromEntries(secrets) as Record<string, string>),
  }
  return startGatewayProcess(state, vars, KILLED)
}

async function control<Answer>({ life }: Stage, asked: object): Promise<Answer> {
  const body = JSON.stringify(asked)
  return (await fetch(`${life.url}/v1/kill`, { method: 'POST', body })).json() as Promise<Answer>
}

/** Objects of both tenants are reset at points that follow from the seed. Gives what tells how many were. */
async function armResets(stage: Stage, accounts: Account[], n: number) {
  const { chance } = stage
  for (const { tenant } of accounts) {
    const kills = Array.from({ length: 4 }, (_, i) => ({
      nth: 1 + Math.floor(60 * chance.of('reset', n, i, accounts.length)),
      side: chance.pick(['before', 'after'], 'side', n, i),
    }))
    await control(stage, { arm: tenant, kills })
  }
  return async (): Promise<number> => {
    const traces = accounts.map(({ tenant }) => control<Trace>(stage, { disarm: tenant }))
    return (await Promise.all(traces)).reduce((sum, { strikes }) => sum + strikes.length, 0)
  }
}

/** Plays the schedule of one seed and looks at everything that is left. */
export async function play(seed: number): Promise<Played> {
  const chance = chanceOf(seed)
  const upstreams = await startUpstreams()
  const state = await mkdtemp(join(tmpdir(), 'darkroom-crash-'))
  const receiver = await startReceiver(({ path, id, before }) =>
    before === 0 && chance.of('receiver', path, id) < FAILING ? 503 : 204,
  )
  const life = await live({ upstreams, state })
  const named = { keys: new Set<string>(), jobs: new Set<string>() }
  const stage: Stage = { chance, upstreams, receiver, state, life, isDead: false, named }
  try {
    return await playOn(stage, seed)
  } finally {
    await stage.life.kill()
    await upstreams.stop()
    await receiver.stop()
    await rm(state, { recursive: true })
  }
}

async function playOn(stage: Stage, seed: number): Promise<Played> {
  const { chance, upstreams } = stage
  const { url } = stage.life
  const accounts = [
    await openAccount(url, OPENING, SCOPES),
    await openAccount(url, OPENING, SCOPES),
  ]
  const open = accounts.map((account) => openHooks(url, account, stage.receiver))
  const hooks = await Promise.all(open)
  const wishes = accounts.map((_, a) =>
    Array.from({ length: ORDERS }, (__, i) =>
      wishFor(chance, `s${seed}-${a}-${i}`, MODELS, hooks[a]!.orderUrl, ARRIVAL_MS),
    ),
  )
  const all = wishes.flat()
  upstreams.faults.add(...all.flatMap(({ faults }) => faults))
  const callers = accounts.flatMap(({ key }, a) =>
    wishes[a]!.map((wish) =>
      satisfy({ gateway: () => stage.life.url, key, beforeRemoval: () => noteInputs(stage) }, wish),
    ),
  )
  const placed = Promise.all(callers)
  // What one of them throws ends the schedule when it is awaited, and no other one.
  placed.catch(() => {})
  const { kills, resets } = await killLives(stage, accounts)
  await placed
  const violations: string[] = []
  const seen: Seen[] = []
  for (const [a, account] of accounts.entries()) {
    const gateway = stage.life.url
    if (!(await untilQuiet(gateway, account, DEADLINE_MS)))
      violations.push(`I1 tenant ${a} did not come to rest`)
    const orders = wishes[a]!.map(({ order }) => order)
    const told = { gateway, account, hooks: hooks[a]!, orders }
    if (!(await untilTold(told, DEADLINE_MS))) violations.push(`I8 tenant ${a} is not told of all`)
    const paid = new Map(orders.map(({ name }) => [name, billsOf(upstreams, name)]))
    const stranger = accounts[1 - a]!
    seen.push(await observe({ ...told, stranger, opening: OPENING, price: PRICE, paid }))
  }
  violations.push(...seen.flatMap(violationsIn))
  await noteInputs(stage)
  for (const { order } of all)
    for (const id of order.acknowledged) stage.named.jobs.add(id.slice('job_'.length))
  const left = await purge(stage, accounts, seen)
  const keys = left.keys.filter((key) => !isStray(key, stage.named))
  violations.push(...remainsOf({ ...left, keys }))
  const strayInputs = left.keys.length - keys.length
  const brokenOff = brokenOffIn(all)
  // Who lives on deletes what it staged, whatever becomes of the job.
  if (strayInputs > brokenOff)
    violations.push(`I10 ${strayInputs} inputs are left by ${brokenOff} requests that broke off`)
  return { seed, kills, resets, wishes: all, seen, strayInputs, brokenOff, violations }
}

/** Requests with an input that may have been killed before there was a job to name it. */
const brokenOffIn = (wishes: Wish[]): number =>
  wishes
    .filter(({ order }) => order.body['edit'] !== undefined)
    .reduce((sum, { order }) => sum + order.brokenOff, 0)

/** At every moment at which jobs may go: what they name must go with them. */
const noteInputs = ({ state, named, isDead }: Stage): Promise<void> =>
  noteNamed(state, named, isDead)

/** The tenants delete all their jobs. Gives what is left; what is stray stays. */
async function purge(stage: Stage, accounts: Account[], seen: Seen[]): Promise<Left> {
  const gateway = (): string => stage.life.url
  const removals = accounts.flatMap(({ key }, a) =>
    seen[a]!.jobs.map(({ id }) => remove({ gateway, key }, null, id)),
  )
  await Promise.all(removals)
  for (const deadline = Date.now() + PURGE_MS; ; await sleep(100)) {
    const lists = accounts.map(({ tenant }) => control<Left>(stage, { left: tenant, jobs: [] }))
    const keys = (await Promise.all(lists)).flatMap((left) => left.keys)
    const jobs = await jobsAtRest(stage.state)
    const isClean = jobs.length === 0 && keys.every((key) => isStray(key, stage.named))
    if (isClean || Date.now() > deadline) return { keys, jobs }
  }
}

async function satisfy(caller: Parameters<typeof place>[0], wish: Wish): Promise<void> {
  await sleep(wish.at)
  const times = wish.twice ? 2 : 1
  await Promise.all(Array.from({ length: times }, () => place(caller, wish.order, wish.manner)))
}

/** One to three lives end by SIGKILL; the last one stays. */
async function killLives(stage: Stage, accounts: Account[]) {
  const kills = 1 + Math.floor(3 * stage.chance.of('kills'))
  let resets = 0
  for (let n = 0; n < kills; n++) {
    const countResets = await armResets(stage, accounts, n)
    await sleep(LIFE_MS * stage.chance.of('life', n))
    resets += await countResets()
    stage.isDead = true
    await stage.life.kill()
    await noteInputs(stage)
    stage.isDead = false
    stage.life = await live(stage)
  }
  return { kills, resets }
}

const billsOf = ({ ledger }: Upstreams, name: string): number =>
  ledger.calls.filter(({ prompt, cancelled }) => prompt.startsWith(`${name} `) && !cancelled).length
