import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import type { JobView } from '../../src/core/view.ts'
import { newJobId } from '../../src/core/ids.ts'
import { messageOf } from '../../src/webhooks/message.ts'
import { signedHeaders } from '../../src/webhooks/sign.ts'
import { newOutbox, TYPE, type Outbox } from '../core/support/hooks.ts'

const SECRET = `whsec_${new Uint8Array(32).fill(9).toBase64()}`

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** 0 to 1, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** What arrives at a receiver that checks signatures and fails so many of its calls. */
function newReceiver(failing: number, next: () => number) {
  const webhook = new Webhook(SECRET)
  const seen = new Map<string, { tries: number; bodies: Set<string>; took: boolean }>()
  const receive = (headers: Record<string, string>, body: string): number | null => {
    const event = webhook.verify(body, headers) as { id: string }
    const id = headers['webhook-id']!
    if (event.id !== id) throw new Error('the body names another event')
    const known = seen.get(id) ?? { tries: 0, bodies: new Set(), took: false }
    seen.set(id, known)
    known.tries += 1
    known.bodies.add(body)
    if (next() < failing) return next() < 0.5 ? 500 : null
    known.took = true
    return 204
  }
  return { seen, receive }
}

/** Sends what is due, until the job's delivery has ended. */
async function deliverAll(
  world: Outbox,
  view: JobView,
  receive: ReturnType<typeof newReceiver>['receive'],
): Promise<void> {
  const message = messageOf(view, TYPE, [])
  while (world.state.deliveries[0]!.outcome === null) {
    world.ring()
    vi.setSystemTime(world.now)
    const headers = await signedHeaders(message, [SECRET], Math.floor(world.now / 1000))
    if (world.live.length > 0) world.answer(receive(headers, message.body))
  }
}

describe.for([
  ['30 % of its calls', 0.3, 900],
  ['90 % of its calls', 0.9, 300],
] as const)('1,000 webhooks to a receiver that fails %s', ([, failing, least]) => {
  // Fifty times what it takes.
  it(
    'are delivered or dead, with constant ids and good signatures',
    { timeout: 60_000 },
    async ({ expect }) => {
      const { seen, receive } = newReceiver(failing, random(7))
      const outcomes: (string | null)[] = []
      for (let n = 0; n < 1000; n++) {
        const world = newOutbox(1)
        const { endedAt, createdAt } = world.state
        const view = {
          id: newJobId(),
          livemode: true,
          status: 'succeeded',
          createdAt,
          endedAt,
          model: 'sketch-1',
          error: null,
          metadata: {},
          origin: 'https://darkroom.test',
        } as JobView
        await deliverAll(world, view, receive)
        outcomes.push(world.state.deliveries[0]!.outcome)
      }
      expect(seen.size).toBe(1000)
      const received = [...seen.values()]
      expect(received.filter(({ bodies }) => bodies.size !== 1)).toEqual([])
      expect(received.filter(({ tries }) => tries > 8)).toEqual([])
      expect(received.map(({ took }) => took)).toEqual(
        outcomes.map((outcome) => outcome === 'delivered'),
      )
      expect(outcomes.filter((outcome) => outcome === 'delivered').length).toBeGreaterThanOrEqual(
        least,
      )
      expect(outcomes.filter((outcome) => outcome !== 'delivered' && outcome !== 'dead')).toEqual(
        [],
      )
    },
  )
})
