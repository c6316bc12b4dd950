import { describe, it } from 'vitest'
import type { OnUnknown } from '../../src/core/request.ts'
import { makeHandle, START } from './support/job.ts'
import { answer, done, failed, outcomes, pending, started } from './support/play.ts'
import { stored, submits, type Played } from './support/play.ts'

/** Ways in which a call can leave open whether the upstream did paid work. */
const losses = {
  'our restart cut off the submit': (job: Played) => job.take({ type: 'woken' }, 60_000),
  'our restart lost the bytes': (job: Played) => {
    job.take(done(0))
    return job.take({ type: 'woken' }, 60_000)
  },
  'the upstream left the submit unclear': (job: Played) =>
    job.take(failed(0, { executed: 'maybe' })),
  'the upstream forgot the handle': (job: Played) => {
    job.take(pending(0))
    for (const at of [1000, 11_000]) {
      job.take({ type: 'woken' }, at)
      job.take(failed(0, { kind: 'lost', executed: 'maybe', status: 404 }))
    }
    job.take({ type: 'woken' }, 21_000)
    return job.take(failed(0, { kind: 'lost', executed: 'maybe', status: 404 }))
  },
  'the handle expired': (job: Played) => {
    job.take(pending(0, { handle: makeHandle(START + 5000) }))
    job.take({ type: 'woken' }, 60_000)
    return job.take({ type: 'woken' })
  },
}

describe('a call of unknown outcome is sent once more', () => {
  const ours: OnUnknown[] = ['auto', 'resubmit']
  it.for([
    { cause: 'our restart cut off the submit', under: ours },
    { cause: 'our restart lost the bytes', under: ours },
    { cause: 'the upstream left the submit unclear', under: ['resubmit'] },
    { cause: 'the upstream forgot the handle', under: ['resubmit'] },
    { cause: 'the handle expired', under: ['resubmit'] },
  ] as const)('under $under when $cause', ({ cause, under }, { expect }) => {
    for (const onUnknown of ['auto', 'fail', 'resubmit'] as const) {
      const job = started({ onUnknown })
      const again = submits(losses[cause](job))
      expect(again, onUnknown).toBe(under.some((option) => option === onUnknown) ? 1 : 0)
      expect(job.state.status).toBe(again ? 'running' : 'failed')
      expect(outcomes(job)).toEqual(again ? ['unknown', null] : ['unknown'])
      if (!again) expect(job.state.error!.code).toBe('upstream_outcome_unknown')
    }
  })

  it('and not a third time, whatever the causes', ({ expect }) => {
    const job = started({ onUnknown: 'resubmit' })
    job.take({ type: 'woken' }, 60_000)
    job.take(failed(1, { executed: 'maybe' }))
    expect(job.state).toMatchObject({ status: 'failed', charge: 0 })
    expect(outcomes(job)).toEqual(['unknown', 'unknown'])
  })

  it('as often as four times where a repeat is always free', ({ expect }) => {
    const job = started({ routes: [true], onUnknown: 'fail' })
    for (let n = 1; n <= 4; n++) job.take({ type: 'woken' }, n * 60_000)
    expect(outcomes(job)).toEqual(['unknown', 'unknown', 'unknown', 'unknown'])
    expect(job.state.status).toBe('failed')
  })

  it('but never as a fifth try', ({ expect }) => {
    const job = started({ onUnknown: 'resubmit' })
    for (let n = 0; n < 3; n++) {
      job.take(failed(n, { executed: 'no', retryAfterMs: 1000 }))
      job.take({ type: 'woken' }, 1000 * (n + 1))
    }
    job.take(failed(3, { executed: 'maybe' }))
    expect(outcomes(job)).toEqual(['failed', 'failed', 'failed', 'unknown'])
    expect(job.state.status).toBe('failed')
  })
})

