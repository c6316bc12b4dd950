import { setTimeout as sleep } from 'node:timers/promises'
import { ask, listJobs, type Account } from '../conformance/client.ts'
import type { Receiver } from '../conformance/webhook-receiver.ts'
import { ENDS, orderOf, type Destination, type Listed, type Order, type SeenJob } from './order.ts'

/** What a tenant's key may do here. */
export const SCOPES = ['images:create', 'jobs:read', 'jobs:cancel', 'usage:read', 'webhooks:admin']

/** An endpoint of one tenant at a receiver; each of its orders may have an address of its own. */
export interface Hooks {
  receiver: Receiver
  path: string
  /** What a request's own address begins with. */
  orderUrl: string
  /** Of the endpoint. */
  id: string
  secret: string
}

/** Stands for the addresses of requests. */
const REQUEST = 'request'
/** Between two looks, ms. */
const PAUSE_MS = 300
/** A pause that nobody waits for, ms: the second one of the schedule is 5 min. */
const LONG_MS = 20_000

interface Endpoint {
  id: string
  signing_secret: string
}

/** Where one tenant's events are looked for. */
interface Look {
  gateway: string
  account: Account
  hooks: Hooks
  orders: Order[]
}

const endpoints = (gateway: string): string => `${gateway}/v1/webhook_endpoints`

export async function openHooks(
  gateway: string,
  { key, tenant }: Account,
  receiver: Receiver,
): Promise<Hooks> {
  const path = `/endpoint?${tenant}`
  const orderUrl = `${receiver.url}/order?${tenant}-`
  const { json } = await ask<Endpoint>(endpoints(gateway), {
    key,
    body: { url: receiver.url + path },
  })
  return { receiver, path, orderUrl, id: json.id, secret: json.signing_secret }
}

/** Name of the event of a job's end. */
export const eventOf = ({ id, status }: { id: string; status: string }): string =>
  `evt_${id.slice('job_'.length)}_image_job_${status}`

async function deliveriesOf(gateway: string, key: string, endpoint: string): Promise<Listed[]> {
  const url = `${endpoints(gateway)}/${endpoint}/deliveries?limit=100`
  return (await ask<{ data: Listed[] }>(url, { key })).json.data
}

/** What came to the tenant's endpoint, and to the addresses of its orders. */
export async function destinationsOf({
  gateway,
  account: { key },
  hooks: { receiver, path, orderUrl, id, secret },
  orders,
}: Look): Promise<Destination[]> {
  const { json: request } = await ask<Endpoint>(`${endpoints(gateway)}/${REQUEST}`, { key })
  const named = orders.flatMap(({ name, webhookUrl }): [string, string][] =>
    webhookUrl === null ? [] : [[name, webhookUrl.slice(receiver.url.length)]],
  )
  return [
    {
      endpoint: id,
      paths: new Map(orders.map(({ name }) => [name, path])),
      secret,
      received: receiver.at(path),
      listed: await deliveriesOf(gateway, key, id),
    },
    {
      endpoint: REQUEST,
      paths: new Map(named),
      secret: request.signing_secret,
      received: receiver.received.filter((one) => (receiver.url + one.path).startsWith(orderUrl)),
      listed: await deliveriesOf(gateway, key, REQUEST),
    },
  ]
}

/** Events of these jobs that a destination is to be told of. */
export const dueAt = ({ paths }: Destination, jobs: SeenJob[]): string[] =>
  jobs.filter((job) => ENDS.includes(job.status) && paths.has(orderOf(job))).map(eventOf)

/**
 * Waits until every job that has ended is told of wherever it is to be, or given up. What would wait for a
 * long pause is sent again by hand. False when it was not in time.
 */
export async function untilTold(look: Look, deadlineMs: number): Promise<boolean> {
  const { gateway, account } = look
  const { key } = account
  const listed = await listJobs(gateway, key)
  const read = listed.map(({ id }) => ask<SeenJob>(`${gateway}/v1/jobs/${id}`, { key }))
  const jobs = (await Promise.all(read)).flatMap(({ status, json }) => (status === 200 ? json : []))
  for (const deadline = Date.now() + deadlineMs; Date.now() < deadline; await sleep(PAUSE_MS)) {
    const destinations = await destinationsOf(look)
    const isOver = destinations.every(
      (one) =>
        one.listed.every(({ status }) => status !== 'pending') &&
        dueAt(one, jobs).every((id) => one.listed.some((row) => row.id === id)),
    )
    if (isOver) return true
    for (const { endpoint, listed: rows } of destinations)
      for (const { id, next_attempt_at: at } of rows)
        if (at !== null && at * 1000 > Date.now() + LONG_MS)
          await ask(`${endpoints(gateway)}/${endpoint}/deliveries/${id}/redeliver`, {
            key,
            method: 'POST',
          })
  }
  return false
}
