import { reset, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeEach, describe, it, vi } from 'vitest'
import { eventId } from '../../src/core/event-type.ts'
import { parseJobId, type JobId } from '../../src/core/ids.ts'
import { account, ask, generate } from '../support/client.ts'

/** Jobs; a thousand by hand: `VITE_WEBHOOKS=1000 npm test -- test/webhooks`. */
const JOBS = Number(import.meta.env['VITE_WEBHOOKS'] ?? 60)
/** Jobs at work at the same time. */
const AT_ONCE = 20
/** Tries of one delivery, the first one included. */
const MOST_TRIES = 8
const SOON = { timeout: 10_000 }
/** Longest pause between two tries, ms. */
const PAUSE_MS = 36_000_000

const ORIGIN = 'https://hooks.pictures.com'
/** How often each of its addresses fails; the first is that of an endpoint, the second of requests. */
const FAILING: Record<string, number> = { '/endpoint': 0.3, '/request': 0.9 }
const ANSWERS = [500, 404, 307, null]

const ENDPOINTS = '/v1/webhook_endpoints'
const SCOPES = ['images:create', 'jobs:read', 'webhooks:admin']

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})
afterAll(reset, 10_000 + JOBS * 50)

/** 0 to 1, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** What a receiver has seen of one event at one of its addresses. */
interface Seen {
  path: string
  id: string
  bodies: Set<string>
  /** Statuses that it answered; null = it broke off. */
  answers: (number | null)[]
  next: () => number
}

/** Takes the place of the network. Checks each signature, and fails some calls of each event. */
function startReceiver(secrets: Record<string, string>): Seen[] {
  const seen: Seen[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init)
    const { origin, pathname: path } = new URL(request.url)
    if (origin !== ORIGIN) throw new Error(`a call to ${origin}`)
    const body = await request.text()
    const event = new Webhook(secrets[path]!).verify(body, Object.fromEntries(request.headers))
    const id = request.headers.get('webhook-id')!
    if ((event as { id: string }).id !== id) throw new Error('the body names another event')
    let known = seen.find((one) => one.id === id && one.path === path)
    if (!known) {
      const next = random(seen.length)
      known = { path, id, bodies: new Set(), answers: [], next }
      seen.push(known)
    }
    known.bodies.add(body)
    const status =
      known.next() < FAILING[path]! ? ANSWERS[known.answers.length % ANSWERS.length]! : 204
    known.answers.push(status)
    if (status === null) throw new TypeError('Network connection lost.')
    return new Response(null, { status })
  })
  return seen
}

/** As many at a time as there may be. */
async function forEach<T, R>(all: readonly T[], act: (one: T, n: number) => Promise<R>) {
  const done: R[] = []
  for (let at = 0; at < all.length; at += AT_ONCE)
    done.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map((one, i) => act(one, at + i)))))
  return done
}

/** All deliveries of an endpoint, page by page. */
async function listAll(key: string, id: string) {
  const all: { id: string; status: string; attempts: number }[] = []
  const keep = ({ id: event, status, attempts }: (typeof all)[number]) =>
    all.push({ id: event, status, attempts })
  for (let after = '', more = true; more; after = `&after=${all.at(-1)?.id}`) {
    const { json } = await ask(`${ENDPOINTS}/${id}/deliveries?limit=100${after}`, { key })
    json.data.forEach(keep)
    more = json.has_more
  }
  return all
}

/** A tenant whose jobs are told of to an endpoint, and a third of them to the request's own address. */
async function drawAll() {
  const { key } = await account({}, { scopes: SCOPES })
  const made = await ask(ENDPOINTS, { key, body: { url: `${ORIGIN}/endpoint` } })
  const own = await ask(`${ENDPOINTS}/request`, { key })
  const seen = startReceiver({
    '/endpoint': made.json.signing_secret,
    '/request': own.json.signing_secret,
  })
  const drawn = await forEach(Array.from({ length: JOBS }), (_, n) =>
    generate(key, {
      model: 'sketch-1',
      prompt: `lighthouse ${n}`,
      size: '64x64',
      gateway: {
        metadata: { n: `${n}` },
        ...(n % 3 === 0 && { webhook_url: `${ORIGIN}/request` }),
      },
    }),
  )
  const jobs = drawn.map(({ headers }) => parseJobId(headers.get('x-darkroom-job')!)!)
  const lists = { '/endpoint': made.json.id as string, '/request': 'request' }
  return { key, seen, jobs, lists }
}

const eventOf = (job: JobId): string => eventId(job, 'image.job.succeeded')
const isTaken = ({ answers }: Seen): boolean => answers.includes(204)

/** Pauses pass, and the alarms of jobs that have more to tell ring, until none has. */
async function ringAll(jobs: JobId[], seen: Seen[]): Promise<void> {
  // An alarm that rings by itself meanwhile takes the turn of one of these.
  for (let turns = 0; turns < 2 * MOST_TRIES; turns++) {
    const open = seen.filter((one) => !isTaken(one) && one.answers.length < MOST_TRIES)
    if (open.length === 0) return
    vi.setSystemTime(Date.now() + PAUSE_MS)
    const events = new Set(open.map(({ id }) => id))
    await forEach(
      jobs.filter((job) => events.has(eventOf(job))),
      (job) => runDurableObjectAlarm(env.JOBS.getByName(job)),
    )
  }
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)

describe(`the ends of ${JOBS} jobs, told to receivers that fail 30 and 90 % of their calls`, () => {
  it(
    'are delivered or dead, each as one event with one body and a good signature',
    { timeout: 20_000 + JOBS * 400 },
    async ({ expect }) => {
      const { key, seen, jobs, lists } = await drawAll()
      await expect.poll(() => seen.length, SOON).toBe(JOBS + Math.ceil(JOBS / 3))
      await ringAll(jobs, seen)

      for (const [path, endpoint] of Object.entries(lists)) {
        const told = seen.filter((one) => one.path === path)
        const whose = path === '/request' ? jobs.filter((_, n) => n % 3 === 0) : jobs
        const events = whose.map(eventOf)
        expect(told.map(({ id }) => id).toSorted()).toEqual(events.toSorted())
        expect(told.filter(({ bodies }) => bodies.size !== 1).map(({ id }) => id)).toEqual([])
        // What was taken is not sent again; what never was, was tried as often as may be.
        for (const { answers } of told) {
          const taken = answers.indexOf(204)
          expect(answers).toHaveLength(taken < 0 ? MOST_TRIES : taken + 1)
        }
        const ended = told.map((one) => ({
          id: one.id,
          status: isTaken(one) ? 'delivered' : 'dead',
          attempts: one.answers.length,
        }))
        await expect
          .poll(async () => (await listAll(key, endpoint)).toSorted(byId), SOON)
          .toEqual(ended.toSorted(byId))
      }
      expect(seen.filter((one) => !isTaken(one)).length).toBeGreaterThan(0)
      const [first] = seen[0]!.bodies
      expect(JSON.parse(first!).data.urls.images).toHaveLength(1)
    },
  )
})
