import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, it, vi } from 'vitest'
import { account, ask } from '../support/client.ts'
import { everyEnd } from '../support/every-end.ts'
import { jobObject, keptBy, NOTHING, storedOf } from '../support/storage.ts'

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

const DAY_MS = 24 * 3600_000
const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })

const rowsOf = (tenant: string) =>
  runInDurableObject(env.TENANTS.getByName(tenant), (_, { storage }) =>
    Object.fromEntries(
      ['job_index', 'reservation', 'reuse', 'ledger'].map((table) => [
        table,
        storage.sql.exec(`SELECT 1 FROM ${table}`).toArray().length,
      ]),
    ),
  )

describe('when their time is over', { timeout: 30_000 }, () => {
  it('jobs of every end are gone, with images, partial images, inputs and rows', async ({
    expect,
  }) => {
    const { tenant, key } = await account({ balance_usd: 10, retention_seconds: 300 })
    const ids = await everyEnd(key)
    for (const [end, id] of Object.entries(ids)) {
      const { status } = (await ask(`/v1/jobs/${id}`, { key })).json
      await expect.poll(async () => (await keptBy(jobObject(id))).alarm).not.toBeNull()
      expect(status).toBe(end === 'edited' || end === 'streamed' ? 'succeeded' : end)
    }
    const before = await storedOf(tenant)
    for (const kind of ['images', 'partials', 'inputs'])
      expect(before.filter((stored) => stored.startsWith(kind))).not.toEqual([])

    later(DAY_MS)
    for (const id of Object.values(ids)) {
      await runDurableObjectAlarm(jobObject(id))
      expect(await keptBy(jobObject(id))).toEqual(NOTHING)
      expect((await ask(`/v1/jobs/${id}`, { key })).status).toBe(404)
    }
    expect(await storedOf(tenant)).toEqual([])
    expect((await ask('/v1/jobs', { key })).json.data).toEqual([])
    expect(await rowsOf(tenant)).toMatchObject({ job_index: 0 })

    // Late calls find a closed reservation for a day more; the ledger is kept.
    later(2 * DAY_MS)
    await runDurableObjectAlarm(env.TENANTS.getByName(tenant))
    expect(await rowsOf(tenant)).toEqual({ job_index: 0, reservation: 0, reuse: 0, ledger: 4 })
  })
})
