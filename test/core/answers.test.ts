import { describe, it } from 'vitest'
import { makeHandle, START, tokens } from './support/job.ts'
import { answer, done, failed, outcomes, pending, started, stored } from './support/play.ts'
import { submits, unread, type Played } from './support/play.ts'

const poll = [{ type: 'poll', attempt: 0 }]

/** A job whose handle is being polled, on terms that allow every repeat. */
function polling(): Played {
  const job = started({ routes: [true, true], onUnknown: 'resubmit' })
  job.take(pending(0))
  job.take({ type: 'woken' }, 1000)
  return job
}

describe('a stored handle', () => {
  it('is polled when it is due, as often as the upstream asks for more time', ({ expect }) => {
    const job = started()
    expect(job.take(pending(0))).toEqual([])
    expect(job.take({ type: 'woken' }, 999)).toEqual([])
    expect(job.take({ type: 'woken' }, 1000)).toEqual(poll)
    job.take(pending(0))
    expect(job.wakeAt()).toBe(2000)
  })

  it('is polled again after a restart', ({ expect }) => {
    expect(polling().take({ type: 'woken' }, 60_000)).toEqual(poll)
  })

  it('is polled at most four times a second', ({ expect }) => {
    const job = started()
    job.take(pending(0, { pollAfterMs: 0 }))
    expect(job.wakeAt()).toBe(250)
  })

  it.for([
    {
      what: 'too many polls',
      error: { kind: 'rate', status: 429, retryAfterMs: 7000 },
      pause: 7000,
    },
    { what: 'no capacity', error: { kind: 'capacity', status: 503 }, pause: 2000 },
    { what: 'an error of the server', error: { status: 500, executed: 'maybe' }, pause: 2000 },
    { what: 'a broken connection', error: { status: null, executed: 'maybe' }, pause: 2000 },
  ] as const)('is polled again after $what', ({ error, pause }, { expect }) => {
    const job = polling()
    expect(job.take(failed(0, error))).toEqual([])
    expect(job.wakeAt()).toBe(1000 + pause)
    expect(job.take({ type: 'woken' }, 1000 + pause)).toEqual(poll)
    expect(job.state.attempts).toHaveLength(1)
  })

  it('is polled again after a poll that broke on our side', ({ expect }) => {
    const job = polling()
    job.take({ type: 'lost', attempt: 0 })
    expect(job.take({ type: 'woken' }, 3000)).toEqual(poll)
  })

  it.for(['auth', 'credit', 'account_blocked', 'notfound', 'invalid'] as const)(
    'that the upstream will not show us any more (%s) leaves its outcome unknown',
    (kind, { expect }) => {
      const job = polling()
      expect(job.take(failed(0, { kind, status: 401 }))).toEqual([{ type: 'settle' }])
      expect(job.state.error!.code).toBe('upstream_outcome_unknown')
      expect(outcomes(job)).toEqual(['unknown'])
    },
  )

  it('is lost when the upstream does not know it three times, not at once', ({ expect }) => {
    const job = polling()
    const unknown = failed(0, { kind: 'lost', executed: 'maybe', status: 404 })
    for (const at of [3000, 5000]) {
      expect(job.take(unknown)).toEqual([])
      expect(job.take({ type: 'woken' }, at)).toEqual(poll)
    }
    expect(submits(job.take(unknown))).toBe(1)
    expect(outcomes(job)).toEqual(['unknown', null])
  })

  it('that is known again is asked after as patiently as before', ({ expect }) => {
    const job = polling()
    const unknown = failed(0, { kind: 'lost', executed: 'maybe', status: 404 })
    for (const answered of [unknown, unknown, pending(0), unknown, unknown]) {
      job.take(answered)
      expect(job.take({ type: 'woken' }, job.wakeAt())).toEqual(poll)
    }
    expect(outcomes(job)).toEqual([null])
  })

  it('is asked after for as long as the upstream cannot tell', ({ expect }) => {
    const job = polling()
    for (let n = 0; n < 50; n++) {
      job.take(failed(0, { kind: n % 2 ? 'transient' : 'credit', status: n % 2 ? 503 : 429 }))
      expect(job.take({ type: 'woken' }, job.wakeAt())).toEqual(poll)
    }
    expect(outcomes(job)).toEqual([null])
  })

  it.for([401, 403])('is given up at once when a poll is answered %i', (status, { expect }) => {
    const job = polling()
    expect(job.take(failed(0, { kind: 'auth', status }))).toEqual([{ type: 'settle' }])
    expect(outcomes(job)).toEqual(['unknown'])
  })

  it('whose work failed before it began is free to go elsewhere', ({ expect }) => {
    const effects = polling().take(failed(0, { kind: 'capacity', executed: 'no', status: 200 }))
    expect(submits(effects)).toBe(1)
  })
})

