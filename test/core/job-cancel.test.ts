import { describe, it } from 'vitest'
import { isReusable } from '../../src/core/job-state.ts'
import { makeImage } from './support/job.ts'
import { after, done, moments, outcomes, pending, started, stored, unread } from './support/play.ts'

describe('cancelling a job that is', () => {
  const settle = { type: 'settle' }
  const stop = { type: 'cancel_upstream', attempt: 0 }
  it.for([
    { at: 'admitting', status: 'cancelled', effects: [settle], attempts: [] },
    { at: 'queued', status: 'cancelled', effects: [settle], attempts: [] },
    { at: 'waiting for a slot', status: 'cancelled', effects: [settle], attempts: [] },
    { at: 'submitting', status: 'cancelled', effects: [settle], attempts: ['unknown'] },
    { at: 'waiting', status: 'cancelled', effects: [settle, stop], attempts: ['cancelled'] },
    { at: 'polling', status: 'cancelled', effects: [settle, stop], attempts: ['cancelled'] },
    { at: 'storing', status: 'storing', effects: [], attempts: [null] },
    { at: 'succeeded', status: 'succeeded', effects: [], attempts: ['succeeded'] },
  ] as const)('$at: it is $status', ({ at, status, effects, attempts }, { expect }) => {
    const job = moments[at]()
    expect(job.take({ type: 'cancel' })).toEqual(effects)
    expect(job.state.status).toBe(status)
    expect(outcomes(job)).toEqual(attempts)
    expect(job.state.charge).toBe({ cancelled: 0, storing: null, succeeded: 40_000 }[status])
    expect(job.state.error?.code).toBe(status === 'cancelled' ? 'job_cancelled' : undefined)
  })

  it('cancelled: it stays as it is, whatever still arrives', ({ expect }) => {
    const job = moments.polling()
    job.take({ type: 'cancel' })
    const ended = job.state
    const late = [done(0), stored(0, 0), { type: 'lost', attempt: 0 }, { type: 'cancel' }] as const
    for (const event of late) expect(job.take(event)).toEqual([])
    expect(job.state).toBe(ended)
  })
})

describe('cancelling a job that has told of images', () => {
  it('delivers and charges those, gives up the others, and says so', ({ expect }) => {
    const job = after(started({ parts: [1, 1, 1] }), done(0), stored(0, 0), pending(1))
    const effects = [{ type: 'settle' }, { type: 'cancel_upstream', attempt: 1 }]
    expect(job.take({ type: 'cancel' })).toEqual(effects)
    expect(job.state).toMatchObject({ status: 'succeeded', error: null, charge: 40_000 })
    expect(job.state.images).toEqual([makeImage(0)])
    expect(outcomes(job)).toEqual(['succeeded', 'cancelled', 'unknown'])
    const message = '1 of 3 images were made: The job was cancelled before it ended.'
    expect(job.state.warnings).toEqual([{ param: 'n', message }])
  })

  it('charges what an upstream gave of a result that is read once more', ({ expect }) => {
    const job = after(started({ parts: [2] }), pending(0), { type: 'woken' }, done(0, ['a', 'b']))
    job.take(unread(0, 1))
    job.take({ type: 'cancel' })
    expect(job.state).toMatchObject({ status: 'succeeded', charge: 40_000 })
    expect(outcomes(job)).toEqual(['succeeded'])
  })

  it('charges nothing once its images can no longer be fetched', ({ expect }) => {
    const job = after(started({ parts: [1, 1] }), done(0), stored(0, 0), pending(1))
    job.take({ type: 'cancel' }, 5_400_000)
    expect(job.state).toMatchObject({ status: 'expired', charge: 0 })
  })

  it('is no answer to equal requests, as a job that upstreams left short is', ({ expect }) => {
    const job = after(started({ parts: [1, 1] }), done(0), stored(0, 0))
    const left = after(started({ parts: [1, 1] }), done(0), stored(0, 0), done(1), stored(1))
    job.take({ type: 'cancel' })
    expect([job, left].map(({ state }) => state.status)).toEqual(['succeeded', 'succeeded'])
    expect([job, left].map(({ state }) => isReusable(state))).toEqual([false, true])
  })
})

describe('removing a job that', () => {
  it('runs cancels it, and purges it once it is settled', ({ expect }) => {
    const job = moments.waiting()
    job.take({ type: 'remove' }, 5000)
    expect(job.state).toMatchObject({ status: 'cancelled', removed: true })
    expect(job.state.expiresAt).toBe(job.state.endedAt)
    expect(job.take({ type: 'settled' })).toEqual([{ type: 'purge' }])
  })

  it('stores its images does not wait for them, and charges nothing that nobody was told of', ({
    expect,
  }) => {
    const job = moments.storing()
    expect(job.take({ type: 'remove' })).toEqual([{ type: 'settle' }])
    expect(job.state).toMatchObject({ status: 'cancelled', charge: 0, lines: [], images: [] })
    expect(outcomes(job)).toEqual(['unknown'])
    expect(job.take({ type: 'settled' })).toEqual([{ type: 'purge' }])
    expect(job.take(stored(0, 0))).toEqual([])
  })

  it('has told of images charges those, and none that are on their way', ({ expect }) => {
    const job = after(started({ parts: [1, 1, 1] }), done(0), stored(0, 0), done(1), pending(2))
    expect(job.state.parts.map(({ step }) => step)).toEqual(['done', 'storing', 'waiting'])
    const effects = [{ type: 'settle' }, { type: 'cancel_upstream', attempt: 2 }]
    expect(job.take({ type: 'remove' })).toEqual(effects)
    expect(job.take(stored(1, 1))).toEqual([])
    expect(job.state).toMatchObject({ status: 'succeeded', charge: 40_000 })
    expect(job.state.images).toEqual([makeImage(0)])
    expect(job.take({ type: 'settled' })).toEqual([{ type: 'purge' }])
  })

  it('older code let wait for its images ends when it is woken', ({ expect }) => {
    const job = moments.storing()
    job.state = { ...job.state, removed: true }
    expect(job.take({ type: 'woken' })).toEqual([{ type: 'settle' }])
    expect(job.state).toMatchObject({ status: 'cancelled', charge: 0 })
  })

  it('has ended and is settled purges it at once', ({ expect }) => {
    const job = moments.succeeded()
    job.take({ type: 'settled' })
    expect(job.take({ type: 'remove' })).toEqual([{ type: 'purge' }])
  })
})
