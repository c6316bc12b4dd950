import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, it } from 'vitest'
import type { GateReport, GateView } from '../../src/outbound/gate.ts'
import { gateOf, noteSuccess, reportFailure } from '../../src/outbound/gate-cache.ts'

afterEach(reset)

/** The cache is the isolate's: each test has its own credential. */
const newCredential = (): string => `lab.${crypto.randomUUID()}`
const NOW = 1_000_000
const transient = { kind: 'transient', retryAfterMs: null } as const
const rate = { kind: 'rate', retryAfterMs: 8000 } as const

/** Gates that answer `view` and keep what they were asked. */
function scriptedGates(view: Partial<GateView> | Promise<never>) {
  const asked: string[] = []
  const answer = () =>
    view instanceof Promise
      ? view
      : Promise.resolve({ openUntil: null, paceUntil: null, lastErrors: [], ...view })
  const stub = {
    state: () => (asked.push('state'), answer()),
    report: ({ kind, succeeded }: GateReport) => (asked.push(`${kind} ${succeeded}`), answer()),
  }
  const gates = { getByName: () => stub } as unknown as Pick<Env['GATES'], 'getByName'>
  return { gates, asked }
}

describe('a job before its call', () => {
  it('asks nobody as long as calls go well', async ({ expect }) => {
    const { gates, asked } = scriptedGates({})
    const credential = newCredential()
    for (let n = 0; n < 100; n++) {
      expect(await gateOf(gates, credential, NOW + n * 1000)).toMatchObject({ openUntil: null })
      noteSuccess(credential, NOW + n * 1000)
    }
    expect(asked).toEqual([])
  })

  it('after a failure here asks once in 5 s, and no more after 30 quiet ones', async ({
    expect,
  }) => {
    const { gates, asked } = scriptedGates({})
    const credential = newCredential()
    await reportFailure(gates, credential, transient, NOW)
    for (let ms = 0; ms <= 120_000; ms += 100) await gateOf(gates, credential, NOW + ms)
    expect(asked).toEqual(['transient 0', ...Array<string>(5).fill('state')])
  })

  it('goes on asking for as long as the gate is shut to it', async ({ expect }) => {
    const { gates, asked } = scriptedGates({ openUntil: NOW + 300_000 })
    const credential = newCredential()
    await reportFailure(gates, credential, transient, NOW)
    expect((await gateOf(gates, credential, NOW + 200_000)).openUntil).toBe(NOW + 300_000)
    expect((await gateOf(gates, credential, NOW + 300_000)).openUntil).toBeNull()
    expect(asked).toEqual(['transient 0', 'state', 'state'])
  })

  it('tells with a failure how many calls went well lately', async ({ expect }) => {
    const { gates, asked } = scriptedGates({})
    const credential = newCredential()
    noteSuccess(credential, NOW)
    for (let n = 0; n < 3; n++) noteSuccess(credential, NOW + 40_000)
    await reportFailure(gates, credential, transient, NOW + 41_000)
    await reportFailure(gates, credential, transient, NOW + 42_000)
    noteSuccess(credential, NOW + 42_000)
    await reportFailure(gates, credential, transient, NOW + 90_000)
    expect(asked).toEqual(['transient 3', 'transient 0', 'transient 0'])
  })

  it('goes on when the gate fails or does not answer', async ({ expect }) => {
    const broken = scriptedGates(Promise.reject(new Error('Network connection lost.')))
    const silent = scriptedGates(new Promise<never>(() => {}))
    for (const { gates } of [broken, silent]) {
      const credential = newCredential()
      const quiet = { openUntil: null, paceUntil: null, lastErrors: [] }
      expect(await reportFailure(gates, credential, transient, NOW)).toEqual(quiet)
      expect(await gateOf(gates, credential, NOW + 6000)).toEqual(quiet)
    }
  })
})

describe('a gate', () => {
  it('tells each isolate what all have told, also after an eviction', async ({ expect }) => {
    const name = newCredential()
    const gate = env.GATES.getByName(name)
    for (let n = 0; n < 4; n++) await gate.report({ ...transient, succeeded: 0 })
    await evictDurableObject(gate)
    const now = Date.now()
    const view = await reportFailure(env.GATES, name, transient, now)
    expect(view.openUntil).toBeGreaterThan(now)
    expect(view.lastErrors).toHaveLength(5)
    expect((await gateOf(env.GATES, name, now)).openUntil).toBe(view.openUntil)
    expect(await gate.state()).toEqual(view)
  })

  it('keeps the pace that an upstream asked for', async ({ expect }) => {
    const now = Date.now()
    const view = await reportFailure(env.GATES, newCredential(), rate, now)
    expect(view.paceUntil! - now).toBeGreaterThanOrEqual(8000)
    expect(view.openUntil).toBeNull()
  })

  it('that nobody told anything stores nothing', async ({ expect }) => {
    const gate = env.GATES.getByName(newCredential())
    expect(await gate.state()).toEqual({ openUntil: null, paceUntil: null, lastErrors: [] })
    const kept = await runInDurableObject(gate, (_, { storage }) => [
      ...storage.sql.exec('SELECT name FROM sqlite_master').toArray(),
      ...storage.kv.list(),
    ])
    expect(kept).toEqual([])
  })
})