describe('a failure that was certainly free', () => {
  it('is tried four times, after 0.5, 1 and 2 s', ({ expect }) => {
    const job = started()
    const pauses = [0, 1, 2].map((n) => {
      const at = n * 10_000
      expect(job.take(failed(n, { kind: 'capacity' }), at)).toEqual([])
      const pause = job.wakeAt() - at
      expect(submits(job.take({ type: 'woken' }, at + pause))).toBe(1)
      return pause
    })
    expect(pauses).toEqual([500, 1000, 2000])
    expect(job.take(failed(3, { kind: 'capacity' }), 40_000)).toEqual([{ type: 'settle' }])
    expect(job.state.error!.code).toBe('no_upstream_available')
  })

  it('waits as long as the upstream asks for, up to a minute', ({ expect }) => {
    const patient = started()
    patient.take(failed(0, { kind: 'rate', retryAfterMs: 60_000 }))
    expect(patient.wakeAt()).toBe(60_000)
    const refused = started()
    refused.take(failed(0, { kind: 'rate', retryAfterMs: 60_001 }))
    expect(refused.state.error).toMatchObject({ status: 429, retryAfterSeconds: 61 })
  })

  it.for([
    { kind: 'rate', elsewhere: 1, status: 429 },
    { kind: 'capacity', elsewhere: 1, status: 503 },
    { kind: 'transient', elsewhere: 1, status: 502 },
    { kind: 'notfound', elsewhere: 1, status: 502 },
    { kind: 'account_blocked', elsewhere: 1, status: 502 },
    { kind: 'auth', elsewhere: 1, status: 502 },
    { kind: 'credit', elsewhere: 1, status: 502 },
    { kind: 'invalid', elsewhere: 0, status: 400 },
    { kind: 'no_image', elsewhere: 0, status: 502 },
    { kind: 'lost', elsewhere: 0, status: 502 },
  ] as const)(
    'of kind $kind: $elsewhere other route at once; the last route answers $status',
    ({ kind, elsewhere, status }, { expect }) => {
      const job = started({ routes: [false, false] })
      const error = { kind, executed: 'no', retryAfterMs: 60_001 } as const
      expect(submits(job.take(failed(0, error)))).toBe(elsewhere)
      if (elsewhere) expect(job.state.attempts[1]!.route).toBe(1)
      if (elsewhere) expect(job.take(failed(1, error))).toEqual([{ type: 'settle' }])
      expect(job.state.error!.status).toBe(status)
    },
  )
})

describe('work that was done is never repeated', () => {
  it('when the upstream says so', ({ expect }) => {
    const job = started({ routes: [true, true], onUnknown: 'resubmit' })
    job.take(failed(0, { executed: 'yes' }))
    expect(job.state).toMatchObject({ status: 'failed', charge: 0 })
    expect(job.state.error).toMatchObject({ code: 'upstream_failed', shouldRetry: false })
  })

  it('when its answer held no usable image', ({ expect }) => {
    const job = started({ routes: [true, true], onUnknown: 'resubmit' })
    job.take(done(0))
    job.take(stored(0))
    expect(job.state).toMatchObject({ status: 'failed', charge: 0 })
    expect(outcomes(job)).toEqual(['failed'])
  })

  it('when it was refused', ({ expect }) => {
    const job = started({ routes: [true, true], onUnknown: 'resubmit' })
    job.take(answer(0, { kind: 'refused', message: 'Not this.' }))
    expect(job.state.error).toMatchObject({ code: 'moderation_blocked', message: 'Not this.' })
  })
})

describe('at most four calls of a job are live', () => {
  it('and the next begins when one is over', ({ expect }) => {
    const job = started({ parts: [1, 1, 1, 1, 1, 1] })
    expect(job.state.attempts).toHaveLength(4)
    for (let n = 0; n < 4; n++) job.take(pending(n))
    // Nothing is due before the first poll, so the alarm does not ring at once.
    expect(job.wakeAt()).toBe(1000)
    job.take({ type: 'woken' }, 1000)
    job.take(done(2))
    expect(job.take(stored(2, 2))).toEqual([{ type: 'submit', attempt: 4 }])
  })
})
