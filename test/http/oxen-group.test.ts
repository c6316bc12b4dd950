import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, it, vi } from 'vitest'
import { account, ask, type Answer } from '../support/client.ts'
import { storedOf } from '../support/storage.ts'
import { ended, enqueue, idsOf } from './oxen.ts'

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

const SLOW = { model: 'sketch-slow-priced' }
const QUICK = { model: 'sketch-priced', size: '64x64' }
const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const OVERLOADED = { overloaded: true }

const balanceOf = async (key: string) => (await ask('/v1/balance', { key })).json

const failure = (marks: object): Error => Object.assign(new Error('out of order'), marks)

/** The nth job that is made cannot be reached, this time. */
function breakJob(nth: number, marks: object): void {
  const real = env.JOBS.getByName.bind(env.JOBS)
  let calls = 0
  vi.spyOn(env.JOBS, 'getByName').mockImplementation((name) => {
    calls += 1
    if (calls === nth) throw failure(marks)
    return real(name)
  })
}

/** The tenant does not take the nth question for money. */
function breakReserve(nth: number, marks: object): void {
  const real = env.TENANTS.getByName.bind(env.TENANTS)
  let asked = 0
  vi.spyOn(env.TENANTS, 'getByName').mockImplementation((name) => {
    const stub = real(name)
    return new Proxy(stub, {
      get(target, method: keyof typeof stub) {
        if (method !== 'reserve') return target[method]
        asked += 1
        if (asked !== nth) return (r: Parameters<typeof stub.reserve>[0]) => stub.reserve(r)
        return async () => {
          throw failure(marks)
        }
      },
    })
  })
}

const left = ({ headers }: Answer) => headers.get('x-ratelimit-remaining-requests')

// The jobs take 3 s, and the machine may be busy.
describe('generations beyond a limit', () => {
  it('of a minute are a bad request, and what is left is told beside any answer', async ({
    expect,
  }) => {
    const { key } = await account({ limits: { requests_per_minute: 3 } })
    const never = await enqueue(key, { ...QUICK, num_generations: 4 })
    expect([never.status, left(never), never.headers.get('retry-after')]).toEqual([400, '3', null])
    expect(JSON.stringify(never.json)).toContain('This tenant may make at most 3 jobs per minute.')
    const two = await enqueue(key, { ...QUICK, num_generations: 2 })
    expect([two.status, left(two)]).toEqual([200, '1'])
    const late = await enqueue(key, { ...QUICK, num_generations: 2 })
    expect([late.status, left(late)]).toEqual([429, '1'])
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(30)
  })
})

