import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, it, vi } from 'vitest'
import { newJobId, type JobId } from '../../src/core/ids.ts'
import { codeOf, limited, watchWakes } from './limited.ts'
import { made as shown } from './family.ts'
import { DAY_MS, settlementOf } from './tenant.ts'

type Tenant = Awaited<ReturnType<typeof limited>>['tenant']

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

const LATER = { mayWait: true }

describe('a slot', () => {
  it('that is not free is waited for in order, up to the length of the queue', async ({
    expect,
  }) => {
    const woken = watchWakes()
    const { ask, tenant } = await limited({ running: 1, queued: 2 })
    const [first, second, third] = [newJobId(), newJobId(), newJobId()]
    expect(await ask({ job: first })).toMatchObject({ ok: true, position: null })
    expect(await ask({ job: second, ...LATER })).toMatchObject({ ok: true, position: 1 })
    expect(await ask({ job: third, ...LATER })).toMatchObject({ ok: true, position: 2 })
    expect(await ask(LATER)).toMatchObject({ refusal: { status: 429 } })
    await tenant.settle(settlementOf(first, { charge: 0 }))
    expect(woken).toEqual([second])
    expect(await ask({ job: second, ...LATER })).toMatchObject({ position: null })
    expect(await ask({ job: third, ...LATER })).toMatchObject({ position: 1 })
  })

  it('is not waited for by a caller that waits itself', async ({ expect }) => {
    const { ask } = await limited({ running: 1 })
    await ask()
    const refused = await ask({ usualSeconds: 11.2 })
    expect(refused).toMatchObject({
      refusal: { status: 429, code: 'rate_limit_exceeded', retryAfterSeconds: 12 },
    })
    expect(codeOf(await ask(LATER))).toBe('ok')
  })

  it('of a key is kept from no other key, and the tenant has the last word', async ({ expect }) => {
    const { ask, keyOf } = await limited({ running: 2 }, { limits: { running: 1, queued: 0 } })
    const other = await keyOf({})
    expect(codeOf(await ask())).toBe('ok')
    expect(codeOf(await ask(LATER))).toBe('rate_limit_exceeded')
    expect(await ask({}, other)).toMatchObject({ ok: true, position: null })
    expect(await ask(LATER, other)).toMatchObject({ ok: true, position: 1 })
  })

  it('of a key is waited for behind those that wait for it, not behind those of other keys', async ({
    expect,
  }) => {
    const { ask, keyOf } = await limited({ running: 10 }, { limits: { running: 1 } })
    const other = await keyOf({ limits: { running: 1 } })
    for (const by of [undefined, other, other, other]) await ask(LATER, by)
    expect(await ask(LATER)).toMatchObject({ position: 1 })
    expect(await ask(LATER)).toMatchObject({ position: 2 })
    expect(await ask(LATER, other)).toMatchObject({ position: 3 })
  })

  it('of the tenant for live jobs is not held by the test jobs of a key whose id has that word in it', async ({
    expect,
  }) => {
    const { ask, keyOf, tenant, id } = await limited({ running: 1 })
    const made = await keyOf({ livemode: false })
    const named = `${id}1live2`
    await runInDurableObject(tenant, (_, { storage }) => {
      storage.sql.exec('UPDATE key SET id = ? WHERE id = ?', named, made)
    })
    expect(await ask({ livemode: false, ...LATER }, named)).toMatchObject({ position: null })
    expect(await ask(LATER)).toMatchObject({ position: null })
    expect(await ask(LATER)).toMatchObject({ position: 1 })
    expect(await ask({ livemode: false, ...LATER }, named)).toMatchObject({ position: 1 })
  })

  it('of one mode comes to no job of the other', async ({ expect }) => {
    const woken = watchWakes()
    const { ask, keyOf, tenant } = await limited({ running: 1 })
    const tester = await keyOf({ livemode: false })
    const [live, test, nextLive, nextTest] = [newJobId(), newJobId(), newJobId(), newJobId()]
    const askTest = (job: JobId) => ask({ job, livemode: false, ...LATER }, tester)
    await ask({ job: live, ...LATER })
    await askTest(test)
    expect(await askTest(nextTest)).toMatchObject({ position: 1 })
    await tenant.settle(settlementOf(live, { charge: 0 }))
    expect(woken).toEqual([])
    expect(await askTest(nextTest)).toMatchObject({ position: 1 })
    expect(await ask({ job: nextLive, ...LATER })).toMatchObject({ position: null })
    await tenant.settle(settlementOf(test, { charge: 0 }))
    expect(woken).toEqual([nextTest])
  })

  it('goes to the next by the sweep when its job is gone, which may also be not made yet', async ({
    expect,
  }) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { ask, tenant } = await limited({ running: 1 })
    const [first, dead, third] = [newJobId(), newJobId(), newJobId()]
    for (const job of [first, dead, third]) await ask({ job, ...LATER })
    const woken: string[] = []
    vi.spyOn(env.JOBS, 'getByName').mockImplementation(((job: string) => ({
      wake: async () => {
        woken.push(job)
        return job !== dead
      },
    })) as unknown as typeof env.JOBS.getByName)
    await tenant.settle(settlementOf(first, { charge: 0 }))
    expect(woken).toEqual([dead])
    expect(await ask({ job: third, ...LATER })).toMatchObject({ position: 1 })
    vi.setSystemTime(Date.now() + 60_000)
    await runDurableObjectAlarm(tenant)
    vi.useRealTimers()
    expect(woken).toEqual([dead, dead, third, third])
    expect(await ask({ job: third, ...LATER })).toMatchObject({ position: null })
  })

  it('is given by a limit that was raised or lifted', async ({ expect }) => {
    const woken = watchWakes()
    const { ask, tenant, keyId } = await limited({ running: 1 }, { limits: { running: 2 } })
    const jobs = Array.from({ length: 4 }, newJobId)
    for (const job of jobs) await ask({ job, ...LATER })
    await tenant.update({ limits: { running: null } })
    expect(woken).toEqual(jobs.slice(1, 2))
    await tenant.updateKey(keyId, { limits: { running: 4 } })
    expect(woken).toEqual(jobs.slice(1))
  })

  it('whose wake was lost is told of again by the sweep', async ({ expect }) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    let isLost = true
    const woken = watchWakes(() => isLost)
    const { ask, tenant } = await limited({ running: 1 })
    const [first, second] = [newJobId(), newJobId()]
    for (const job of [first, second]) await ask({ job, ...LATER })
    await tenant.settle(settlementOf(first, { charge: 0 }))
    isLost = false
    vi.setSystemTime(Date.now() + 60_000)
    await runDurableObjectAlarm(tenant)
    vi.useRealTimers()
    expect(woken).toEqual([second])
  })

  it.for<[string, (tenant: Tenant, id: string) => Promise<unknown>]>([
    ['was rotated', (tenant, id) => tenant.rotateKey(id, 0)],
    ['has expired', (tenant, id) => tenant.updateKey(id, { expiresAt: 1 })],
  ])('comes to a job that was accepted, though its key %s', async ([, end], { expect }) => {
    const woken = watchWakes()
    const { ask, tenant, keyId } = await limited({ running: 1 })
    const [first, second] = [newJobId(), newJobId()]
    await ask({ job: first })
    await ask({ job: second, ...LATER })
    await end(tenant, keyId)
    const told = { job: second, acknowledged: true, ...LATER }
    expect(await ask(told)).toEqual({ ok: true, position: 1 })
    await tenant.settle(settlementOf(first, { charge: 0 }))
    expect(woken).toEqual([second])
    expect(await ask(told)).toEqual({ ok: true, position: null })
    expect(await ask(LATER)).toMatchObject({ refusal: { status: 401 } })
  })

  it('of a key that was rotated is given by the limits of its heir', async ({ expect }) => {
    const woken = watchWakes()
    const { ask, tenant, keyId } = await limited({}, { limits: { running: 1 } })
    const [first, second] = [newJobId(), newJobId()]
    await ask({ job: first })
    await ask({ job: second, ...LATER })
    const heir = shown(await tenant.rotateKey(keyId, 0))
    expect(await ask(LATER, heir.id)).toMatchObject({ position: 2 })
    await tenant.updateKey(heir.id, { limits: { running: 2 } })
    expect(woken).toEqual([second])
  })

  it('of a child whose parent is revoked starts nothing', async ({ expect }) => {
    const { ask, tenant, keyId } = await limited({ running: 1 })
    const wish = { name: 'child', livemode: true, expiresAt: Date.now() + DAY_MS }
    const child = shown(await tenant.mintKey(keyId, wish))
    const told = { job: newJobId(), acknowledged: true, ...LATER }
    await ask()
    expect(await ask(told, child.id)).toMatchObject({ position: 1 })
    await tenant.revokeKey(keyId)
    expect(await ask(told, child.id)).toMatchObject({ refusal: { status: 401 } })
  })

  it('of a revoked key starts nothing, and is given on', async ({ expect }) => {
    const woken = watchWakes()
    const { ask, tenant, keyId, keyOf } = await limited({ running: 1 })
    const [first, second, third] = [newJobId(), newJobId(), newJobId()]
    const other = await keyOf({})
    await ask({ job: first }, other)
    await ask({ job: second, ...LATER })
    await ask({ job: third, ...LATER }, other)
    await tenant.revokeKey(keyId)
    await tenant.settle(settlementOf(first, { charge: 0 }))
    const refused = await ask({ job: second, acknowledged: true, ...LATER })
    expect(refused).toMatchObject({ refusal: { status: 401 } })
    await tenant.settle(settlementOf(second, { charge: 0 }))
    expect(woken).toEqual([second, third])
  })
})
