import fc from 'fast-check'
import { describe, it } from 'vitest'
import { markAfter, weigh, WINDOW_MS, type Mark, type RateLog } from '../../src/tenants/rate.ts'

const START = 1_800_000_000_000

const logOf = (marks: Mark[]): RateLog => ({
  newest: () => marks.at(-1) ?? null,
  until: (at) => marks.findLast((mark) => mark.at <= at) ?? null,
  reaching: (unit, total) => marks.find((mark) => mark[unit] >= total) ?? null,
})

interface Asked {
  at: number
  images: number
}

/** Plays requests against a limit of images, and tells those that were admitted. */
function play(limit: number, requests: Asked[]) {
  const marks: Mark[] = []
  const admitted: Asked[] = []
  const refused: (Asked & { waitMs: number; before: Mark[] })[] = []
  for (const request of requests) {
    const { waitMs } = weigh(logOf(marks), 'images', limit, request.images, request.at)
    if (waitMs > 0) refused.push({ ...request, waitMs, before: [...marks] })
    else {
      marks.push(markAfter(marks.at(-1) ?? null, request.images, request.at))
      admitted.push(request)
    }
  }
  return { admitted, refused }
}

const anyLimit = fc.integer({ min: 4, max: 12 })
/** Pauses that make windows meet, end and overlap. */
const anyPause = fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 40_000 }), fc.constant(WINDOW_MS))
const anyRequests = fc
  .array(fc.record({ pause: anyPause, images: fc.integer({ min: 1, max: 4 }) }), { maxLength: 40 })
  .map((steps) => {
    let at = START
    return steps.map(({ pause, images }): Asked => ({ at: (at += pause), images }))
  })

const sumIn = (admitted: Asked[], from: number): number =>
  admitted
    .filter(({ at }) => at >= from && at < from + WINDOW_MS)
    .reduce((sum, { images }) => sum + images, 0)

describe('a limit per minute', () => {
  it('is kept in every minute, wherever it begins', ({ expect }) => {
    fc.assert(
      fc.property(anyLimit, anyRequests, (limit, requests) => {
        const { admitted } = play(limit, requests)
        for (const { at } of admitted) expect(sumIn(admitted, at)).toBeLessThanOrEqual(limit)
      }),
      { numRuns: 1000 },
    )
  })

  it('refuses nothing for which there is room', ({ expect }) => {
    fc.assert(
      fc.property(anyLimit, anyRequests, (limit, requests) => {
        const { admitted, refused } = play(limit, requests)
        for (const { at, images } of refused) {
          const before = admitted.filter((other) => other.at <= at)
          expect(sumIn(before, at - WINDOW_MS + 1) + images).toBeGreaterThan(limit)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('admits who comes again when it was told to, and nobody a millisecond before', ({
    expect,
  }) => {
    fc.assert(
      fc.property(anyLimit, anyRequests, (limit, requests) => {
        for (const { at, images, waitMs, before } of play(limit, requests).refused) {
          const again = (now: number) => weigh(logOf(before), 'images', limit, images, now).waitMs
          expect([again(at + waitMs), again(at + waitMs - 1)]).toEqual([0, 1])
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('is kept by a clock that goes back', ({ expect }) => {
    const mark = markAfter(null, 4, START)
    expect(weigh(logOf([mark]), 'images', 4, 1, START - 500)).toEqual({
      left: 0,
      waitMs: WINDOW_MS + 500,
      resetMs: WINDOW_MS + 500,
    })
    expect(markAfter(mark, 1, START - 500).at).toBe(START)
  })

  it('tells what is left, and when all of it is there again', ({ expect }) => {
    const first = markAfter(null, 2, START)
    const log = logOf([first, markAfter(first, 1, START + 10_000)])
    const at = START + 40_000
    const resetMs = 30_000
    expect(weigh(log, 'requests', 3, 1, at)).toEqual({ left: 1, waitMs: 0, resetMs })
    expect(weigh(log, 'images', 4, 3, at)).toEqual({ left: 1, waitMs: 20_000, resetMs })
    expect(weigh(logOf([]), 'images', 4, 3, at)).toEqual({ left: 4, waitMs: 0, resetMs: 0 })
  })
})
