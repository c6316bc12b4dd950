import fc from 'fast-check'
import { describe, it } from 'vitest'
import { goOn, happen, newWorld, tell } from './support/world.ts'

/** Histories; a million by hand: `VITE_HISTORIES=1000000 npm test -- test/core`. */
const HISTORIES = Number(import.meta.env['VITE_HISTORIES'] ?? 20_000)

describe('a job', () => {
  it(
    `keeps its promises in ${HISTORIES} random histories`,
    () => {
      const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 })
      fc.assert(
        fc.property(bytes, fc.nat({ max: 24 }), (tape, events) => {
          const world = newWorld(tape)
          try {
            for (let n = 0; n < events; n++) happen(world)
            goOn(world)
          } catch (broken) {
            throw new Error(`${String(broken)}\n${tell(world)}`, { cause: broken })
          }
        }),
        { numRuns: HISTORIES },
      )
    },
    // Fifty times what it takes.
    HISTORIES * 5,
  )
})
