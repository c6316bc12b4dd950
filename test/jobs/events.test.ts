import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterAll, describe, it } from 'vitest'
import { isEnd, type EventBody, type EventRow } from '../../src/core/event.ts'
import { parseJobId } from '../../src/core/ids.ts'
import { eventsBetween, insertEvents, readEvents } from '../../src/jobs/events.ts'
import { makeImage } from '../core/support/job.ts'
import { goOn, happen, newWorld } from '../core/support/world.ts'
import { account, generate } from '../support/client.ts'

afterAll(reset)

/** Events of one random life of a job, and how it ended. */
function randomLife(tape: Uint8Array, length: number) {
  const world = newWorld(tape)
  for (let n = 0; n < length; n++) happen(world)
  goOn(world)
  const events = world.history.flatMap(({ before, after }) => eventsBetween(before, after))
  return { events, state: world.history.at(-1)!.after }
}

const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

describe('the events of a job', () => {
  it('tell its life in order, in any history, and its end once and last', ({ expect }) => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 })
    fc.assert(
      fc.property(bytes, fc.nat({ max: 24 }), (tape, length) => {
        const { events, state } = randomLife(tape, length)
        const types = events.map(({ type }) => type)
        const once = types.filter((type) => type !== 'image' && type !== 'progress')
        const asked = state.startedAt === null ? [] : ['running']
        const admitted = types.includes('queued') ? ['queued'] : []
        expect(once).toEqual([...admitted, ...asked, state.status])
        expect(types.at(-1)).toBe(state.status)
        const told = events.flatMap((event) => (event.type === 'image' ? [event.n] : []))
        expect(told.toSorted((a, b) => a - b)).toEqual(state.images.map(({ n }) => n))
        const end = events.at(-1) as EventRow
        if (isEnd(end)) expect(end.images).toEqual(end.error ? [] : state.images)
      }),
      { numRuns: 2000 },
    )
  })

  it('are at most 200, and the end is among them', async ({ expect }) => {
    const { key } = await account()
    const body = { prompt: 'a red cube', size: '64x64', model: 'sketch-slow' }
    const made = await generate(key, body, { prefer: 'respond-async' })
    const image = { key: 'partials/x', type: 'image/png', bytes: 1 } as const
    const events: EventBody[] = [
      ...many(300, (i) => ({ type: 'progress' as const, progress: { stage: `${i}` } })),
      ...many(300, (i) => ({ type: 'partial' as const, n: i % 10, k: i % 3, image })),
      ...many(10, (n) => ({ type: 'image' as const, n, image: makeImage(n) })),
      { type: 'succeeded', error: null, images: [], usage: null },
    ]
    const rows = await runInDurableObject(
      env.JOBS.getByName(parseJobId(made.json.id)!),
      (_, { storage }) => {
        insertEvents(storage.sql, events, 5)
        return readEvents(storage.sql, 0)
      },
    )
    expect(rows.length).toBeLessThanOrEqual(200)
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1))
    expect(rows.slice(-11)).toEqual(
      events.slice(-11).map((event, i) => ({ seq: rows.length - 10 + i, at: 5, ...event })),
    )
  })
})
