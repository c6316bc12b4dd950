import { Webhook } from 'standardwebhooks'
import type { Received } from '../conformance/webhook-receiver.ts'
import { dueAt, eventOf } from './hooks.ts'
import { ENDS, orderOf, type Destination, type Invariant, type Seen } from './order.ts'

/** An event of a job's end, as its receiver reads it. */
interface Event {
  id: string
  type: string
  created_at: number
  data: {
    id: string
    status: string
    metadata: Record<string, string>
    urls: { images: string[] }
  }
}

const isSuccess = ({ status }: Received): boolean => status >= 200 && status < 300

/**
 * Every webhook of a job carries one terminal state, under one id, in one text, signed; it ends delivered or
 * dead, and delivered implies received. One that was deleted may be told of or not.
 */
export const I8: Invariant = (seen) =>
  (seen.destinations ?? []).flatMap((destination) => [
    ...openIn(seen, destination),
    ...[...Map.groupBy(destination.received, ({ id }) => id)].flatMap(([id, tries]) =>
      untrueIn(seen, destination, tries).map((what) => `${id} ${what}`),
    ),
  ])

/** Deliveries without an end, or with one that is not true. */
function openIn({ jobs }: Seen, destination: Destination): string[] {
  const { listed, received } = destination
  const due = dueAt(destination, jobs)
  const unlisted = due.filter((id) => !listed.some((one) => one.id === id))
  const wrong = listed.filter(
    ({ id, status }) =>
      status === 'pending' ||
      // No receiver of these tests fails for good.
      (status === 'dead' && due.includes(id)) ||
      (status === 'delivered' && !received.some((it) => it.id === id && isSuccess(it))),
  )
  return [
    ...unlisted.map((id) => `${id} is neither delivered nor dead`),
    ...wrong.map(({ id, status }) => `${id} is ${status}, and was not taken`),
  ]
}

/** What is wrong with an event that came so often. */
function untrueIn(seen: Seen, { paths, secret }: Destination, tries: Received[]): string[] {
  const [{ id, body, path }] = tries as [Received]
  const event = JSON.parse(body) as Event
  const { data } = event
  const wrong: string[] = []
  if (!tries.every((one) => one.body === body && one.path === path))
    wrong.push('is another text on a repeat')
  if (!tries.every((one) => isSigned(secret, one))) wrong.push('is not signed')
  if (path !== paths.get(orderOf(data))) wrong.push(`came to ${path}`)
  if (event.id !== id || id !== eventOf(data) || event.type !== `image.job.${data.status}`)
    wrong.push(`names another event: ${body}`)
  return [...wrong, ...deniedBy(seen, event)]
}

/** It did not happen, or not so. */
function deniedBy({ jobs, orders }: Seen, { created_at, data }: Event): string[] {
  const job = jobs.find(({ id }) => id === data.id)
  if (job) {
    const { status, completed_at } = job
    const images = status === 'succeeded' ? job.data.map(({ url }) => url) : []
    const told = [data.status, created_at, ...data.urls.images]
    const shown = [status, completed_at, ...images]
    return told.join(' ') === shown.join(' ')
      ? []
      : [`tells ${told.join(' ')}, not ${shown.join(' ')}`]
  }
  const order = orders.find(({ name, deleted }) => deleted && name === orderOf(data))
  if (!order?.acknowledged.has(data.id)) return ['is of no job']
  const end = order.ended.get(data.id) ?? data.status
  return end === data.status && ENDS.includes(end) ? [] : [`tells ${data.status}, not ${end}`]
}

function isSigned(secret: string, { body, headers }: Received): boolean {
  try {
    new Webhook(secret).verify(body, headers)
    return true
  } catch {
    return false
  }
}
