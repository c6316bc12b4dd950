import { describe, it } from 'vitest'
import { errors } from '../../src/core/error.ts'
import { makeImage } from './support/job.ts'
import { after, answer, done, failed, moments, newPlayed } from './support/play.ts'
import { outcomes, pending, started, stored } from './support/play.ts'

describe('a job that waits for a slot', () => {
  it('asks when it is woken, starts nothing before it may, and then at once', ({ expect }) => {
    const job = moments['waiting for a slot']()
    expect(job.state).toMatchObject({ status: 'queued', position: 2 })
    expect(job.take({ type: 'woken' }, 5000)).toEqual([{ type: 'reserve' }])
    expect(job.take({ type: 'admitted', position: 1 })).toEqual([])
    // Its start deadline: until then the tenant wakes it.
    expect(job.wakeAt()).toBe(600_000)
    expect(job.take({ type: 'admitted', position: null })).toEqual([])
    expect(job.wakeAt()).toBe(0)
    expect(job.take({ type: 'woken' })).toEqual([{ type: 'submit', attempt: 0 }])
  })

  it('is not sent back by an answer that is older than its start', ({ expect }) => {
    const job = moments['waiting for a slot']()
    job.take({ type: 'admitted', position: null })
    const { state } = job
    job.take({ type: 'admitted', position: 1 })
    expect(job.state).toBe(state)
  })

  it('expires by its start deadline', ({ expect }) => {
    const job = moments['waiting for a slot']()
    expect(job.take({ type: 'woken' }, 600_000)).toEqual([{ type: 'settle' }])
    expect(job.state).toMatchObject({ status: 'expired', charge: 0, attempts: [] })
  })

  it('fails in the open when its key is not valid any more', ({ expect }) => {
    const job = moments['waiting for a slot']()
    const error = errors.unauthorized('This API key is not valid.')
    expect(job.take({ type: 'not_admitted', error })).toEqual([{ type: 'settle' }])
    expect(job.state).toMatchObject({ status: 'failed', error, attempts: [] })
  })
})

describe('a job of several parts', () => {
  it('delivers what there is, charges that, and says what is missing', ({ expect }) => {
    const job = after(started({ parts: [2, 2] }), done(0), stored(0, 0, 1), done(1))
    expect(job.take(stored(1, 2))).toEqual([{ type: 'settle' }])
    expect(job.state).toMatchObject({ status: 'succeeded', charge: 120_000, error: null })
    expect(job.state.images.map(({ n }) => n)).toEqual([0, 1, 2])
    const message = '3 of 4 images were made: the upstream sent fewer.'
    expect(job.state.warnings).toEqual([{ param: 'n', message }])
  })

  it('names the reason when a part failed', ({ expect }) => {
    const job = after(started({ parts: [1, 1] }), answer(0, { kind: 'refused', message: 'No.' }))
    job.take(done(1))
    job.take(stored(1, 1))
    expect(job.state).toMatchObject({ status: 'succeeded', charge: 40_000 })
    expect(job.state.warnings).toEqual([{ param: 'n', message: '1 of 2 images were made: No.' }])
    expect(outcomes(job)).toEqual(['refused', 'succeeded'])
  })

  it('fails with the first reason when there is no image, and costs nothing', ({ expect }) => {
    const job = after(started({ parts: [1, 1] }), answer(0, { kind: 'refused', message: 'No.' }))
    job.take(failed(1, { kind: 'no_image', executed: 'yes' }))
    expect(job.state).toMatchObject({ status: 'failed', charge: 0 })
    expect(job.state.error).toMatchObject({ code: 'moderation_blocked', message: 'No.' })
  })

  it('is not to be repeated where another call may have done the work, or an earlier one', ({
    expect,
  }) => {
    const busy = { kind: 'rate', executed: 'no', status: 429, retryAfterMs: 120_000 } as const
    const beside = after(started({ parts: [1, 1] }), failed(0, busy))
    beside.take(failed(1, { kind: 'no_image', executed: 'yes' }))
    expect(beside.state.error).toMatchObject({ code: 'upstream_failed', shouldRetry: false })

    const cutOff = after(started({ parts: [1, 1], onUnknown: 'fail' }), failed(0, busy))
    cutOff.take({ type: 'lost', attempt: 1 })
    const unknown = {
      code: 'upstream_outcome_unknown',
      retryAfterSeconds: null,
      shouldRetry: false,
    }
    expect(cutOff.state.error).toMatchObject(unknown)

    const earlier = after(started(), { type: 'lost', attempt: 0 })
    earlier.take(failed(1, busy))
    expect(outcomes(earlier)).toEqual(['unknown', 'failed'])
    expect(earlier.state.error).toMatchObject(unknown)
  })

  it('says that it may be repeated where no call did anything', ({ expect }) => {
    const busy = { kind: 'rate', executed: 'no', status: 429, retryAfterMs: 120_000 } as const
    const job = after(started({ parts: [1, 1] }), failed(0, busy), failed(1, busy))
    expect(job.state.error).toMatchObject({
      status: 429,
      retryAfterSeconds: 120,
      shouldRetry: null,
    })
  })

  it('keeps places in order, whichever part is stored first', ({ expect }) => {
    const job = after(started({ parts: [1, 1] }), done(1), stored(1, 1), done(0), stored(0, 0))
    expect(job.state.images).toEqual([makeImage(0), makeImage(1)])
    expect(job.state.warnings).toEqual([])
  })

  it('has no charge where the model has no price', ({ expect }) => {
    expect(after(started({ price: null }), done(0), stored(0, 0)).state.charge).toBeNull()
    expect(after(started({ price: null }), { type: 'cancel' }).state.charge).toBe(0)
  })
})

