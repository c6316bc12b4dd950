import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, it } from 'vitest'
import { parseJobId } from '../../src/core/ids.ts'
import { formatReset } from '../../src/http/rate-headers.ts'
import { readJob } from '../../src/jobs/rows.ts'
import { account, admin, ask, call, generate } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'

afterAll(reset)

const small = { prompt: 'a red cube', size: '64x64' }
const slow = { ...small, model: 'sketch-slow' }
const LATER = { prefer: 'respond-async' }

const ratesOf = ({ headers }: { headers: Headers }) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-ratelimit-')))

describe('limits per minute', () => {
  it('are told with each answer to a submission, under the names of OpenAI, and with no other', async ({
    expect,
  }) => {
    const limits = { requests_per_minute: 5, images_per_minute: 3 }
    const { key } = await account({ limits: { requests_per_minute: 9 } }, { limits })
    const made = await generate(key, { ...small, n: 2 })
    expect(made.status).toBe(200)
    expect(ratesOf(made)).toEqual({
      'x-ratelimit-limit-requests': '5',
      'x-ratelimit-remaining-requests': '4',
      'x-ratelimit-reset-requests': '1m0s',
      'x-ratelimit-limit-images': '3',
      'x-ratelimit-remaining-images': '1',
      'x-ratelimit-reset-images': '1m0s',
    })
    const refused = await generate(key, { ...small, n: 2 })
    expect(refused.status).toBe(429)
    expect(refused.json.error).toMatchObject({
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
    })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    expect(ratesOf(refused)).toMatchObject({ 'x-ratelimit-remaining-images': '1' })
    // One image still fits.
    expect((await generate(key, small)).status).toBe(200)
    expect(ratesOf(await ask('/v1/jobs', { key }))).toEqual({})
    const browser = await call('/v1/jobs', { key, headers: { origin: 'https://app.test' } })
    await browser.arrayBuffer()
    const exposed = browser.headers.get('access-control-expose-headers')
    for (const name of Object.keys(ratesOf(made))) expect(exposed).toContain(name)
  })

  it('make no objects for a flood of requests beyond them', async ({ expect }) => {
    const { key } = await account({ limits: { requests_per_minute: 1 } })
    await generate(key, small)
    await generate(key, small)
    resetCounts()
    const answers = await Promise.all(Array.from({ length: 50 }, () => generate(key, small)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([429]))
    expect(answers[0]!.headers.get('retry-after')).not.toBeNull()
    expect(ratesOf(answers[0]!)).toMatchObject({ 'x-ratelimit-remaining-requests': '0' })
    expect(counts()).toMatchObject({ objectCalls: [], r2: [], rowsWritten: {} })
  })

  it.for([
    [1, '1s'],
    [6000, '6s'],
    [59_001, '1m0s'],
    [61_000, '1m1s'],
  ] as const)(
    'begin anew after a time in the form of OpenAI: %i ms is %s',
    ([ms, text], { expect }) => {
      expect(formatReset(ms)).toBe(text)
    },
  )
})

describe('limits', () => {
  it('are set, changed and lifted by the operator', async ({ expect }) => {
    const { tenant } = await account({ limits: { running: 3, queued: 0 } })
    const limits = (await admin(`/tenants/${tenant}`)).json.limits
    expect(limits).toEqual({
      requests_per_minute: null,
      images_per_minute: null,
      running: 3,
      queued: 0,
      pixels_per_image: null,
    })
    const change = { name: 'Eve', limits: { queued: null, pixels_per_image: 5 } }
    const changed = await admin(`/tenants/${tenant}`, change, 'PATCH')
    expect(changed.json).toMatchObject({ name: 'Eve', multiplier: 1 })
    expect(changed.json.limits).toEqual({ ...limits, queued: null, pixels_per_image: 5 })
    const listed = (await admin('/tenants')).json.data as { id: string; name: string }[]
    expect(listed.find(({ id }) => id === tenant)?.name).toBe('Eve')

    const [key] = (await admin(`/tenants/${tenant}/keys`)).json.data
    const path = `/tenants/${tenant}/keys/${key.id}`
    const budget = { usd: 2.5, period: 'month' }
    const limited = await admin(path, { budget, limits: { running: 1 } }, 'PATCH')
    expect(limited.json).toMatchObject({ budget, limits: { running: 1, queued: null } })
    const lifted = await admin(path, { limits: null, budget: null, models: ['sketch-1'] }, 'PATCH')
    expect(lifted.json).toMatchObject({ budget: null, limits: { running: null } })
    expect(lifted.json.models).toEqual(['sketch-1'])
  })

  it.for([
    [{ limits: { running: 0 } }, 'limits.running'],
    [{ limits: { requests_per_minutes: 1 } }, 'limits'],
    [{ budget: { usd: 0.0000001, period: 'day' } }, 'budget.usd'],
    [{ budget: { usd: 1, period: 'week' } }, 'budget.period'],
  ] as const)(
    'that make no sense are refused by their name: %j',
    async ([body, param], { expect }) => {
      const { tenant } = await account()
      const answer = await admin(`/tenants/${tenant}/keys`, { name: 'k', ...body })
      expect([answer.status, answer.json.error.param]).toEqual([400, param])
    },
  )

  it('on pixels hold for what a request leaves open, too', async ({ expect }) => {
    const { key } = await account({ limits: { pixels_per_image: 64 * 64 } })
    expect((await generate(key, small)).status).toBe(200)
    for (const size of ['64x128', 'auto', null]) {
      const answer = await generate(key, { ...small, size })
      expect([answer.status, answer.json.error.param]).toEqual([400, 'size'])
    }
  })

  it('of money are named as the budget of the key', async ({ expect }) => {
    const priced = { ...small, model: 'sketch-priced' }
    const budget = { usd: 0.1, period: 'day' }
    const { key } = await account({ balance_usd: 5 }, { budget })
    for (const status of [200, 200, 402]) expect((await generate(key, priced)).status).toBe(status)
    const refused = await generate(key, priced)
    expect(refused.json.error.code).toBe('insufficient_balance')
    expect(refused.json.error.message).toContain("this key's budget of $0.1 per day $0.02 is left")
  })
})

describe('a job that waits for a slot', () => {
  const limits = { running: 1, queued: 2 }

  it('tells its place, starts when it is its turn, and ends', async ({ expect }) => {
    const { key } = await account({ limits })
    const made = [
      await generate(key, slow, LATER),
      await generate(key, slow, LATER),
      await generate(key, small, LATER),
    ] as const
    const places = made.map(({ json }) => json.progress.queue_position)
    expect(places).toEqual([undefined, 1, 2])
    expect(made[1].json).toMatchObject({ status: 'queued', progress: { stage: 'queued' } })
    const full = await generate(key, slow, LATER)
    expect([full.status, full.json.error.code]).toEqual([429, 'rate_limit_exceeded'])
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0)
    await ask(made[0].json.urls.cancel, { key, method: 'POST' })
    await expect
      .poll(async () => (await ask(made[1].json.urls.get, { key })).json.status)
      .toBe('running')
    const last = await ask(made[2].json.urls.get, { key })
    expect(last.json).toMatchObject({ status: 'queued', progress: { queue_position: 1 } })
    const ends = await Promise.all(
      made.map(async ({ json }) => (await ask(`${json.urls.get}?wait=20`, { key })).json.status),
    )
    expect(ends).toEqual(['cancelled', 'succeeded', 'succeeded'])
  })

  it('is not made of a request that waits: that is refused', async ({ expect }) => {
    const { key } = await account({}, { limits })
    await generate(key, slow, LATER)
    const refused = await generate(key, small)
    expect([refused.status, refused.json.error.code]).toEqual([429, 'rate_limit_exceeded'])
    expect(refused.json.error.message).toContain('respond-async')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const streamed = await generate(key, { ...small, stream: true })
    expect(streamed.status).toBe(429)
    const patient = await generate(key, small, { prefer: 'wait=0' })
    expect([patient.status, patient.json.progress.queue_position]).toEqual([202, 1])
  })

  it('can be cancelled, and frees its place', async ({ expect }) => {
    const { key } = await account({ limits })
    const [, second, third] = [
      await generate(key, slow, LATER),
      await generate(key, slow, LATER),
      await generate(key, slow, LATER),
    ]
    const cancelled = await ask(second.json.urls.cancel, { key, method: 'POST' })
    expect(cancelled.json).toMatchObject({ status: 'cancelled', attempts: [], progress: null })
    const moved = await ask(third.json.urls.get, { key })
    expect(moved.json.progress.queue_position).toBe(1)
    await ask(`/v1/jobs/${third.json.id}`, { key, method: 'DELETE' })
    expect((await generate(key, slow, LATER)).json.progress.queue_position).toBe(1)
  })

  it('expires, apart from failing, when its start deadline passes', async ({ expect }) => {
    const { key } = await account({ limits, balance_usd: 1 })
    await generate(key, { ...slow, model: 'sketch-slow-priced' }, LATER)
    const late = await generate(
      key,
      { ...small, model: 'sketch-priced', gateway: { start_deadline_s: 1 } },
      LATER,
    )
    expect(late.json.progress.queue_position).toBe(1)
    const ended = await ask(`${late.json.urls.get}?wait=5`, { key })
    expect(ended.json).toMatchObject({
      status: 'expired',
      error: { code: 'job_expired' },
      attempts: [],
    })
    expect(ended.json.error.message).toContain('start_deadline_s')
  })

  it('fails without a start when its key is revoked', async ({ expect }) => {
    const { tenant, key } = await account({ limits })
    const first = await generate(key, slow, LATER)
    const second = await generate(key, slow, LATER)
    const [{ id }] = (await admin(`/tenants/${tenant}/keys`)).json.data
    await admin(`/tenants/${tenant}/keys/${id}`, undefined, 'DELETE')
    const job = env.JOBS.getByName(parseJobId(second.json.id)!)
    await env.JOBS.getByName(parseJobId(first.json.id)!).cancel(tenant)
    await expect.poll(async () => (await job.view(tenant))?.status).toBe('failed')
    const view = await job.view(tenant)
    expect(view).toMatchObject({ attempts: [], error: { code: 'invalid_api_key' }, charge: 0 })
  })

  it('starts although its key was rotated and is over', async ({ expect }) => {
    const { tenant, key } = await account({ limits })
    const first = await generate(key, slow, LATER)
    const second = await generate(key, small, LATER)
    const [{ id }] = (await admin(`/tenants/${tenant}/keys`)).json.data
    const heir = await admin(`/tenants/${tenant}/keys/${id}/rotate`, { overlap_s: 0 })
    const by = { key: heir.json.key }
    expect((await ask(second.json.urls.get, by)).json.progress.queue_position).toBe(1)
    await ask(first.json.urls.cancel, { ...by, method: 'POST' })
    expect((await ask(`${second.json.urls.get}?wait=10`, by)).json.status).toBe('succeeded')
  })

  it('starts although the tenant’s word was lost: whoever asks brings it', async ({ expect }) => {
    const { tenant, key } = await account({ limits })
    const first = await generate(key, slow, LATER)
    const second = await generate(key, small, LATER)
    const stub = env.TENANTS.getByName(tenant)
    // The slot is free, and nobody was told.
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec('UPDATE reservation SET waits = 1 - waits')
    })
    const done = await ask(`${second.json.urls.get}?wait=10`, { key })
    expect(done.json.status).toBe('succeeded')
    await ask(first.json.urls.cancel, { key, method: 'POST' })
    const job = env.JOBS.getByName(parseJobId(second.json.id)!)
    const state = await runInDurableObject(job, (_, { storage }) => readJob(storage.sql)!.state)
    expect(state.position).toBeNull()
  })
})
