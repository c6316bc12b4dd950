import type { EventType } from '../core/event-type.ts'
import type { Micros } from '../core/money.ts'
import type { Hook } from '../core/delivery.ts'

export interface EndpointSettings {
  name: string
  description: string
  /** Empty = the end of every job. */
  events: EventType[]
}

export interface NewEndpoint {
  livemode: boolean
  url: string
  settings: EndpointSettings
}

export type EndpointChange = Partial<EndpointSettings> & { url?: string; enabled?: boolean }

/** `rotate`: a new secret; the old one signs beside it for a day where it is kept. */
export type EndpointAct =
  | { type: 'read' }
  | { type: 'update'; change: EndpointChange }
  | { type: 'rotate'; keep: boolean }

/** Whose endpoint: keys of one mode do not see those of the other. */
export interface EndpointPlace {
  id: string
  livemode: boolean
}

/** Times in ms. */
export type EndpointRecord = EndpointSettings & {
  id: string
  /** Null for the place that stands for the `webhook_url` of requests. */
  url: string | null
  createdAt: number
  /** Null = it is told of events. */
  disabled: { at: number; why: 'gone' | 'failing' | 'asked' } | null
  /** The end of its secret. */
  hint: string
  /** Shown when it was made or replaced just now, and for the `webhook_url` of requests. */
  secret: string | null
}

/** Where an endpoint's events go, and what signs them. */
export interface EndpointTarget {
  url: string | null
  secrets: string[]
}

/** What the tenant is told of a delivery. Times in ms. */
export interface DeliveryNote {
  endpoint: string
  /** Missing in notes of older code, which had one `request` for both modes. */
  livemode?: boolean
  /** The event's id. */
  event: string
  type: EventType
  outcome: 'delivered' | 'dead' | null
  tries: number
  /** 0: it was just begun again, and says nothing about the endpoint. */
  step: number
  status: number | null
  due: number
}

/** `after` is the event of the last delivery seen. */
export interface DeliveryQuery {
  limit: number
  after: string | undefined
}

export type DeliveryRecord = Omit<DeliveryNote, 'endpoint' | 'livemode' | 'step'> & { at: number }

export interface DeliveryPage {
  data: DeliveryRecord[]
  hasMore: boolean
}

export interface Settled {
  charged: Micros
  /** Endpoints that are told of the job's end; missing when there are none. */
  hooks?: Hook[]
}
