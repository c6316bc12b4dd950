import { reset } from 'cloudflare:test'
import { afterAll, describe, it } from 'vitest'
import { account, admin, ask, generate, type Answer } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'

afterAll(reset)

const body = { prompt: 'a red cube', size: '64x64', model: 'sketch-priced' }
const spentBy = async (key: string): Promise<number> =>
  Math.round(100 * (1 - (await ask('/v1/balance', { key })).json.balance_usd))

describe('equal requests', () => {
  it('without seed, key or repeat are two jobs with two pictures', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const answers = [await generate(key, body), await generate(key, body)]
    const jobs = answers.map(({ headers }) => headers.get('x-darkroom-job'))
    expect(new Set(jobs).size).toBe(2)
    const list = await Promise.all(jobs.map((id) => ask(`/v1/jobs/${id}`, { key })))
    expect(new Set(list.map(({ json }) => json.data[0].sha256)).size).toBe(2)
    expect(await spentBy(key)).toBe(8)
  })

  it('with a seed are one job, paid once', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const first = await generate(key, { ...body, seed: 7 })
    const second = await generate(key, { ...body, seed: 7, user: 'someone else' })
    expect(second.json.data).toEqual(first.json.data)
    expect(second.headers.get('x-darkroom-cache')).toBe('hit')
    expect(second.headers.get('x-darkroom-cost-usd')).toBe('0')
    expect(second.json.meta.usage.usd_spent).toBe(0)
    expect(await spentBy(key)).toBe(4)
    const third = await generate(key, { ...body, seed: 7 }, { 'cache-control': 'no-store' })
    expect(third.headers.get('x-darkroom-cache')).toBe('miss')
    const fourth = await generate(key, { ...body, seed: 7, gateway: { cache: 'off' } })
    expect(fourth.headers.get('x-darkroom-cache')).toBe('miss')
  })

  it('without a seed are one job where that is asked for', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const reuse = { ...body, gateway: { cache: 'reuse' } }
    const answers = [await generate(key, reuse), await generate(key, reuse)]
    answers.push(await generate(key, body))
    const told = (name: string) => answers.map(({ headers }) => headers.get(name))
    expect(told('x-darkroom-cache')).toEqual(['miss', 'hit', 'miss'])
    const [first, second, third] = told('x-darkroom-job')
    expect(second).toBe(first)
    expect(third).not.toBe(first)
    expect(await spentBy(key)).toBe(8)
  })

  it('with a seed at the same time are one job', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => generate(key, { ...body, seed: 8 })),
    )
    expect(new Set(answers.map(({ headers }) => headers.get('x-darkroom-job'))).size).toBe(1)
    expect(await spentBy(key)).toBe(4)
  })

  it('never meet across tenants', async ({ expect }) => {
    const [one, two] = [await account(), await account()]
    const first = await generate(one.key, { ...body, seed: 9 })
    const second = await generate(two.key, { ...body, seed: 9 })
    expect(second.headers.get('x-darkroom-cache')).toBe('miss')
    expect(second.headers.get('x-darkroom-job')).not.toBe(first.headers.get('x-darkroom-job'))
  })
})

describe('an Idempotency-Key', () => {
  it('answers again with the same job, also when that failed', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const headers = { 'idempotency-key': 'order 1' }
    const first = await generate(key, body, headers)
    const second = await generate(key, body, headers)
    expect(second.json.data).toEqual(first.json.data)
    expect(second.headers.get('idempotency-replayed')).toBe('true')
    expect(first.headers.has('idempotency-replayed')).toBe(false)
    const moderated = { ...body, model: 'sketch-moderated-priced' }
    for (let i = 0; i < 2; i++) {
      const answer = await generate(key, moderated, { 'idempotency-key': 'order 2' })
      expect([answer.status, answer.json.error.code]).toEqual([400, 'moderation_blocked'])
    }
    expect((await ask('/v1/jobs', { key })).json.data).toHaveLength(2)
    expect(await spentBy(key)).toBe(4)
  })

  it('is refused for another body, and when it is no key', async ({ expect }) => {
    const { key } = await account()
    await generate(key, body, { 'idempotency-key': 'a' })
    const other = await generate(key, { ...body, n: 2 }, { 'idempotency-key': 'a' })
    expect([other.status, other.json.error.code]).toEqual([422, 'idempotency_key_reused'])
    const long = await generate(key, body, { 'idempotency-key': 'x'.repeat(256) })
    expect([long.status, long.json.error.param]).toEqual([400, 'Idempotency-Key'])
  })

  it('of a job that was deleted starts nothing new', async ({ expect }) => {
    const { key } = await account()
    const headers = { 'idempotency-key': 'once' }
    const made = await generate(key, body, headers)
    await ask(`/v1/jobs/${made.headers.get('x-darkroom-job')}`, { key, method: 'DELETE' })
    const again = await generate(key, body, headers)
    expect([again.status, again.json.error.code]).toEqual([410, 'job_purged'])
  })
})

describe('a repeat by a stock client', () => {
  it('joins the request that it repeats, once', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const first = await generate(key, body, { 'x-stainless-retry-count': '0' })
    const repeat = await generate(key, body, { 'x-stainless-retry-count': '1' })
    expect(repeat.json.data).toEqual(first.json.data)
    expect(repeat.headers.get('x-darkroom-cache')).toBe('hit')
    const other = await generate(key, body, { 'x-stainless-retry-count': '1' })
    expect(other.headers.get('x-darkroom-job')).not.toBe(first.headers.get('x-darkroom-job'))
    expect(await spentBy(key)).toBe(8)
  })
})

