import fc from 'fast-check'
import { describe, it } from 'vitest'
import { nextPauseMs } from '../../src/core/polling.ts'
import { failed, pending, started } from './support/play.ts'

/** Pauses between the polls of work that never ends, ms. */
function pausesOf(polls: number): number[] {
  const job = started()
  let at = 0
  return Array.from({ length: polls }, () => {
    job.take(pending(0, { pollAfterMs: null }), at)
    const pause = job.wakeAt() - at
    at += pause
    job.take({ type: 'woken' }, at)
    return pause
  })
}

describe('work whose upstream says nothing of when to ask', () => {
  it('is asked after soon, then ever more seldom', ({ expect }) => {
    const pauses = pausesOf(25)
    expect(pauses.slice(0, 8)).toEqual([700, 1000, 1500, 2100, 2940, 4116, 5000, 5000])
    const firstMinute = pauses.filter(
      (_, i) => pauses.slice(0, i).reduce((sum, ms) => sum + ms, 0) < 60_000,
    )
    expect(Math.max(...firstMinute)).toBe(5000)
    expect(pauses.slice(firstMinute.length)).toEqual([
      7000, 9800, 13_720, 15_000, 15_000, 15_000, 15_000, 15_000, 15_000,
    ])
  })

  it('is asked after at what pace it wishes where it does say', ({ expect }) => {
    const job = started()
    job.take(pending(0, { pollAfterMs: 20_000 }))
    expect(job.wakeAt()).toBe(20_000)
    job.take({ type: 'woken' }, 20_000)
    job.take(failed(0, { kind: 'rate', status: 429, retryAfterMs: 30_000 }))
    expect(job.wakeAt()).toBe(50_000)
  })

  it('is asked after within a minute, however long an upstream would have it wait', ({
    expect,
  }) => {
    const job = started()
    job.take(pending(0, { pollAfterMs: 3_600_000 }))
    expect(job.wakeAt()).toBe(60_000)
    job.take({ type: 'woken' }, 60_000)
    job.take(failed(0, { kind: 'rate', status: 429, retryAfterMs: 3_600_000 }))
    expect(job.wakeAt()).toBe(120_000)
  })

  it('never waits shorter than before, nor longer than its bound', ({ expect }) => {
    fc.assert(
      fc.property(fc.nat(15_000), fc.nat(120_000), (pause, age) => {
        const next = nextPauseMs(pause, age)
        const most = age < 60_000 ? 5000 : 15_000
        expect(next).toBeLessThanOrEqual(most)
        expect(next).toBeGreaterThanOrEqual(Math.min(pause, most))
        expect(next).toBeGreaterThanOrEqual(700)
      }),
    )
  })
})