describe('a finished result', () => {
  const urls = ['https://upstream.test/1']

  it('is downloaded again when the upstream gave URLs', ({ expect }) => {
    const job = started()
    const store = [{ type: 'store', attempt: 0 }]
    expect(job.take(done(0, urls))).toEqual(store)
    expect(job.take({ type: 'woken' }, 60_000)).toEqual(store)
    expect(job.take({ type: 'lost', attempt: 0 })).toEqual([])
    expect(job.take({ type: 'woken' }, 62_000)).toEqual(store)
    job.take(stored(0, 0))
    expect(job.state.status).toBe('succeeded')
    expect(job.state.attempts).toHaveLength(1)
  })

  it('is read again at its handle, for fresh links, when they could not be downloaded', ({
    expect,
  }) => {
    const job = polling()
    job.take(done(0, urls))
    expect(job.take(unread(0), 9000)).toEqual(poll)
    expect(job.state.attempts[0]).toMatchObject({ handle: { stage: 'result' }, urls: null })
    expect(job.take(done(0, urls))).toEqual([{ type: 'store', attempt: 0 }])
    job.take(stored(0, 0))
    expect(job.state).toMatchObject({ status: 'succeeded', charge: 40_000 })
    expect(outcomes(job)).toEqual(['succeeded'])
  })

  it('is read again twice, then has failed, and is never generated again', ({ expect }) => {
    const job = polling()
    for (const effects of [poll, poll, [{ type: 'settle' }]]) {
      job.take(done(0, urls))
      expect(job.take(unread(0))).toEqual(effects)
    }
    expect(job.state.error).toMatchObject({ code: 'upstream_failed', shouldRetry: false })
    expect(outcomes(job)).toEqual(['failed'])
  })

  it.for([
    ['forgotten', { kind: 'lost', status: 404 }],
    ['forbidden', { kind: 'auth', status: 401 }],
    ['failed', { kind: 'capacity', status: 200 }],
    ['without an image', { kind: 'no_image', status: 200, executed: 'yes' }],
  ] as const)(
    'that is %s when it is read again is not generated again',
    ([, error], { expect }) => {
      const job = polling()
      job.take(done(0, urls))
      job.take(unread(0))
      for (let n = 0; n < 3 && job.state.status === 'running'; n++) {
        job.take(failed(0, { executed: 'no', ...error }))
        job.take({ type: 'woken' }, job.wakeAt())
      }
      expect(job.state).toMatchObject({ status: 'failed', charge: 0 })
      expect(job.state.error!.code).toBe('upstream_failed')
      expect(outcomes(job)).toEqual(['failed'])
    },
  )

  it('that is refused when it is read again keeps the images that are stored, and charges them', ({
    expect,
  }) => {
    const job = started({ parts: [2] })
    job.take(pending(0), 0)
    job.take({ type: 'woken' }, 1000)
    job.take(done(0, urls))
    job.take(unread(0, 0))
    job.take(answer(0, { kind: 'refused', message: 'No.' }))
    expect(job.state).toMatchObject({ status: 'succeeded', charge: 40_000 })
    expect(outcomes(job)).toEqual(['succeeded'])
  })

  it('that expires before it is read again is not generated again', ({ expect }) => {
    const job = started({ routes: [true], onUnknown: 'resubmit' })
    job.take(pending(0, { handle: makeHandle(START + 5000) }))
    job.take({ type: 'woken' }, 1000)
    job.take(done(0, urls))
    expect(job.take(unread(0), 6000)).toEqual([{ type: 'settle' }])
    expect(outcomes(job)).toEqual(['failed'])
  })

  it('that is refused when it is read again keeps and charges what is stored', ({ expect }) => {
    const job = started({ parts: [2] })
    job.take(pending(0))
    job.take({ type: 'woken' }, 5000)
    job.take(done(0, ['https://upstream.test/a', 'https://upstream.test/b']))
    job.take(unread(0, 0))
    job.take(answer(0, { kind: 'refused', message: 'No.' }))
    expect(job.state).toMatchObject({ status: 'succeeded', charge: 40_000 })
    expect(job.state.images.map(({ n }) => n)).toEqual([0])
  })

  it('keeps the images that are there while the others are read again', ({ expect }) => {
    const job = started({ parts: [2] })
    job.take(pending(0))
    job.take({ type: 'woken' }, 1000)
    job.take(done(0, urls))
    expect(job.take(unread(0, 1))).toEqual(poll)
    job.take(done(0, urls))
    job.take(stored(0, 0))
    expect(job.state.images.map(({ n }) => n)).toEqual([0, 1])
    expect(job.state).toMatchObject({ status: 'succeeded', charge: 80_000, warnings: [] })
  })

  it('of which one image cannot be had is delivered without it', ({ expect }) => {
    const job = started({ parts: [2] })
    job.take(done(0, urls))
    job.take(unread(0, 0))
    expect(job.state).toMatchObject({ status: 'succeeded', charge: 40_000 })
    expect(job.state.warnings).toMatchObject([{ param: 'n' }])
    expect(outcomes(job)).toEqual(['succeeded'])
  })

  it('without a handle fails when its links cannot be downloaded', ({ expect }) => {
    const job = started({ routes: [true, true], onUnknown: 'resubmit' })
    job.take(done(0, urls))
    expect(job.take(unread(0))).toEqual([{ type: 'settle' }])
    expect(outcomes(job)).toEqual(['failed'])
  })

  it('is read again by its handle when its bytes were lost', ({ expect }) => {
    const job = polling()
    job.take(done(0))
    expect(job.take({ type: 'woken' }, 60_000)).toEqual(poll)
  })

  it('counts its tokens once, however often it is read', ({ expect }) => {
    const usage = tokens(10, 0, 200)
    const job = polling()
    const finished = answer(0, { kind: 'done', images: [], usage })
    job.take(finished)
    job.take({ type: 'woken' }, 60_000)
    job.take(finished)
    expect(job.state.usage).toEqual(usage)
  })

  it('adds up the tokens of all parts', ({ expect }) => {
    const usage = tokens(3, 2, 100)
    const job = started({ parts: [1, 1] })
    for (const n of [0, 1]) job.take(answer(n, { kind: 'done', images: [], usage }))
    expect(job.state.usage).toEqual(tokens(6, 4, 200))
  })
})

describe('an attempt tells', () => {
  it('what the upstream said last, and when', ({ expect }) => {
    const job = started()
    job.take({ ...failed(0, { kind: 'rate', status: 429 }), upstreamRequestId: 'req-1' }, 300)
    const [attempt] = job.state.attempts
    expect(attempt).toMatchObject({ status: 429, upstreamRequestId: 'req-1', outcome: 'failed' })
    expect(attempt!.endedAt! - attempt!.startedAt).toBe(300)
  })

  it('the progress of its upstream, which lasts until the next', ({ expect }) => {
    const job = started()
    const progress = { stage: 'drawing', fraction: 0.5 }
    job.take(pending(0, { progress }))
    job.take({ type: 'woken' }, 1000)
    job.take(pending(0))
    expect(job.state.progress).toEqual(progress)
  })
})
