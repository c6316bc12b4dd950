import { reset, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, it, vi } from 'vitest'
import { account, ask } from '../support/client.ts'
import { jobObject, keptBy, NOTHING } from '../support/storage.ts'
import { ended, enqueue, idsOf } from './oxen.ts'

afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await reset()
})

const SLOW = { model: 'sketch-slow-priced' }
const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** The isolate dies before it makes more jobs than these. */
function dieAfter(jobs: number): void {
  const real = env.JOBS.getByName.bind(env.JOBS)
  let calls = 0
  vi.spyOn(env.JOBS, 'getByName').mockImplementation((name) => {
    calls += 1
    if (calls > jobs) throw new Error('the isolate is gone')
    return real(name)
  })
}

const balanceOf = async (key: string) => (await ask('/v1/balance', { key })).json

// The jobs take 3 s, and the machine may be busy.
describe('the money of a request for several generations', { timeout: 20_000 }, () => {
  it('is there for all of them, or none is made', async ({ expect }) => {
    const { key } = await account({ balance_usd: 0.1 })
    const refused = await enqueue(key, { model: 'sketch-priced', num_generations: 3 })
    expect([refused.status, refused.json.error.message]).toEqual([402, 'Insufficient credits'])
    expect(await balanceOf(key)).toEqual({ balance_usd: 0.1, reserved_usd: 0 })
    expect((await ask('/v1/jobs', { key })).json.data).toEqual([])
    expect(idsOf(await enqueue(key, { model: 'sketch-priced', num_generations: 2 }))).toHaveLength(
      2,
    )
  })

  it('is held to the most that the request may cost, all of it together', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const body = { model: 'sketch-priced', num_generations: 3 }
    const refused = await enqueue(key, { ...body, gateway: { max_cost_usd: 0.11 } })
    expect(refused.status).toBe(402)
    expect(refused.json.error.detail).toContain('0.12, more than gateway.max_cost_usd 0.11')
    expect((await enqueue(key, { ...body, gateway: { max_cost_usd: 0.12 } })).status).toBe(200)
  })

  it('is quoted as the sum of what the generations cost, each of them rounded up by itself', async ({
    expect,
  }) => {
    // 13333.2 micro-dollars for each of them.
    const { key } = await account({ balance_usd: 1, multiplier: 0.33333 })
    const body = { model: 'sketch-priced', num_generations: 4, size: '64x64' }
    const quoted = await enqueue(key, { ...body, gateway: { dry_run: true } })
    expect(quoted.json).toMatchObject({ worst_cost_usd: 0.053336, n: 4, upstream_calls: 4 })
    const less = await enqueue(key, { ...body, gateway: { max_cost_usd: 0.053335 } })
    expect(less.status).toBe(402)
    expect(less.json.error.detail).toContain('n 3, at most USD 0.040002')
    const made = await enqueue(key, { ...body, gateway: { max_cost_usd: 0.053336 } })
    await Promise.all(idsOf(made).map((id) => ended(key, id)))
    expect(await balanceOf(key)).toEqual({ balance_usd: 0.946664, reserved_usd: 0 })
  })

  it('goes, of twelve requests at once, to as many whole ones as it is enough for', async ({
    expect,
  }) => {
    const { key } = await account({ balance_usd: 0.5 })
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        enqueue(key, { model: 'sketch-priced', num_generations: 4, size: '64x64' }),
      ),
    )
    const made = answers.filter(({ status }) => status === 200)
    expect(made).toHaveLength(3)
    expect(answers.filter(({ status }) => status === 402)).toHaveLength(9)
    await Promise.all(made.flatMap(idsOf).map((id) => ended(key, id)))
    expect(await balanceOf(key)).toEqual({ balance_usd: 0.02, reserved_usd: 0 })
  })

  it('is spent once by one Idempotency-Key, whose repeats have the same ids', async ({
    expect,
  }) => {
    const { key } = await account({ balance_usd: 1 })
    const headers = { 'idempotency-key': 'k' }
    const body = { model: 'sketch-priced', num_generations: 3, size: '64x64', input_image: PNG }
    const answers = await Promise.all([1, 2, 3].map(() => enqueue(key, body, headers)))
    const [ids, ...repeats] = answers.map(idsOf)
    expect(repeats).toEqual([ids, ids])
    await Promise.all(ids!.map((id) => ended(key, id)))
    const late = await enqueue(key, body, headers)
    expect(idsOf(late)).toEqual(ids)
    expect(late.headers.get('idempotency-replayed')).toBe('true')
    expect(late.json.generations[0].status).toBe('succeeded')
    expect((await balanceOf(key)).balance_usd).toBe(0.88)
    const other = await enqueue(key, { ...body, num_generations: 2 }, headers)
    expect([other.status, other.json.error.type]).toEqual([422, 'idempotency_key_reused'])
  })

  it('is released for jobs that the gateway did not live to make, and those leave nothing', async ({
    expect,
  }) => {
    const { key, tenant } = await account({ balance_usd: 1 })
    dieAfter(1)
    expect((await enqueue(key, { ...SLOW, num_generations: 4 })).status).toBe(500)
    vi.restoreAllMocks()
    expect(await balanceOf(key)).toEqual({ balance_usd: 1, reserved_usd: 0.16 })
    const { data } = (await ask('/v1/jobs', { key })).json
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    await runDurableObjectAlarm(env.TENANTS.getByName(tenant))
    vi.useRealTimers()
    expect(await balanceOf(key)).toEqual({ balance_usd: 1, reserved_usd: 0.04 })
    const listed = (await ask('/v1/jobs', { key })).json.data
    expect([data.length, listed.length]).toEqual([4, 1])
    for (const { id } of data)
      if (id !== listed[0].id) expect(await keptBy(jobObject(id))).toEqual(NOTHING)
  })

  it('is not lost, nor the ids, when the gateway dies before all jobs are made', async ({
    expect,
  }) => {
    const { key } = await account({ balance_usd: 1 })
    const headers = { 'idempotency-key': 'k' }
    const body = { ...SLOW, num_generations: 3 }
    dieAfter(1)
    expect((await enqueue(key, body, headers)).status).toBe(500)
    vi.restoreAllMocks()
    expect(await balanceOf(key)).toEqual({ balance_usd: 1, reserved_usd: 0.12 })
    const again = await enqueue(key, body, headers)
    expect(await balanceOf(key)).toEqual({ balance_usd: 1, reserved_usd: 0.12 })
    const all = await Promise.all(idsOf(again).map((id) => ended(key, id)))
    expect(all.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded'])
    expect(await balanceOf(key)).toEqual({ balance_usd: 0.88, reserved_usd: 0 })
  })
})
