import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { Delivery } from '../../src/core/delivery.ts'
import { newOutbox, TYPE, type Outbox } from './support/hooks.ts'
import { START } from './support/job.ts'

const outcomes = ({ state }: Outbox) => state.deliveries.map(({ outcome }) => outcome)
const identity = ({ n, endpoint, url, type }: Delivery) => ({ n, endpoint, url, type })

describe('a webhook', () => {
  it('is tried at 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h, then dead', ({ expect }) => {
    const world = newOutbox(1)
    const pauses: number[] = []
    let last = START
    while (world.state.deliveries[0]!.outcome === null) {
      world.ring()
      pauses.push((world.now - last) / 1000)
      last = world.now
      world.answer(500)
    }
    expect(pauses).toEqual([0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000])
    expect(outcomes(world)).toEqual(['dead'])
  })

  it.for([200, 201, 204, 299])('that is answered %i is delivered', (status, { expect }) => {
    const world = newOutbox(1)
    world.ring()
    world.answer(status)
    expect(world.state.deliveries).toMatchObject([{ outcome: 'delivered', tries: 1, status }])
  })

  it.for([199, 301, 302, 307, 400, 404, 500, null])(
    'that is answered %s is tried again',
    (status, { expect }) => {
      const world = newOutbox(1)
      world.ring()
      world.answer(status)
      expect(world.state.deliveries).toMatchObject([{ outcome: null, status }])
    },
  )

  it('that is answered 410 is not tried again', ({ expect }) => {
    const world = newOutbox(1)
    world.ring()
    world.answer(410)
    expect(outcomes(world)).toEqual(['dead'])
  })

  it('to an endpoint that is gone, or to a refused address, is not tried again', ({ expect }) => {
    const world = newOutbox(1)
    world.ring()
    world.answer(null, true)
    expect(outcomes(world)).toEqual(['dead'])
  })

  it('that a restart cut off is sent again within 20 s, and that counts as a try', ({ expect }) => {
    const world = newOutbox(1)
    world.ring()
    world.restart()
    world.ring()
    expect(world.now - START).toBeLessThanOrEqual(20_000)
    world.answer(200)
    expect(world.state.deliveries).toMatchObject([{ outcome: 'delivered', tries: 2 }])
  })

  it.for([200, 410, 500])(
    'that was answered %i while the tenant could not be told is told within 10 s',
    (status, { expect }) => {
      const world = newOutbox(1)
      world.ring()
      world.isDeaf = true
      world.answer(status)
      world.restart()
      world.isDeaf = false
      const before = world.now
      if (status === 500) world.ring()
      if (status === 500) world.answer(204)
      else world.ring()
      expect(world.now - before).toBeLessThanOrEqual(10_000)
      const { tries, step, outcome } = world.state.deliveries[0]!
      expect(world.told).toEqual([{ delivery: 0, tries, step, outcome }])
      const purge = world.state.expiresAt
      world.ring()
      expect(world.now).toBe(purge)
    },
  )

  it('that is under way does not fail by the late answer of an earlier try, and may succeed by it', ({
    expect,
  }) => {
    const world = newOutbox(1)
    world.ring()
    world.restart()
    world.ring()
    const late = { type: 'tried', delivery: 0, tries: 1, isOver: false } as const
    world.take({ ...late, status: 500 })
    expect(world.state.deliveries).toMatchObject([{ sending: true, tries: 2 }])
    world.take({ ...late, status: 204 })
    expect(outcomes(world)).toEqual(['delivered'])
  })

  it('begins its schedule again by hand, once it is dead or delivered', ({ expect }) => {
    const world = newOutbox(1)
    world.ring()
    world.answer(410)
    world.take({ type: 'redeliver', endpoint: 'whe_0', event: TYPE })
    expect(outcomes(world)).toEqual([null])
    world.ring()
    world.answer(200)
    expect(world.state.deliveries).toMatchObject([{ outcome: 'delivered', tries: 2 }])
  })

  it('of a deleted job is dead, and so is one that is still due at the purge', ({ expect }) => {
    const removed = newOutbox(2)
    removed.ring()
    removed.answer(200)
    removed.take({ type: 'remove' })
    expect(outcomes(removed)).toEqual(['delivered', 'dead'])

    const expired = newOutbox(1)
    expired.ring()
    expired.answer(500)
    expired.pass(366 * 86_400_000)
    expired.take({ type: 'woken' })
    expect(outcomes(expired)).toEqual(['dead'])
  })

  it('goes to each address of joined requests once', ({ expect }) => {
    const world = newOutbox(1)
    for (const url of ['https://a.com/', 'https://b.com/', 'https://a.com/'])
      world.take({ type: 'webhook', url })
    expect(world.state.deliveries.map(({ url }) => url)).toEqual([
      null,
      'https://a.com/',
      'https://b.com/',
    ])
  })

  it(
    'is delivered or dead after any order of failures, deaths and repeats',
    { timeout: 30_000 },
    ({ expect }) => {
      const status = fc.constantFrom(200, 500, 302, 410, null)
      const move = fc.oneof(
        { weight: 4, arbitrary: fc.record({ what: fc.constant('ring' as const) }) },
        { weight: 4, arbitrary: fc.record({ what: fc.constant('answer' as const), status }) },
        { weight: 1, arbitrary: fc.record({ what: fc.constant('restart' as const) }) },
        { weight: 1, arbitrary: fc.record({ what: fc.constant('redeliver' as const) }) },
        {
          weight: 1,
          arbitrary: fc.record({ what: fc.constant('pass' as const), ms: fc.nat(40_000_000) }),
        },
      )
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 7 }), fc.array(move), (endpoints, moves) => {
          const world = newOutbox(endpoints)
          const first = world.state.deliveries.map(identity)
          for (const made of moves)
            if (made.what === 'answer') world.answer(made.status)
            else if (made.what === 'pass') world.pass(made.ms)
            else if (made.what === 'redeliver')
              world.take({ type: 'redeliver', endpoint: 'whe_0', event: TYPE })
            else world[made.what]()
          for (let rings = 0; outcomes(world).includes(null); rings++) {
            if (rings > 200) throw new Error('some delivery does not end')
            world.ring()
          }
          expect(world.state.deliveries.map(identity)).toEqual(first)
        }),
        { numRuns: 1000 },
      )
    },
  )
})
