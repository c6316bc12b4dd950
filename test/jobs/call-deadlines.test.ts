import { describe, it } from 'vitest'
import { deadlinesOf } from '../../src/jobs/call-deadlines.ts'

describe('an upstream that draws', () => {
  it('may do so while its answer is open, not only before it', ({ expect }) => {
    const { headersMs, bodyMs, totalMs } = deadlinesOf('submit', 300_000)
    expect(headersMs).toBe(300_000)
    expect(bodyMs).toBeGreaterThanOrEqual(300_000)
    expect(totalMs).toBe(360_000)
  })

  it('answers within half a minute how the work stands', ({ expect }) => {
    const deadlines = deadlinesOf('poll', 300_000)
    expect(deadlines).toEqual({ headersMs: 30_000, bodyMs: 60_000, totalMs: 90_000 })
  })
})
