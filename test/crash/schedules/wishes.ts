import type { Fault } from '../../upstreams/faults.ts'
import type { Manner } from '../caller.ts'
import type { Order, UpstreamKind } from '../order.ts'
import { PICTURE } from '../../upstreams/png.ts'
import type { Chance } from './chance.ts'

/** What callers ask for, and of which server. */
const REQUESTS: {
  kind: UpstreamKind
  server: string | null
  count?: number
  body?: Record<string, unknown>
}[] = [
  { kind: 'base64', server: 'base64' },
  { kind: 'url', server: 'url' },
  { kind: 'handle', server: 'handle' },
  { kind: 'handle', server: 'handle-b64' },
  { kind: 'stream', server: 'base64', body: { stream: true, partial_images: 2 } },
  { kind: 'base64', server: 'single', count: 3 },
  {
    kind: 'base64',
    server: 'base64',
    body: { edit: new Blob([new Uint8Array(PICTURE)], { type: 'image/png' }) },
  },
  { kind: 'embedded', server: null, body: { size: '64x64' } },
]

/** A third of the calls to upstreams fail, in one of these ways. */
const FAULTS: Fault[] = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, retryAfter: '1' },
  { kind: 'reset_before_headers' },
  { kind: 'lost_answer' },
  { kind: 'short_body' },
  { kind: 'broken_json' },
  { kind: 'moderation' },
]
const FAULTY = 1 / 3
/** So many orders name an address of their own that is told of their end. */
const NAMING = 0.4

/** An order, and how its callers behave. */
export interface Wish {
  order: Order
  server: string | null
  manner: Manner
  /** When it is sent, ms after the first life began. */
  at: number
  /** Another caller sends the same, with the same idempotency key, at the same time. */
  twice: boolean
  faults: Fault[]
}

/**
 * @param models public name of each server's model
 * @param hooks what the addresses begin with that orders name
 */
export function wishFor(
  chance: Chance,
  name: string,
  models: Map<string, string>,
  hooks: string,
  arrivalMs: number,
): Wish {
  const { kind, server, count = 1, body } = chance.pick(REQUESTS, name, 'request')
  const wish = chance.pick(['draw', 'draw', 'draw', 'draw', 'cancel', 'delete'], name, 'wish')
  const keyed = chance.of(name, 'key') < 0.6
  const latency = Math.round(1200 * chance.of(name, 'latency'))
  return {
    order: {
      name,
      kind,
      count,
      parts: count,
      body: {
        model: server === null ? 'sketch-1' : models.get(server)!,
        prompt: `[[latency=${latency}]]`,
        ...body,
      },
      wish: wish as Order['wish'],
      webhookUrl: chance.of(name, 'webhook') < NAMING ? hooks + name : null,
      idempotencyKey: keyed ? `key-${name}` : null,
      brokenOff: 0,
      acknowledged: new Set(),
      ended: new Map(),
      deleted: false,
    },
    server,
    manner: chance.pick(['waits', 'polls', 'leaves'], name, 'manner'),
    at: arrivalMs * chance.of(name, 'at'),
    twice: keyed && chance.of(name, 'twice') < 0.4,
    faults: server === null ? [] : faultsFor(chance, name),
  }
}

function faultsFor(chance: Chance, name: string): Fault[] {
  const faults: Fault[] = []
  while (chance.of(name, 'faulty', faults.length) < FAULTY)
    faults.push({ ...chance.pick(FAULTS, name, 'fault', faults.length), match: `${name} ` })
  return faults
}
