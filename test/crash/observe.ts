import { setTimeout as sleep } from 'node:timers/promises'
import {
  ask,
  download,
  listCharges,
  listJobs,
  readBalance,
  type Account,
  type NativeJob,
} from '../conformance/client.ts'
import { destinationsOf, type Hooks } from './hooks.ts'
import { ENDS, type Order, type Seen, type SeenJob } from './order.ts'

/** Between two looks, ms. */
const PAUSE_MS = 300

/** Nobody asks for a job here: what must go on has to do so by itself. False when it did not in time. */
export async function untilQuiet(
  gateway: string,
  { key }: Account,
  deadlineMs: number,
  isQuiet: (jobs: NativeJob[]) => Promise<boolean> = async () => true,
): Promise<boolean> {
  for (const deadline = Date.now() + deadlineMs; Date.now() < deadline; await sleep(PAUSE_MS)) {
    const { reserved_usd: reserved } = await readBalance(gateway, key)
    if (reserved > 0) continue
    const jobs = await listJobs(gateway, key)
    if (jobs.every(({ status }) => ENDS.includes(status)) && (await isQuiet(jobs))) return true
  }
  return false
}

interface Look {
  gateway: string
  account: Account
  /** A tenant that has nothing to do with it. */
  stranger: Account
  opening: number
  price: number
  orders: Order[]
  paid: Map<string, number>
  /** Null = it is told of nothing. */
  hooks: Hooks | null
}

/** Everything that the tenant, an operator and a stranger can see. */
export async function observe(look: Look): Promise<Seen> {
  const { gateway, account, stranger, opening, price, orders, paid, hooks } = look
  const listed = await listJobs(gateway, account.key)
  const read = await Promise.all(listed.map(({ id }) => seeJob(gateway, account.key, id)))
  const jobs = read.filter((job) => job !== null)
  const theirs = await listJobs(gateway, stranger.key)
  const foreign = jobs.map(({ id }) => statusFor(gateway, stranger.key, id))
  const { balance_usd: balance, reserved_usd: reserved } = await readBalance(gateway, account.key)
  return {
    orders,
    jobs,
    unreadable: listed.map(({ id }) => id).filter((_, i) => read[i] === null),
    opening,
    balance: balance ?? 0,
    reserved,
    charges: await listCharges(gateway, account.tenant),
    price,
    paid,
    foreign: (await Promise.all(foreign)).flat(),
    leaked: theirs.map(({ id }) => id).filter((id) => jobs.some((job) => job.id === id)),
    ...(hooks && { destinations: await destinationsOf({ gateway, account, hooks, orders }) }),
  }
}

async function seeJob(gateway: string, key: string, id: string): Promise<SeenJob | null> {
  const { status: http, json } = await ask<SeenJob>(`${gateway}/v1/jobs/${id}`, { key })
  if (http !== 200) return null
  const isOver = ENDS.includes(json.status)
  const links = json.data.map(async ({ url }) => {
    // Links begin with the origin of the request that made the job, which may be that of an earlier life.
    const { pathname, search } = new URL(url)
    const { status, sha256 } = await download(gateway + pathname + search)
    return { status, sha256 }
  })
  return {
    ...json,
    links: await Promise.all(links),
    ends: isOver ? await endsOf(gateway, key, id) : [],
  }
}

async function endsOf(gateway: string, key: string, id: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${key}` }
  const text = await (await fetch(`${gateway}/v1/jobs/${id}/events`, { headers })).text()
  const types = [...text.matchAll(/^event: (\w+)$/gm)].map(([, type]) => type!)
  return types.filter((type) => ENDS.includes(type))
}

async function statusFor(gateway: string, key: string, id: string): Promise<number[]> {
  const paths = [`/v1/jobs/${id}`, `/v1/images/${id}.0/content`, `/v1/jobs/${id}/events`]
  const headers = { authorization: `Bearer ${key}` }
  return Promise.all(
    paths.map(async (path) => {
      const answer = await fetch(gateway + path, { headers })
      await answer.body?.cancel()
      return answer.status
    }),
  )
}
