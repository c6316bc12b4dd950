import type { EventType } from './event-type.ts'

/** Stands for the `webhook_url` of requests where an endpoint is named. */
export const REQUEST_ENDPOINT = 'request'

/** Somebody who is told of a job's end. */
export interface Hook {
  /** Id of one of the tenant's endpoints. */
  endpoint: string
  /** Null = that of the endpoint, which the tenant knows. */
  url: string | null
  type: EventType
}

/** One event on its way to one receiver. Times in ms. */
export interface Delivery extends Hook {
  n: number
  /** Tries so far; written before a try is made. */
  tries: number
  /** Tries since it was begun, or begun again by hand: its place in the schedule. */
  step: number
  /** Earliest time of the next try. Of one that is under way: when it counts as lost. */
  due: number
  sending: boolean
  /** Null = more is to come. */
  outcome: 'delivered' | 'dead' | null
  /** HTTP status of the last answer; null = none. */
  status: number | null
  /** When the tenant is told of it again, as long as it may not know it; null or missing = it knows. */
  tellDue?: number | null
}

/** What the tenant was told of a delivery. */
export type Known = Pick<Delivery, 'tries' | 'step' | 'outcome'> & { delivery: number }

/** How one try went. */
export interface Tried {
  delivery: number
  /** Which try it was. */
  tries: number
  /** Null = no answer in time. */
  status: number | null
  /** No further try can help: the endpoint is gone or switched off, or its address is refused. */
  isOver: boolean
}

/** Pauses between the tries of a delivery, ms (docs.svix.com/retries); after the last it is dead. */
const PAUSES_MS = [5, 300, 1800, 7200, 18_000, 36_000, 36_000].map((seconds) => seconds * 1000)
/** Longest that a try may take: 15 s for the answer, and what is done before. ms. */
const TRY_MS = 20_000
/** Before the tenant is told again, where that broke off, ms. */
const TELL_AGAIN_MS = 10_000
/** Tries of one job at a time: an object has six connections. */
const MAX_SENDING = 4

export const newDelivery = (hook: Hook, n: number, now: number): Delivery => ({
  ...hook,
  n,
  tries: 0,
  step: 0,
  due: now,
  sending: false,
  outcome: null,
  status: null,
})

const isSending = ({ outcome, sending, due }: Delivery, now: number): boolean =>
  outcome === null && sending && due > now

/** Begins what is due, as far as places are free. What a restart cut off counts as a try that failed. */
export function beginDue(deliveries: Delivery[], now: number): Delivery[] {
  let free = MAX_SENDING - deliveries.filter((it) => isSending(it, now)).length
  return deliveries.map((it) => {
    if (it.outcome !== null || it.due > now) return it
    if (it.step > PAUSES_MS.length) return bury(it)
    if (free-- <= 0) return it
    return { ...it, tries: it.tries + 1, step: it.step + 1, sending: true, due: now + TRY_MS }
  })
}

/** A success counts whenever it comes; a failure only as that of the try that is under way. */
export function afterTry(it: Delivery, { tries, status, isOver }: Tried, now: number): Delivery {
  if (it.outcome !== null) return it
  const isSuccess = status !== null && status >= 200 && status < 300
  if (isSuccess) return { ...it, sending: false, status, outcome: 'delivered' }
  if (!it.sending || it.tries !== tries) return it
  const pause = PAUSES_MS[it.step - 1]
  const failed = { ...it, sending: false, status }
  // 410: the receiver wants no more of it.
  if (isOver || status === 410 || pause === undefined) return bury(failed)
  return { ...failed, due: now + pause }
}

/** Begins again, by hand; a try that is under way is left alone. */
export const again = (it: Delivery, now: number): Delivery =>
  isSending(it, now) ? it : { ...it, step: 0, due: now, sending: false, outcome: null }

/** Nothing more is tried. */
export const bury = (it: Delivery): Delivery =>
  it.outcome === null ? { ...it, sending: false, outcome: 'dead' } : it

/** It stands otherwise than the tenant knows. */
export const untold = (it: Delivery, now: number): Delivery => ({
  ...it,
  tellDue: now + TELL_AGAIN_MS,
})

export const isToldAgain = ({ sending, tellDue }: Delivery, now: number): boolean =>
  !sending && tellDue != null && tellDue <= now

/** The tenant knows it, unless it has changed meanwhile. */
export const known = (it: Delivery, { delivery, tries, step, outcome }: Known): Delivery =>
  it.n === delivery && it.tries === tries && it.step === step && it.outcome === outcome
    ? { ...it, tellDue: null }
    : it

/** When the next try can begin, or one that is under way counts as lost, or the tenant is told again, ms. */
export function nextDue(deliveries: Delivery[], now: number): number {
  const open = deliveries.filter(({ outcome }) => outcome === null)
  const sending = open.filter((it) => isSending(it, now))
  const awaited = sending.length < MAX_SENDING ? open : sending
  const tells = deliveries.map(({ sending: is, tellDue }) => (is ? null : tellDue) ?? Infinity)
  return Math.min(...awaited.map(({ due }) => due), ...tells)
}
