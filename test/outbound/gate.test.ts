import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { UpstreamErrorKind } from '../../src/core/provider.ts'
import { type Gate, type GateReport, newGate, reportTo, viewGate } from '../../src/outbound/gate.ts'

const T0 = 1_000_000
const OWN_FAULTS: UpstreamErrorKind[] = ['invalid', 'notfound', 'no_image']
const ACCOUNT: UpstreamErrorKind[] = ['auth', 'credit', 'account_blocked']
const TROUBLE: UpstreamErrorKind[] = ['capacity', 'transient', 'lost']

const reportOf = (kind: UpstreamErrorKind, over: Partial<GateReport> = {}): GateReport => ({
  kind,
  retryAfterMs: null,
  succeeded: 0,
  ...over,
})

/** The gate after equal reports, one each ms. */
const after = (count: number, report: GateReport, gate = newGate(), from = T0): Gate =>
  Array.from({ length: count }).reduce<Gate>((g, _, n) => reportTo(g, report, from + n), gate)

const isOpen = (gate: Gate, now: number): boolean => viewGate(gate, now).openUntil !== null

describe('the breaker', () => {
  it.for(TROUBLE)('opens for 10 s at the fifth failure within 30 s (%s)', (kind, { expect }) => {
    const four = after(4, reportOf(kind))
    expect(isOpen(four, T0 + 4)).toBe(false)
    expect(viewGate(reportTo(four, reportOf(kind), T0 + 4), T0 + 5).openUntil).toBe(T0 + 10_004)
    expect(isOpen(reportTo(four, reportOf(kind), T0 + 30_003), T0 + 30_003)).toBe(false)
  })

  it('stays shut while most calls go well', ({ expect }) => {
    expect(isOpen(after(50, reportOf('transient', { succeeded: 2 })), T0 + 50)).toBe(false)
    expect(isOpen(after(5, reportOf('transient', { succeeded: 1 })), T0 + 5)).toBe(true)
  })

  it('opens twice as long after a failed trial, up to 5 min, and forgets after 30 quiet seconds', ({
    expect,
  }) => {
    let gate = after(5, reportOf('transient'))
    const lengths: number[] = []
    for (let n = 0; n < 6; n++) {
      const now = gate.openUntil + 1
      gate = reportTo(gate, reportOf('transient'), now)
      lengths.push(gate.openUntil - now)
    }
    expect(lengths).toEqual([20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
    const quiet = gate.openUntil + 30_000
    expect(isOpen(reportTo(gate, reportOf('transient'), quiet), quiet)).toBe(false)
    expect(isOpen(after(5, reportOf('transient'), gate, quiet), quiet + 9999)).toBe(true)
    expect(isOpen(after(5, reportOf('transient'), gate, quiet), quiet + 10_004)).toBe(false)
  })

  it('is not held open by calls that were under way when it opened', ({ expect }) => {
    const gate = after(30, reportOf('transient'))
    expect(viewGate(gate, T0 + 30).openUntil).toBe(T0 + 10_004)
  })

  it.for(ACCOUNT)(
    'opens for a minute at once when the account is at fault (%s)',
    (kind, { expect }) => {
      expect(viewGate(after(1, reportOf(kind)), T0).openUntil).toBe(T0 + 60_000)
    },
  )

  it.for(OWN_FAULTS)(
    'takes no notice of what is one request’s own fault (%s)',
    (kind, { expect }) => {
      const gate = after(100, reportOf(kind))
      expect(viewGate(gate, T0 + 100)).toMatchObject({ openUntil: null, paceUntil: null })
      expect(gate.lastErrors[0]).toEqual({ at: T0 + 99, kind })
    },
  )
})

describe('the pace', () => {
  it.for([
    [null, 1000],
    [7000, 7000],
    [0, 0],
    [-5, 0],
    [3_600_000, 60_000],
  ] as const)('after a 429 with %j ms is kept for %j ms', ([retryAfterMs, ms], { expect }) => {
    const gate = after(1, reportOf('rate', { retryAfterMs }))
    expect(gate.paceUntil - T0).toBe(ms)
    expect(isOpen(after(100, reportOf('rate')), T0 + 100)).toBe(false)
  })

  it('is kept after a 503 that says how long, too', ({ expect }) => {
    expect(after(1, reportOf('capacity', { retryAfterMs: 5000 })).paceUntil).toBe(T0 + 5000)
  })
})

describe('whatever is told', () => {
  const report = fc.record({
    kind: fc.constantFrom(...OWN_FAULTS, ...ACCOUNT, ...TROUBLE, 'rate' as const),
    retryAfterMs: fc.option(fc.integer({ min: -1000, max: 10_000_000 })),
    succeeded: fc.nat(20),
  })
  const history = fc.array(fc.tuple(report, fc.nat(40_000)), { maxLength: 80 })

  it('times move forward only, and never far', ({ expect }) => {
    fc.assert(
      fc.property(history, (steps) => {
        let gate = newGate()
        let now = T0
        for (const [told, pause] of steps) {
          now += pause
          const next = reportTo(gate, told, now)
          expect(next.openUntil).toBeGreaterThanOrEqual(gate.openUntil)
          expect(next.paceUntil).toBeGreaterThanOrEqual(gate.paceUntil)
          expect(next.openUntil).toBeLessThanOrEqual(now + 300_000)
          expect(next.paceUntil).toBeLessThanOrEqual(now + 60_000)
          gate = next
        }
        expect(viewGate(gate, now + 300_000)).toMatchObject({ openUntil: null, paceUntil: null })
      }),
    )
  })

  it('what is kept stays small and plain', ({ expect }) => {
    fc.assert(
      fc.property(history, (steps) => {
        const gate = steps.reduce((g, [told], n) => reportTo(g, told, T0 + n), newGate())
        expect(JSON.stringify(gate).length).toBeLessThan(4096)
        expect(JSON.parse(JSON.stringify(gate))).toEqual(gate)
      }),
    )
  })

  it('nothing opens without five failures or an account at fault', ({ expect }) => {
    const harmless = report.filter(({ kind }) => !ACCOUNT.includes(kind))
    fc.assert(
      fc.property(fc.array(harmless, { maxLength: 30 }), (reports) => {
        let gate = newGate()
        for (const [n, told] of reports.entries()) gate = reportTo(gate, told, T0 + n)
        const failures = reports.filter(({ kind }) => TROUBLE.includes(kind)).length
        if (failures < 5) expect(isOpen(gate, T0)).toBe(false)
      }),
    )
  })
})
