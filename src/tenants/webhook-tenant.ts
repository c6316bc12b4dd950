import { DurableObject } from 'cloudflare:workers'
import { GATEWAY } from './audit.ts'
import { Feed } from './feed.ts'
import { openTables } from './migrate.ts'
import { TENANT_STEPS } from './schema.ts'
import { listDeliveries, noteDelivery } from './webhook-deliveries.ts'
import * as endpoints from './webhook-endpoints.ts'
import type {
  DeliveryNote,
  DeliveryPage,
  DeliveryQuery,
  EndpointAct,
  EndpointPlace,
  EndpointRecord,
  EndpointTarget,
  NewEndpoint,
} from './webhook-records.ts'

/** The part of a tenant that knows who is told of the end of its jobs. */
export class WebhookTenant extends DurableObject<Env> {
  protected readonly feed = new Feed()

  /** The secret is in the answer, and in no later one. `full` where there are 16 already. */
  createEndpoint(made: NewEndpoint, by = GATEWAY): EndpointRecord | 'full' | null {
    return this.#write((sql, now) => endpoints.insertEndpoint(sql, made, by, now))
  }

  listEndpoints(livemode: boolean): EndpointRecord[] | null {
    return this.#write((sql) => endpoints.listEndpoints(sql, livemode))
  }

  /** The endpoint after what is done with it. */
  endpoint(place: EndpointPlace, act: EndpointAct, by = GATEWAY): EndpointRecord | null {
    return this.#write((sql, now) => endpoints.act(sql, place, act, by, now))
  }

  deleteEndpoint(place: EndpointPlace, by = GATEWAY): boolean {
    return this.#write((sql, now) => endpoints.deleteEndpoint(sql, place, by, now)) ?? false
  }

  /** For one try of a delivery: where to, and the secrets. Null when it is wanted no more. Older code names no mode. */
  webhookTarget(id: string, livemode = true): EndpointTarget | null {
    return this.#write((sql, now) => endpoints.targetOf(sql, { id, livemode }, now))
  }

  noteDelivery(told: DeliveryNote): void {
    this.#write((sql, now) => noteDelivery(sql, told, now))
  }

  /** Newest first; `unknown` when `after` is no delivery of this endpoint. */
  listDeliveries(place: EndpointPlace, query: DeliveryQuery): DeliveryPage | 'unknown' | null {
    return this.#write((sql, now) => listDeliveries(sql, place, query, now))
  }

  /** What becomes of its jobs from now on, or behind the row named (`Feed.open`). */
  watch(after: number): ReadableStream<Uint8Array> | 'full' | null {
    return this.#write(() => this.feed.open(after))
  }

  /** Null, and nothing written, where there is no tenant. */
  #write<T>(change: (sql: SqlStorage, now: number) => T): T | null {
    const { storage } = this.ctx
    if (!openTables(storage, TENANT_STEPS)) return null
    return storage.transactionSync(() => change(storage.sql, Date.now()))
  }
}