describe(
  'a request for several generations of which one cannot be made',
  { timeout: 20_000 },
  () => {
    it.for<[string, number, object, number]>([
      ['the third', 3, {}, 500],
      ['the third, overloaded', 3, OVERLOADED, 503],
      ['the first', 1, {}, 500],
      ['the first, overloaded', 1, OVERLOADED, 503],
    ])('makes none, pays for none, and asks for no repeat: %s', async (row, { expect }) => {
      const [, nth, marks, status] = row
      const { key, tenant } = await account({ balance_usd: 1 })
      breakJob(nth, marks)
      const failed = await enqueue(key, { ...SLOW, num_generations: 4, input_image: PNG })
      expect(failed.status).toBe(status)
      expect(failed.headers.get('x-should-retry')).toBe('false')
      expect(failed.headers.get('retry-after')).toBeNull()
      const jobs = (await ask('/v1/jobs', { key })).json.data
      const made = jobs.filter((one: { status: string }) => one.status === 'cancelled')
      expect(made).toHaveLength(nth === 1 ? 0 : 3)
      // What is held for the one that was never made goes with the next sweep.
      const reserved_usd = nth === 1 ? 0 : 0.04
      expect(await balanceOf(key)).toEqual({ balance_usd: 1, reserved_usd })
      // Those of cancelled jobs are kept as long as the jobs.
      const stored = (await storedOf(tenant)).filter((one) => one.startsWith('inputs/'))
      expect(stored.map((one) => one.slice(-2))).toEqual(nth === 1 ? [] : ['/0', '.1', '.3'])
    })

    it.for<[string, () => void, number]>([
      ['its object', () => breakJob(3, {}), 500],
      ['its overloaded object', () => breakJob(2, OVERLOADED), 503],
      ['the overloaded tenant', () => breakReserve(2, OVERLOADED), 503],
    ])('makes all of them when its Idempotency-Key comes again: %s', async (row, { expect }) => {
      const [, fail, status] = row
      const { key } = await account({ balance_usd: 1 })
      const headers = { 'idempotency-key': 'k' }
      const body = { ...QUICK, num_generations: 3, input_image: PNG }
      fail()
      const failed = await enqueue(key, body, headers)
      expect([failed.status, failed.headers.get('x-should-retry')]).toEqual([status, null])
      vi.restoreAllMocks()
      const again = await enqueue(key, body, headers)
      expect(again.headers.get('idempotency-replayed')).toBeNull()
      const all = await Promise.all(idsOf(again).map((id) => ended(key, id)))
      expect(all.map((one) => one.status)).toEqual(['succeeded', 'succeeded', 'succeeded'])
      expect(await balanceOf(key)).toEqual({ balance_usd: 0.88, reserved_usd: 0 })
      const late = await enqueue(key, body, headers)
      expect([idsOf(late), late.headers.get('idempotency-replayed')]).toEqual([
        idsOf(again),
        'true',
      ])
    })

    it('goes on where its tenant is too busy to say again that the price is held', async ({
      expect,
    }) => {
      const { key } = await account({ balance_usd: 1 })
      breakReserve(2, OVERLOADED)
      const made = await enqueue(key, { ...QUICK, num_generations: 3 })
      const all = await Promise.all(idsOf(made).map((id) => ended(key, id)))
      expect(all.map((one) => one.status)).toEqual(['succeeded', 'succeeded', 'succeeded'])
      expect(await balanceOf(key)).toEqual({ balance_usd: 0.88, reserved_usd: 0 })
    })

    it('is told why it was refused where its pictures cannot be deleted', async ({ expect }) => {
      const { key } = await account({ balance_usd: 0.01 })
      vi.spyOn(env.IMAGES_BUCKET, 'delete').mockRejectedValue(new Error('no R2'))
      const refused = await enqueue(key, { ...QUICK, num_generations: 3, input_image: PNG })
      expect(refused.status).toBe(402)
    })

    it('is replayed where the pictures of the repeat cannot be deleted', async ({ expect }) => {
      const { key } = await account()
      const headers = { 'idempotency-key': 'k' }
      const body = { ...QUICK, num_generations: 2, input_image: PNG }
      const first = await enqueue(key, body, headers)
      await Promise.all(idsOf(first).map((id) => ended(key, id)))
      vi.spyOn(env.IMAGES_BUCKET, 'delete').mockRejectedValue(new Error('no R2'))
      const again = await enqueue(key, body, headers)
      expect([again.status, idsOf(again)]).toEqual([200, idsOf(first)])
    })

    it('holds nothing when a picture that they share cannot be copied', async ({ expect }) => {
      const { key, tenant } = await account({ balance_usd: 1 })
      vi.spyOn(env.IMAGES_BUCKET, 'get').mockRejectedValueOnce(new Error('no R2'))
      const failed = await enqueue(key, { ...SLOW, num_generations: 3, input_image: PNG })
      expect(failed.status).toBe(500)
      expect(await balanceOf(key)).toEqual({ balance_usd: 1, reserved_usd: 0 })
      expect((await ask('/v1/jobs', { key })).json.data).toEqual([])
      expect(await storedOf(tenant)).toEqual([])
    })
  },
)

describe('the seeds of one request', { timeout: 20_000 }, () => {
  it.for([
    ['sketch-1', '1K', Number.MAX_SAFE_INTEGER],
    ['gemini-3.1-flash-image', '512', 2_147_483_647],
  ] as const)('differ, and none leaves the range of %s', async (row, { expect }) => {
    const [model, resolution, seed] = row
    const { key } = await account()
    const ids = idsOf(await enqueue(key, { model, resolution, seed, num_generations: 4 }))
    const jobs = await Promise.all(
      ids.map(async (id) => {
        expect((await ended(key, id)).status).toBe('succeeded')
        return (await ask(`/v1/jobs/${id}`, { key })).json.data[0]
      }),
    )
    expect(jobs.map((one) => one.seed)).toEqual([seed, seed - 1, seed - 2, seed - 3])
    expect(new Set(jobs.map((one) => one.sha256)).size).toBe(4)
  })
})