describe('a job expires', () => {
  it('at its deadline beside a live call, unless all that is missing is on its way to R2', ({
    expect,
  }) => {
    const called = started({ deadlineSeconds: 60 })
    expect(called.take({ type: 'due' }, 59_000)).toEqual([])
    expect(called.state.attempts).toHaveLength(1)
    expect(called.take({ type: 'due' }, 60_000)).toEqual([{ type: 'settle' }])
    expect(called.state.status).toBe('expired')
    const storing = after(started({ deadlineSeconds: 60 }), done(0))
    expect(storing.take({ type: 'due' }, 60_000)).toEqual([])
    expect(storing.state.status).toBe('storing')
    storing.take(stored(0, 0), 61_000)
    expect(storing.state.status).toBe('succeeded')
    const both = after(started({ parts: [1, 1], deadlineSeconds: 60 }), done(0), done(1))
    both.take(stored(0, 0), 61_000)
    expect(both.state.status).toBe('storing')
    both.take(stored(1, 1), 62_000)
    expect(both.state).toMatchObject({ status: 'succeeded', images: [{ n: 0 }, { n: 1 }] })
  })

  it('when it was not started by its start deadline', ({ expect }) => {
    const job = newPlayed({ startDeadlineSeconds: 10 })
    job.take({ type: 'admitted', position: null })
    expect(job.take({ type: 'woken' }, 10_000)).toEqual([{ type: 'settle' }])
    expect(job.state).toMatchObject({ status: 'expired', charge: 0, attempts: [] })
    expect(job.state.error!.message).toContain('start_deadline_s')
  })

  it('when nobody ever answered its reservation', ({ expect }) => {
    const job = newPlayed({ startDeadlineSeconds: 10 })
    expect(job.take({ type: 'woken' }, 9999)).toEqual([{ type: 'reserve' }])
    expect(job.wakeAt()).toBe(10_000)
    expect(job.take({ type: 'woken' }, 10_000)).toEqual([{ type: 'settle' }])
    expect(job.state.status).toBe('expired')
  })

  it('when its deadline passes while a handle still works, which is then given up', ({
    expect,
  }) => {
    const job = after(started({ deadlineSeconds: 60 }), pending(0))
    const effects = job.take({ type: 'woken' }, 60_000)
    expect(effects).toEqual([{ type: 'settle' }, { type: 'cancel_upstream', attempt: 0 }])
    expect(job.state).toMatchObject({ status: 'expired', charge: 0 })
    expect(job.state.error!.message).toContain('deadline_s')
    expect(outcomes(job)).toEqual(['cancelled'])
  })

  it('when its handle comes at the deadline, and tells the upstream', ({ expect }) => {
    const job = started({ deadlineSeconds: 60 })
    const effects = job.take(pending(0), 60_000)
    expect(effects).toEqual([{ type: 'settle' }, { type: 'cancel_upstream', attempt: 0 }])
  })

  it('when its deadline cuts off a call without a handle, whose outcome stays unknown', ({
    expect,
  }) => {
    const job = started({ deadlineSeconds: 60 })
    const cut = failed(0, { kind: 'transient', executed: 'maybe', status: null })
    expect(job.take(cut, 60_000)).toEqual([{ type: 'settle' }])
    expect(job.state).toMatchObject({ status: 'expired', charge: 0 })
    expect(job.state.error).toMatchObject({ status: 504, code: 'job_expired' })
    expect(outcomes(job)).toEqual(['unknown'])
  })

  it('but not by a call that was cut off before, whose outcome it tells', ({ expect }) => {
    const job = started({ deadlineSeconds: 60 })
    job.take(failed(0, { kind: 'transient', executed: 'maybe', status: null }), 59_999)
    expect(job.state).toMatchObject({ status: 'failed' })
    expect(job.state.error!.code).toBe('upstream_outcome_unknown')
  })

  it('but not where some of its images are stored, however late the others fail', ({ expect }) => {
    const job = after(started({ deadlineSeconds: 60, parts: [1, 1] }), done(0), stored(0, 0))
    job.take(failed(1, { kind: 'transient', executed: 'maybe', status: null }), 60_000)
    expect(job.state).toMatchObject({ status: 'succeeded', charge: 40_000 })
  })

  it('but not where images are stored, if an upstream still works on others', ({ expect }) => {
    const job = after(started({ deadlineSeconds: 60, parts: [1, 1] }), done(0), stored(0, 0))
    job.take(pending(1))
    const effects = [{ type: 'settle' }, { type: 'cancel_upstream', attempt: 1 }]
    expect(job.take({ type: 'woken' }, 60_000)).toEqual(effects)
    expect(job.state).toMatchObject({ status: 'succeeded', charge: 40_000, error: null })
    const message = '1 of 2 images were made: The job did not end by its deadline (deadline_s).'
    expect(job.state.warnings).toEqual([{ param: 'n', message }])
  })

  it('but not by its start deadline once it was started', ({ expect }) => {
    const job = after(started({ startDeadlineSeconds: 10 }), pending(0))
    job.take({ type: 'woken' }, 20_000)
    expect(job.state.status).toBe('running')
  })

  it('but not when all its images are stored, even if late', ({ expect }) => {
    const job = after(started({ deadlineSeconds: 60 }), done(0))
    job.take(stored(0, 0), 60_001)
    expect(job.state).toMatchObject({ status: 'succeeded', charge: 40_000 })
  })

  it('without a bill for upstream work that was finished and could not be stored', ({ expect }) => {
    const job = after(started({ deadlineSeconds: 60 }), pending(0), { type: 'woken' }, done(0))
    expect(job.take({ type: 'woken' }, 60_000)).toEqual([{ type: 'settle' }])
    expect(job.state.charge).toBe(0)
    expect(outcomes(job)).toEqual(['unknown'])
  })
})

