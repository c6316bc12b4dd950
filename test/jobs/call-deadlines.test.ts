import { describe, it } from 'vitest'
import { deadlinesOf } from '../../src/jobs/call-deadlines.ts'

const HOUR_MS = 3_600_000

describe('an upstream that draws', () => {
  it('may do so while its answer is open, not only before it', ({ expect }) => {
    const { headersMs, bodyMs, totalMs } = deadlinesOf('submit', 300_000, HOUR_MS)
    expect(headersMs).toBe(300_000)
    expect(bodyMs).toBeGreaterThanOrEqual(300_000)
    expect(totalMs).toBe(360_000)
  })

  it('is not waited for beyond the deadline of its job', ({ expect }) => {
    expect(deadlinesOf('submit', 300_000, 5000).headersMs).toBe(5000)
    expect(deadlinesOf('submit', 300_000, -5000).headersMs).toBe(1)
  })

  it('answers within half a minute how the work stands', ({ expect }) => {
    const deadlines = deadlinesOf('poll', 300_000, HOUR_MS)
    expect(deadlines).toEqual({ headersMs: 30_000, bodyMs: 60_000, totalMs: 90_000 })
  })
})
