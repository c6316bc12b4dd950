import type { Fault } from '../../upstreams/faults.ts'
import type { Manner } from '../caller.ts'
import type { Order, UpstreamKind } from '../order.ts'
import { PICTURE } from '../../upstreams/png.ts'
import type { KillStage } from './stage.ts'

/** One request that is played again and again, and killed at another point each time. */
export interface Scenario {
  name: string
  kind: UpstreamKind
  /** Of the stage; null = the artist inside. */
  server: string | null
  /** Of that server, with a price by tokens; missing = the server's own, with one per image. */
  model?: 'by-token'
  manner: Manner
  wish?: Order['wish']
  cancelWhen?: Order['cancelWhen']
  /** The tenant's endpoint is told of it, and an address of the request. */
  hooks?: boolean
  /** Of the first calls to its server. */
  faults?: Fault[]
  count?: number
  /** Upstream calls, where they are not one. */
  parts?: number
  body?: (stage: KillStage) => Record<string, unknown>
  /** Jobs of the one request, at Oxen's queue. */
  group?: number
  /** So many such requests at a time; the tenant may run one job at a time. */
  abreast?: number
  /** The first of them comes before the others, only draws, and takes its time. */
  behind?: boolean
  /** Without an idempotency key, as stock clients are. */
  bare?: boolean
  /** How it may end. */
  ends: string[]
  /** Costs a second of CPU each time: killed only where no scenario in front of it was. */
  heavy?: boolean
  /** Killed after each point, and before one where no scenario in front of it was: what is in front of it is one too. */
  oneSided?: boolean
}

const done = ['succeeded']

const edit = () => ({ edit: new Blob([new Uint8Array(PICTURE)], { type: 'image/png' }) })

export const SCENARIOS: Scenario[] = [
  { name: 'base64', kind: 'base64', server: 'base64', manner: 'waits', ends: done },
  { name: 'url', kind: 'url', server: 'url', manner: 'polls', ends: done },
  { name: 'handle', kind: 'handle', server: 'handle', manner: 'leaves', ends: done },
  {
    name: 'handle, base64',
    kind: 'handle',
    server: 'handle-b64',
    manner: 'waits',
    bare: true,
    ends: done,
  },
  {
    name: 'stream',
    kind: 'stream',
    server: 'base64',
    manner: 'waits',
    body: () => ({ stream: true, partial_images: 2 }),
    ends: done,
  },
  { name: 'sketch', kind: 'embedded', server: null, manner: 'waits', bare: true, ends: done },
  {
    name: 'sketch, partials',
    kind: 'embedded',
    server: null,
    manner: 'polls',
    body: () => ({ stream: true, partial_images: 1 }),
    ends: done,
  },
  {
    name: 'webhooks',
    kind: 'embedded',
    server: null,
    manner: 'polls',
    hooks: true,
    ends: done,
  },
  {
    name: 'fan-out',
    kind: 'base64',
    server: 'single',
    manner: 'polls',
    count: 3,
    parts: 3,
    ends: done,
  },
  {
    name: 'group',
    kind: 'base64',
    server: 'base64',
    manner: 'leaves',
    group: 2,
    parts: 2,
    ends: done,
  },
  {
    name: 'wait for a slot',
    kind: 'base64',
    server: 'base64',
    manner: 'leaves',
    abreast: 2,
    body: () => ({ prompt: '[[latency=300]]' }),
    ends: done,
  },
  {
    name: 'edit',
    kind: 'base64',
    server: 'base64',
    manner: 'waits',
    body: edit,
    ends: done,
  },
  {
    name: 'edit of a URL',
    kind: 'base64',
    server: 'base64',
    manner: 'leaves',
    body: ({ pictureUrl }) => ({ edit: true, images: [{ image_url: pictureUrl }] }),
    ends: done,
  },
  {
    name: 'large',
    kind: 'base64',
    server: 'base64',
    manner: 'leaves',
    body: () => ({ prompt: '[[bytes=17000000]]' }),
    ends: done,
    heavy: true,
  },
  {
    name: 'cancel at a handle',
    kind: 'handle',
    server: 'handle',
    manner: 'leaves',
    wish: 'cancel',
    cancelWhen: 'held',
    // Longer than any pause between two looks, so that the cancel finds it waiting.
    body: () => ({ prompt: '[[latency=6000]]' }),
    ends: ['cancelled', 'succeeded'],
  },
  {
    name: 'cancel before a handle',
    kind: 'handle',
    server: 'handle',
    manner: 'leaves',
    wish: 'cancel',
    cancelWhen: 'called',
    faults: [{ kind: 'slow_headers', ms: 5000 }],
    ends: ['cancelled', 'succeeded'],
  },
  {
    name: 'cancel of one call of two',
    kind: 'base64',
    server: 'single',
    manner: 'leaves',
    count: 2,
    parts: 2,
    wish: 'cancel',
    cancelWhen: 'called',
    // The other has told of its image by then, where nothing is killed.
    faults: [{ kind: 'slow_headers', ms: 5000 }],
    ends: ['cancelled', 'succeeded'],
  },
  {
    name: 'delete',
    kind: 'url',
    server: 'url',
    manner: 'polls',
    wish: 'delete',
    ends: done,
  },
  {
    name: 'cancel while waiting',
    kind: 'base64',
    server: 'base64',
    manner: 'leaves',
    wish: 'cancel',
    cancelWhen: 'queued',
    abreast: 2,
    behind: true,
    ends: ['cancelled', 'succeeded'],
    oneSided: true,
  },
  {
    name: 'delete while waiting',
    kind: 'base64',
    server: 'base64',
    manner: 'leaves',
    wish: 'delete',
    cancelWhen: 'queued',
    abreast: 2,
    behind: true,
    ends: done,
    oneSided: true,
  },
  {
    name: 'start deadline',
    kind: 'base64',
    server: 'base64',
    manner: 'leaves',
    abreast: 2,
    behind: true,
    body: () => ({ gateway: { start_deadline_s: 1 } }),
    ends: ['expired', 'succeeded'],
    oneSided: true,
  },
  {
    name: 'deadline of a call',
    kind: 'base64',
    server: 'base64',
    manner: 'leaves',
    body: () => ({ prompt: '[[latency=8000]]', gateway: { deadline_s: 1 } }),
    ends: ['expired'],
    oneSided: true,
  },
  {
    name: 'deadline at a handle',
    kind: 'handle',
    server: 'handle',
    manner: 'leaves',
    body: () => ({ prompt: '[[latency=8000]]', gateway: { deadline_s: 1 } }),
    ends: ['expired'],
    oneSided: true,
  },
  {
    name: 'webhooks beside an upstream',
    kind: 'handle',
    server: 'handle',
    manner: 'polls',
    hooks: true,
    ends: done,
    oneSided: true,
  },
  {
    name: 'price by tokens',
    kind: 'base64',
    server: 'base64',
    model: 'by-token',
    manner: 'leaves',
    ends: done,
    oneSided: true,
  },
]
