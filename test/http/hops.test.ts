import { reset } from 'cloudflare:test'
import { afterAll, describe, it } from 'vitest'
import { account, ask, call, generate } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'

afterAll(reset)

const small = { prompt: 'a red cube', size: '64x64', model: 'sketch-priced' }

describe('the hop budget', () => {
  it('of a new request is two object calls before anything is drawn', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    await ask('/v1/balance', { key })
    resetCounts()
    const answer = await generate(key, small, { prefer: 'respond-async' })
    expect(answer.status).toBe(202)
    expect(counts().objectCalls.slice(0, 2)).toEqual(['JOBS.create', 'TENANTS.reserve'])
    expect(counts().upstream).toEqual([])
    await ask(`/v1/jobs/${answer.json.id}?wait=10`, { key })
  })

  it('of a request that waits adds the settlement, and one put for one image', async ({
    expect,
  }) => {
    const { key } = await account({ balance_usd: 1 })
    await ask('/v1/balance', { key })
    resetCounts()
    expect((await generate(key, small)).status).toBe(200)
    const { objectCalls, r2, rowsWritten, alarmWrites, started } = counts()
    expect(objectCalls.toSorted()).toEqual(['JOBS.create', 'TENANTS.reserve', 'TENANTS.settle'])
    expect(r2.filter((operation) => operation.startsWith('put'))).toHaveLength(1)
    expect(r2).toHaveLength(1)
    expect(started).toEqual(['Job'])
    // 13 of the job's rows make its tables; 4 are events: queued, running, image, succeeded.
    expect(rowsWritten['Job']).toBeLessThanOrEqual(25)
    // Indexes count as rows; 2 are the day's usage, of which the next request writes one.
    expect(rowsWritten['Tenant']).toBeLessThanOrEqual(21)
    expect(alarmWrites['Job']).toBeLessThanOrEqual(4)
    resetCounts()
    await generate(key, small)
    expect(counts().rowsWritten['Tenant']).toBeLessThanOrEqual(20)
  })

  it('is no larger where limits are set', async ({ expect }) => {
    const limits = { requests_per_minute: 9, images_per_minute: 9, running: 9, queued: 9 }
    const { key } = await account({ balance_usd: 1, limits }, { budget: { usd: 1, period: 'day' } })
    await ask('/v1/balance', { key })
    resetCounts()
    expect((await generate(key, small)).status).toBe(200)
    const { objectCalls, rowsWritten } = counts()
    expect(objectCalls.toSorted()).toEqual(['JOBS.create', 'TENANTS.reserve', 'TENANTS.settle'])
    // Beside the 21: one row for the minute; one for the budget at its first use, and one at each charge.
    expect(rowsWritten['Tenant']).toBeLessThanOrEqual(24)
  })

  it('of a refused or a dry response stores nothing, whatever it is to draw from', async ({
    expect,
  }) => {
    const { key } = await account({ limits: { requests_per_minute: 1 } })
    const body = { model: 'sketch-1', input: 'a red cube', n: 2 }
    const { json } = await ask('/v1/responses', { key, body })
    const next = { ...body, previous_response_id: json.id }
    resetCounts()
    const dry = await ask('/v1/responses', { key, body: { ...next, gateway: { dry_run: true } } })
    expect([dry.status, counts().r2]).toEqual([200, []])
    expect((await ask('/v1/responses', { key, body: next })).status).toBe(429)
    expect(counts().r2).toEqual([])
  })

  it('of a poll is one object, of a finished image none', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const made = await generate(key, small)
    resetCounts()
    await ask(`/v1/jobs/${made.headers.get('x-darkroom-job')}`, { key })
    expect(counts().objectCalls).toEqual(['JOBS.view'])
    resetCounts()
    const image = await call(made.json.data[0].url)
    await image.arrayBuffer()
    expect([image.status, counts().objectCalls]).toEqual([200, []])
  })

  it('of what acts on a job is its object, and its tenant for the key', async ({ expect }) => {
    const { key } = await account()
    const made = await generate(key, { ...small, model: 'sketch-1' })
    resetCounts()
    await ask(`/v1/jobs/${made.headers.get('x-darkroom-job')}/cancel`, { key, method: 'POST' })
    expect(counts().objectCalls).toEqual(['TENANTS.authenticate', 'JOBS.cancel'])
  })

  it('of a refusal is nothing at all', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    await ask('/v1/balance', { key })
    resetCounts()
    await generate(key, { ...small, n: 0 })
    await generate('dr_live_junk', small)
    await ask('/v1/nothing', { key })
    expect(counts()).toMatchObject({ objectCalls: [], r2: [], rowsWritten: {} })
  })
})
