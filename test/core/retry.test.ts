import fc from 'fast-check'
import { describe, it } from 'vitest'
import { backoffMs, settleBackoffMs } from '../../src/core/retry.ts'

describe('pauses between tries', () => {
  it('double from half a second', ({ expect }) => {
    expect([0, 1, 2, 3].map(backoffMs)).toEqual([500, 500, 1000, 2000])
  })

  it('of settlements grow, and never beyond a minute', ({ expect }) => {
    fc.assert(
      fc.property(fc.nat({ max: 5000 }), (tries) => {
        expect(settleBackoffMs(tries)).toBeGreaterThanOrEqual(1000)
        expect(settleBackoffMs(tries)).toBeLessThanOrEqual(60_000)
        expect(settleBackoffMs(tries + 1)).toBeGreaterThanOrEqual(settleBackoffMs(tries))
      }),
    )
  })
})