describe('an answer that broke on our side after the image was made', () => {
  it('asks for no repeat, and one is answered by the same job, paid once', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const asked = { ...body, response_format: 'b64_json' }
    resetCounts()
    counts().breaks = 'get images/'
    const broken = await generate(key, asked)
    expect([broken.status, broken.headers.get('x-should-retry')]).toEqual([500, 'false'])
    const again = await generate(key, asked)
    expect([again.status, again.headers.get('x-darkroom-cache')]).toEqual([200, 'hit'])
    expect(again.headers.get('x-darkroom-job')).toBe(broken.headers.get('x-darkroom-job'))
    expect(await spentBy(key)).toBe(4)
  })
})

/** Status, and whether and when to ask again. */
const told = ({ status, headers }: Answer) => [
  status,
  headers.get('x-should-retry'),
  headers.get('retry-after'),
]

describe('a job whose object gave no answer', () => {
  const retryable = { retryable: true } as const
  const overloaded = { overloaded: true } as const

  it.for([
    ['four times', [retryable, retryable, retryable, retryable]],
    ['once, and was overloaded then', [retryable, overloaded]],
    ['once, for good', [{}]],
  ] as const)(
    '%s is asked for by no repeat, and one is answered by it, paid once',
    async ([, lost], { expect }) => {
      const { key } = await account({ balance_usd: 1 })
      resetCounts()
      counts().lost.push(...lost)
      expect(told(await generate(key, body))).toEqual([500, 'false', null])
      const again = await generate(key, body)
      expect([again.status, again.headers.get('x-darkroom-cache')]).toEqual([200, 'hit'])
      expect((await ask('/v1/jobs', { key })).json.data).toHaveLength(1)
      expect(await spentBy(key)).toBe(4)
    },
  )

  it('because its isolate was out of memory is asked for again by the gateway itself', async ({
    expect,
  }) => {
    const { key } = await account({ balance_usd: 1 })
    resetCounts()
    counts().lost.push({ overloaded: true, durableObjectReset: true })
    expect(told(await generate(key, body))).toEqual([200, null, null])
    expect((await ask('/v1/jobs', { key })).json.data).toHaveLength(1)
    expect(await spentBy(key)).toBe(4)
  })

  it('because it was overloaded when first asked may be asked for again', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    resetCounts()
    counts().lost.push(overloaded)
    expect(told(await generate(key, body))).toEqual([503, null, '5'])
    expect((await ask('/v1/jobs', { key })).json.data).toEqual([])
    const again = await generate(key, body)
    expect([again.status, again.headers.get('x-darkroom-cache')]).toEqual([200, 'miss'])
    expect(await spentBy(key)).toBe(4)
  })
})

describe('money', () => {
  it('that is missing refuses the request before anything is drawn', async ({ expect }) => {
    const { key } = await account({ balance_usd: 0.05 })
    const answer = await generate(key, { ...body, n: 2 })
    expect([answer.status, answer.json.error.code]).toEqual([402, 'insufficient_balance'])
    expect((await ask('/v1/jobs', { key })).json.data).toEqual([])
    expect((await ask('/v1/balance', { key })).json).toEqual({ balance_usd: 0.05, reserved_usd: 0 })
  })

  it('is not taken for a request that failed', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const answer = await generate(key, { ...body, model: 'sketch-moderated-priced' })
    expect([answer.status, answer.json.error.code]).toEqual([400, 'moderation_blocked'])
    expect(await spentBy(key)).toBe(0)
  })

  it('is asked beforehand by a dry run, which stores nothing', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const asked = { ...body, n: 3, seed: 5 }
    const plan = await generate(key, { ...asked, gateway: { dry_run: true } })
    expect(plan.json).toMatchObject({
      object: 'gateway.plan',
      model: 'sketch-priced',
      worst_cost_usd: 0.12,
      would_reuse: null,
    })
    expect((await ask('/v1/jobs', { key })).json.data).toEqual([])
    const made = await generate(key, asked)
    const again = await generate(key, { ...asked, gateway: { dry_run: true } })
    expect(again.json.would_reuse).toEqual({
      job: made.headers.get('x-darkroom-job'),
      how: 'seed',
    })
  })

  it('by the megapixel is for the pixels that were drawn, in every place the same', async ({
    expect,
  }) => {
    const { tenant, key } = await account({ balance_usd: 1 })
    const asked = { ...body, model: 'sketch-by-megapixel', size: '300x200', n: 2 }
    const plan = await generate(key, { ...asked, gateway: { dry_run: true } })
    expect(plan.json.worst_cost_usd).toBe(0.0012)
    const made = await generate(key, asked)
    expect(made.headers.get('x-darkroom-cost-usd')).toBe('0.0012')
    expect(made.json.meta.usage.usd_spent).toBe(0.0012)
    const { json: job } = await ask(`/v1/jobs/${made.headers.get('x-darkroom-job')}`, { key })
    expect(job.cost).toEqual({ usd: 0.0012, reserved_usd: 0 })
    const { json: ledger } = await admin(`/tenants/${tenant}/ledger`)
    expect(ledger.data[0]).toMatchObject({
      amount_usd: -0.0012,
      lines: [{ unit: 'megapixel', quantity: 0.12, usd: 0.0012 }],
    })
  })

  it('of a model without a price is not guessed', async ({ expect }) => {
    const [metered, unlimited] = [await account({ balance_usd: 1 }), await account()]
    const asked = { ...body, model: 'sketch-unpriced' }
    const refused = await generate(metered.key, asked)
    expect([refused.status, refused.json.error.param]).toEqual([403, 'model'])
    const drawn = await generate(unlimited.key, asked)
    expect([drawn.status, drawn.headers.has('x-darkroom-cost-usd')]).toEqual([200, false])
  })
})