describe('a job that has ended', () => {
  it('settles again after growing pauses, at most a minute long', ({ expect }) => {
    const job = moments.succeeded()
    const pauses = Array.from({ length: 8 }, () => {
      const at = job.wakeAt()
      expect(job.take({ type: 'woken' }, at)).toEqual([{ type: 'settle' }])
      job.take({ type: 'settle_failed' })
      return job.wakeAt() - at
    })
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  })

  it('is kept until its retention is over, then purged', ({ expect }) => {
    const job = moments.succeeded()
    job.take({ type: 'settled' })
    // Half an hour until the deadline, then an hour of retention.
    expect(job.wakeAt()).toBe(5_400_000)
    expect(job.take({ type: 'woken' }, 5_399_999)).toEqual([])
    expect(job.take({ type: 'woken' }, 5_400_000)).toEqual([{ type: 'purge' }])
  })

  it('settles once: what comes twice changes nothing', ({ expect }) => {
    const job = moments.succeeded()
    job.take({ type: 'settled' })
    const { state } = job
    job.take({ type: 'settled' })
    job.take({ type: 'settle_failed' })
    expect(job.state).toBe(state)
  })

  it('was refused after its caller had been told of it: it fails in the open', ({ expect }) => {
    const job = newPlayed()
    const error = errors.insufficient('The balance is too small.')
    expect(job.take({ type: 'not_admitted', error })).toEqual([{ type: 'settle' }])
    expect(job.state).toMatchObject({ status: 'failed', charge: 0, error })
  })
})
