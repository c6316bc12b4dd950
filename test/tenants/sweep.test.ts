import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import { idempotency, newTenant, repeat, reservationOf, seed, settlementOf } from './tenant.ts'

const MINUTE_MS = 60_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await reset()
})

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)

/** Jobs that are woken from here on; `wake` says whether there is such a job. */
function watchWakes(wake: (job: string) => Promise<boolean> = async () => true): string[] {
  const woken: string[] = []
  const answer = (job: string) => ({
    wake: () => {
      woken.push(job)
      return wake(job)
    },
  })
  vi.spyOn(env.JOBS, 'getByName').mockImplementation(answer as unknown as typeof env.JOBS.getByName)
  return woken
}

type Tenant = Awaited<ReturnType<typeof newTenant>>['tenant']

const alarmOf = (tenant: Tenant) =>
  runInDurableObject(tenant, (_, { storage }) => storage.getAlarm())

async function openJobs(count: number) {
  const made = await newTenant({ balance: null })
  const jobs: string[] = []
  for (let n = 0; n < count; n++) {
    const r = reservationOf(made.keyId)
    await made.tenant.reserve(r)
    jobs.push(r.job)
  }
  return { ...made, jobs }
}

describe('the sweep', () => {
  it('wakes jobs that have been open for a minute, and no others', async ({ expect }) => {
    const woken = watchWakes()
    const { tenant, keyId, jobs } = await openJobs(3)
    await tenant.settle(settlementOf(jobs[1]!))
    later(MINUTE_MS)
    await tenant.reserve(reservationOf(keyId))
    await runDurableObjectAlarm(tenant)
    expect(woken.toSorted()).toEqual([jobs[0]!, jobs[2]!].toSorted())
  })

  it('comes every minute while a reservation is open, and then stops', async ({ expect }) => {
    const woken = watchWakes()
    const { tenant, jobs } = await openJobs(1)
    for (let sweeps = 1; sweeps <= 3; sweeps++) {
      expect(await alarmOf(tenant)).toBe(Date.now() + MINUTE_MS)
      later(MINUTE_MS)
      await runDurableObjectAlarm(tenant)
      expect(woken).toHaveLength(sweeps)
    }
    await tenant.settle(settlementOf(jobs[0]!))
    expect(await runDurableObjectAlarm(tenant)).toBe(true)
    expect(await alarmOf(tenant)).toBeNull()
    expect(woken).toHaveLength(3)
  })

  it('releases what is held for a job that does not exist', async ({ expect }) => {
    watchWakes(async () => false)
    const { tenant, keyId } = await newTenant({ balance: 10_000_000 })
    await tenant.reserve(reservationOf(keyId))
    later(MINUTE_MS)
    await runDurableObjectAlarm(tenant)
    expect(await tenant.balance()).toEqual({ balance: 10_000_000, reserved: 0 })
    expect((await tenant.list({ livemode: true, limit: 10 }))!.data).toEqual([])
  })

  it('comes once more when rows have had their time, although nothing is open', async ({
    expect,
  }) => {
    watchWakes()
    const { tenant, keyId } = await newTenant()
    const r = reservationOf(keyId, { reuse: [seed('s', 2 * MINUTE_MS)] })
    await tenant.reserve(r)
    await tenant.settle(settlementOf(r.job))
    later(MINUTE_MS)
    await runDurableObjectAlarm(tenant)
    expect(await alarmOf(tenant)).toBe(Date.now() + 61 * MINUTE_MS)
  })

  it('is not put off by the jobs that keep coming', async ({ expect }) => {
    const { tenant, keyId } = await openJobs(1)
    const due = await alarmOf(tenant)
    later(30_000)
    await tenant.reserve(reservationOf(keyId))
    await evictDurableObject(tenant)
    await tenant.reserve(reservationOf(keyId))
    expect(await alarmOf(tenant)).toBe(due)
  })

  it('is set again by the next job when the platform missed it', async ({ expect }) => {
    const { tenant, keyId } = await openJobs(1)
    await runInDurableObject(tenant, (_, { storage }) => storage.deleteAlarm())
    await tenant.reserve(reservationOf(keyId))
    expect(await alarmOf(tenant)).toBe(Date.now() + MINUTE_MS)
  })

  it('wakes at most 40 jobs, and those that waited longest first', async ({ expect }) => {
    const woken = watchWakes()
    const { tenant, jobs } = await openJobs(50)
    later(MINUTE_MS)
    await runDurableObjectAlarm(tenant)
    expect(woken).toHaveLength(40)
    later(MINUTE_MS)
    await runDurableObjectAlarm(tenant)
    expect(woken).toHaveLength(80)
    expect([...new Set(woken)].toSorted()).toEqual(jobs.toSorted())
  })

  it('goes on when jobs cannot be woken', async ({ expect }) => {
    const { tenant, jobs } = await openJobs(3)
    const woken = watchWakes(async (job) => {
      if (job !== jobs[2]) throw new Error('overloaded')
      return true
    })
    later(MINUTE_MS)
    expect(await runDurableObjectAlarm(tenant)).toBe(true)
    expect(woken).toHaveLength(3)
    expect(await alarmOf(tenant)).toBe(Date.now() + MINUTE_MS)
  })

  it('comes again in a minute when it broke', async ({ expect }) => {
    const woken = watchWakes()
    const { tenant } = await openJobs(1)
    const rename = (from: string, to: string) =>
      runInDurableObject(tenant, (_, { storage }) => {
        storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`)
      })
    await rename('rate', 'away')
    later(MINUTE_MS)
    await runDurableObjectAlarm(tenant)
    expect([woken, await alarmOf(tenant)]).toEqual([[], Date.now() + MINUTE_MS])
    await rename('away', 'rate')
    later(MINUTE_MS)
    await runDurableObjectAlarm(tenant)
    expect(woken).toHaveLength(1)
  })

  it('deletes reuse rows that have had their time, but those still needed', async ({ expect }) => {
    watchWakes()
    const { tenant, keyId } = await newTenant()
    const asked = { reuse: [idempotency('k', 'a cat', 1), seed('s', 1), repeat(0)] }
    const [running, ended] = [reservationOf(keyId, asked), reservationOf(keyId, asked)]
    // Both are admitted: without the claims of the first, the second would join it.
    ended.reuse = [idempotency('other', 'a dog', 1), seed('other', 1), repeat(0)]
    for (const r of [running, ended]) await tenant.reserve(r)
    await tenant.late(ended.job)
    await tenant.settle(settlementOf(ended.job))
    await tenant.forget(ended.job)
    later(25 * 60 * MINUTE_MS)
    await runDurableObjectAlarm(tenant)
    const rows = await runInDurableObject(tenant, (_, { storage }) =>
      storage.sql.exec('SELECT kind, job FROM reuse ORDER BY kind').toArray(),
    )
    expect(rows).toEqual([
      { kind: 'idempotency', job: running.job },
      { kind: 'repeat', job: running.job },
    ])
  })
})
