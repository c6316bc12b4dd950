import {
  afterTry,
  again,
  beginDue,
  bury,
  isToldAgain,
  known,
  newDelivery,
  REQUEST_ENDPOINT,
  untold,
  type Delivery,
  type Hook,
} from './delivery.ts'
import type { EventType } from './event-type.ts'
import type { Effect, JobEvent, JobState, Told } from './job-state.ts'

/** Requests that one job tells of its end: its own, and those that joined it. */
const MAX_URLS = 16

interface Changed {
  state: JobState
  effects: Effect[]
}

/** The state with these deliveries; the tenant is told of those that went another way. */
function withDeliveries(state: JobState, wanted: Delivery[], now: number): Changed {
  const changed = wanted.filter((it, n) => it !== state.deliveries[n])
  if (changed.length === 0) return { state, effects: [] }
  const deliveries = wanted.map((it) =>
    it.sending || !changed.includes(it) ? it : untold(it, now),
  )
  const effects = changed.map(({ n, sending }): Effect => ({
    type: sending ? 'deliver' : 'tell',
    delivery: n,
  }))
  return { state: { ...state, deliveries }, effects }
}

/** The address of a request that this job answers; each is told once. */
export function withUrl(state: JobState, url: string): JobState {
  const { webhooks = [] } = state
  if (webhooks.includes(url) || webhooks.length >= MAX_URLS) return state
  return { ...state, webhooks: [...webhooks, url] }
}

/** A job that is settled is told of, once to everybody. */
export function fill(state: JobState, told: Told | undefined, now: number): JobState {
  if (!told) return state
  const urls = (state.webhooks ?? []).map((url) => hookOf(url, told.event))
  const deliveries = [...told.endpoints, ...urls].map((hook, n) => newDelivery(hook, n, now))
  return { ...state, endEvent: told.event, deliveries }
}

const hookOf = (url: string, type: EventType): Hook => ({ endpoint: REQUEST_ENDPOINT, url, type })

/** Only the alarm's run may begin a try. */
export const sendDue = (state: JobState, now: number): Changed =>
  withDeliveries(
    state,
    beginDue(state.deliveries, now).map((it) => (isToldAgain(it, now) ? { ...it } : it)),
    now,
  )

/** The job is about to be purged: what was not delivered by now never will be. */
export const buryAll = (state: JobState, now: number): JobState =>
  withDeliveries(state, state.deliveries.map(bury), now).state

type OutboxEvent = Extract<JobEvent, { type: 'tried' | 'told' | 'redeliver' | 'webhook' }>

/** What an event changes about the deliveries of a job that has ended. */
export function deliver(state: JobState, event: OutboxEvent, now: number): Changed {
  switch (event.type) {
    case 'webhook': {
      const joined = withUrl(state, event.url)
      if (joined === state || !state.endEvent) return { state: joined, effects: [] }
      const hook = hookOf(event.url, state.endEvent)
      const added = newDelivery(hook, state.deliveries.length, now)
      return { state: { ...joined, deliveries: [...state.deliveries, added] }, effects: [] }
    }
    case 'tried': {
      const end = (it: Delivery) => (it.n === event.delivery ? afterTry(it, event, now) : it)
      return withDeliveries(state, state.deliveries.map(end), now)
    }
    case 'told': {
      const deliveries = state.deliveries.map((it) => known(it, event))
      const isSame = deliveries.every((it, n) => it === state.deliveries[n])
      return { state: isSame ? state : { ...state, deliveries }, effects: [] }
    }
    case 'redeliver': {
      const { endpoint, event: type } = event
      const begin = (it: Delivery) =>
        it.endpoint === endpoint && it.type === type ? again(it, now) : it
      return withDeliveries(state, state.deliveries.map(begin), now)
    }
  }
}
