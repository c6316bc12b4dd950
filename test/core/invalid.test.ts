import fc from 'fast-check'
import { describe, it } from 'vitest'
import { advance } from '../../src/core/advance.ts'
import { errors } from '../../src/core/error.ts'
import { newJob, type JobEvent, type Terms } from '../../src/core/job-state.ts'
import { FREE } from '../../src/core/price.ts'
import { gateway } from '../models/inputs.ts'

const invalid = errors.invalid('seed', 'expected a whole number')
const terms: Terms = { routes: [], price: FREE, onUnknown: 'auto', invalid }
const plan = { model: 'm', routes: [], parts: [1], price: FREE, warnings: [], usualSeconds: 1 }

const EVENTS: JobEvent[] = [
  { type: 'admitted', position: null },
  { type: 'admitted', position: 3 },
  { type: 'woken' },
  { type: 'cancel' },
  { type: 'settle_failed' },
  { type: 'settled' },
]

describe('a job whose request was found wrong', () => {
  it('asks for its admission, fails at its first step, and calls nobody', ({ expect }) => {
    const asked = advance(newJob(plan, gateway, 1000, 0), { type: 'woken' }, terms, 1)
    expect(asked.effects).toEqual([{ type: 'reserve' }])
    const admitted = advance(asked.state, EVENTS[0]!, terms, 2)
    expect([admitted.state.status, admitted.effects]).toEqual(['queued', []])
    const failed = advance(admitted.state, { type: 'woken' }, terms, 3)
    expect(failed.effects).toEqual([{ type: 'settle' }])
    expect(failed.state).toMatchObject({
      status: 'failed',
      error: invalid,
      charge: 0,
      startedAt: null,
      endedAt: 3,
    })
  })

  it('has no attempt and no charge in any history', ({ expect }) => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 12 }), (history) => {
        let state = newJob(plan, gateway, 1000, 0)
        for (const [now, event] of history.entries()) {
          const next = advance(state, event, terms, now)
          state = next.state
          expect(next.effects.filter(({ type }) => type === 'submit')).toEqual([])
          expect([state.attempts, state.charge ?? 0]).toEqual([[], 0])
        }
      }),
    )
  })
})
