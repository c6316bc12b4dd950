import { describe, it } from 'vitest'
import { errors } from '../../src/core/error.ts'
import { shownError } from '../../src/core/upstream-error.ts'
import { makeError } from './support/job.ts'

const seconds = (kind: 'rate' | 'capacity', retryAfterMs: number | null) =>
  shownError(makeError({ kind, retryAfterMs })).retryAfterSeconds

describe('the failure of an upstream is told to the caller', () => {
  it.for([
    { kind: 'invalid', status: 400, code: 'invalid_value', shouldRetry: null },
    { kind: 'notfound', status: 502, code: 'upstream_failed', shouldRetry: false },
    { kind: 'account_blocked', status: 502, code: 'upstream_failed', shouldRetry: false },
    { kind: 'auth', status: 502, code: 'upstream_failed', shouldRetry: false },
    { kind: 'credit', status: 502, code: 'upstream_failed', shouldRetry: false },
    { kind: 'rate', status: 429, code: 'rate_limit_exceeded', shouldRetry: null },
    { kind: 'capacity', status: 503, code: 'no_upstream_available', shouldRetry: null },
    { kind: 'transient', status: 502, code: 'upstream_failed', shouldRetry: null },
    { kind: 'no_image', status: 502, code: 'upstream_failed', shouldRetry: false },
    { kind: 'lost', status: 502, code: 'upstream_outcome_unknown', shouldRetry: false },
  ] as const)('$kind: $status $code', ({ kind, status, code, shouldRetry }, { expect }) => {
    const shown = shownError(makeError({ kind, executed: 'no' }))
    expect(shown).toMatchObject({ status, code, shouldRetry })
  })

  it('with the time to wait, rounded up to seconds', ({ expect }) => {
    expect(seconds('rate', 1001)).toBe(2)
    expect(seconds('rate', null)).toBe(5)
    expect(seconds('capacity', 60_001)).toBe(61)
    expect(seconds('capacity', null)).toBe(10)
  })

  it('without advice to repeat what may be paid for', ({ expect }) => {
    for (const kind of ['transient', 'rate', 'invalid'] as const) {
      const shown = shownError(makeError({ kind, executed: 'maybe' }))
      expect(shown).toEqual(errors.upstreamUnknown())
    }
    expect(shownError(makeError({ executed: 'yes' })).shouldRetry).toBe(false)
  })

  it('in words of its own, where it has some', ({ expect }) => {
    const shown = errors.invalid('size', 'Too wide.')
    expect(shownError(makeError({ shown, executed: 'maybe' }))).toBe(shown)
  })
})
