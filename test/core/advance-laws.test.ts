import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, it } from 'vitest'

/** Histories; a million by hand: `HISTORIES=1000000 npm test -- test/core`. */
const HISTORIES = Number(process.env['HISTORIES'] ?? 20_000)

/** Of every so many histories at least one holds each thing that may happen to a job. */
const RARE = 400

/** Each has a processor of its own, where there are two. */
const THREADS = HISTORIES > 100_000 ? 2 : 1

/** Most that a million may take of a processor. */
const MILLION_SECONDS = 60

/** What one thread has seen, and what it took of its processor. */
interface Half {
  held: Record<string, number>
  seconds: number
}

/** A broken law rejects. */
async function playThread(): Promise<Half> {
  const file = new URL('support/histories-thread.ts', import.meta.url)
  const thread = new Worker(file, { workerData: HISTORIES / THREADS })
  const [half] = (await once(thread, 'message')) as [Half]
  return half
}

describe('a job', () => {
  it(
    `keeps its promises in ${HISTORIES} random histories`,
    async ({ expect }) => {
      const halves = await Promise.all(Array.from({ length: THREADS }, playThread))
      const things = Object.keys(halves[0]!.held)
      const times = (thing: string) => halves.reduce((sum, { held }) => sum + held[thing]!, 0)
      const held = Object.fromEntries(things.map((thing) => [thing, times(thing)]))
      const rare = things.filter((thing) => held[thing]! < HISTORIES / RARE)
      expect(rare, JSON.stringify(held)).toEqual([])
      // Time of a processor, not of the clock: other work does not make it longer.
      const seconds = Math.max(...halves.map((half) => half.seconds))
      console.info(`${seconds} s of each processor`)
      expect(seconds).toBeLessThan(MILLION_SECONDS * Math.max(1, HISTORIES / 1e6))
    },
    // Fifty times what it takes.
    10_000 + HISTORIES * 5,
  )
})
