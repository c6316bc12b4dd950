import { setTimeout as sleep } from 'node:timers/promises'
import { ENDS, type Order } from './order.ts'

/** A tenant's caller of a gateway that may die, and may live again at another port. */
export interface Caller {
  /** Origin of the gateway as it is now. */
  gateway: () => string
  key: string
  /** Called before it deletes a job of its own accord. */
  beforeRemoval?: () => Promise<void>
}

export interface Reply {
  status: number
  headers: Headers
  text: string
}

/** Between two tries, and two looks, ms. */
const PAUSE_MS = 60
/** Tries of one call before its caller gives up, as if it had gone away. */
const TRIES = 200

interface Call {
  method?: string
  body?: unknown
  headers?: Record<string, string>
}

/** One call; null when the connection broke, `unsent` when there was none. */
async function send({ gateway, key }: Caller, path: string, call: Call = {}) {
  const { method, body, headers } = call
  const isForm = body instanceof FormData
  try {
    const answer = await fetch(gateway() + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    })
    const reply: Reply = { status: answer.status, headers: answer.headers, text: '' }
    reply.text = await answer.text().catch(() => '')
    return reply
  } catch (caught) {
    const { code } = ((caught as Error).cause ?? {}) as { code?: string }
    return code === 'ECONNREFUSED' ? 'unsent' : null
  }
}

async function tryOnce(caller: Caller, path: string, call?: Call): Promise<Reply | null> {
  const reply = await send(caller, path, call)
  return reply === 'unsent' ? null : reply
}

/** As a stock client: again after a broken connection and a 5xx, unless it is told not to. */
async function insist(
  caller: Caller,
  path: string,
  call: Call = {},
  onBroken = () => {},
): Promise<Reply | null> {
  for (let n = 0; n < TRIES; n++) {
    const headers = { ...call.headers, ...(n > 0 && { 'x-stainless-retry-count': String(n) }) }
    const reply = await send(caller, path, { ...call, headers })
    if (reply === null) onBroken()
    else if (reply !== 'unsent') {
      const isRefused = reply.headers.get('x-should-retry') === 'false'
      if (reply.status < 500 || isRefused) return reply
    }
    await sleep(PAUSE_MS)
  }
  return null
}

/** How a caller learns of the end: it waits for it, looks for it, or does not care. */
export type Manner = 'waits' | 'polls' | 'leaves'

/** Sends an order until it is taken, and does what else its caller wishes. */
export async function place(caller: Caller, order: Order, manner: Manner): Promise<void> {
  const headers = {
    ...(manner !== 'waits' && { prefer: 'respond-async' }),
    ...(order.idempotencyKey !== null && { 'idempotency-key': order.idempotencyKey }),
  }
  const body = bodyOf(order)
  const reply = await insist(caller, pathOf(order), { body, headers }, () => (order.brokenOff += 1))
  if (order.group && reply?.status === 200) return acknowledge(caller, order, reply)
  const id = reply?.headers.get('x-darkroom-job')
  if (!id) {
    // Another caller's repeat may have come first, and its job may be deleted by now.
    const isDeleted = reply?.status === 410 && order.wish === 'delete'
    if (reply && reply.status < 500 && reply.status !== 400 && !isDeleted)
      throw new Error(`${order.name}: ${reply.status} ${reply.text}`)
    return
  }
  order.acknowledged.add(id)
  if (order.wish === 'cancel') await cancel(caller, order, id)
  else if (manner === 'polls' || (order.wish === 'delete' && !order.cancelWhen)) {
    const end = await pollEnd(caller, id)
    if (end) order.ended.set(id, end)
  }
  if (order.wish !== 'delete') return
  await caller.beforeRemoval?.()
  await remove(caller, order, id)
}

function pathOf({ body, group }: Order): string {
  if (group) return '/api/ai/queue'
  return body['edit'] ? '/v1/images/edits' : '/v1/images/generations'
}

/** The jobs of a group have other names in the API that made them. */
async function acknowledge(caller: Caller, order: Order, { text }: Reply): Promise<void> {
  const { generations } = JSON.parse(text) as { generations: { generation_id: string }[] }
  for (const { generation_id: name } of generations) {
    const reply = await insist(caller, `/v1/jobs/${name}`)
    if (reply?.status !== 200) throw new Error(`${order.name}: ${reply?.status} ${reply?.text}`)
    order.acknowledged.add((JSON.parse(reply.text) as { id: string }).id)
  }
}

function bodyOf({ name, count, body, webhookUrl, group }: Order): unknown {
  const { edit, prompt = '', gateway: options = {}, ...rest } = body
  const gateway = {
    ...(options as object),
    metadata: { order: name },
    ...(webhookUrl !== null && { webhook_url: webhookUrl }),
  }
  if (group)
    return { ...rest, prompt: `${name} ${String(prompt)}`, num_generations: group, gateway }
  const asked = { ...rest, prompt: `${name} ${String(prompt)}`, n: count, response_format: 'url' }
  if (!(edit instanceof Blob)) return { ...asked, gateway }
  const form = new FormData()
  for (const [field, value] of Object.entries({ ...asked, gateway: JSON.stringify(gateway) }))
    form.set(field, String(value))
  form.set('image', edit, 'a.png')
  return form
}

interface Job {
  status: string
  attempts: { upstream_job_id: string | null }[]
}

const isOver = ({ status }: Job): boolean => ENDS.includes(status)

/** Looks until the job is as wanted; null when it was not in time. */
async function lookUntil(
  caller: Caller,
  id: string,
  isWanted: (job: Job) => boolean,
  query = '',
): Promise<Job | null> {
  for (let n = 0; n < TRIES; n++) {
    const reply = await tryOnce(caller, `/v1/jobs/${id}${query}`)
    const job = reply?.status === 200 ? (JSON.parse(reply.text) as Job) : null
    if (job && isWanted(job)) return job
    await sleep(PAUSE_MS)
  }
  return null
}

/** Gives how it ended. */
const pollEnd = async (caller: Caller, id: string): Promise<string | undefined> =>
  (await lookUntil(caller, id, isOver, '?wait=1'))?.status

/** How long a caller thinks before it cancels, ms: the upstream has the work by then. */
const DOUBT_MS = 150

const REACHED: Record<NonNullable<Order['cancelWhen']>, (job: Job) => boolean> = {
  queued: () => true,
  called: ({ attempts }) => attempts.length > 0,
  held: ({ attempts }) => attempts.some((attempt) => attempt.upstream_job_id !== null),
}

async function cancel(caller: Caller, { cancelWhen: when }: Order, id: string): Promise<void> {
  if (when) await lookUntil(caller, id, (job) => isOver(job) || REACHED[when](job))
  if (when !== 'held' && when !== 'queued') await sleep(DOUBT_MS)
  await insist(caller, `/v1/jobs/${id}/cancel`, { method: 'POST' })
}

export async function remove(caller: Caller, order: Order | null, id: string): Promise<void> {
  const reply = await insist(caller, `/v1/jobs/${id}`, { method: 'DELETE' })
  if (order && (reply?.status === 200 || reply?.status === 404)) order.deleted = true
}
