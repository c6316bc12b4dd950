import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, it } from 'vitest'
import { imageKey, parseJobId } from '../../src/core/ids.ts'
import { readJob } from '../../src/jobs/rows.ts'
import { makeImage } from '../core/support/job.ts'
import { account, ask, call, generate } from '../support/client.ts'
import { jobObject } from '../support/storage.ts'
import { intoCalls, rewrite } from './rewrite.ts'

afterAll(reset)

const slow = { prompt: 'a red cube', size: '64x64', model: 'sketch-slow-priced' }
const LATER = { prefer: 'respond-async' }

async function accepted() {
  const { key, tenant } = await account({ balance_usd: 1 })
  const made = await generate(key, slow, LATER)
  const job = env.JOBS.getByName(parseJobId(made.json.id)!)
  return { key, tenant, made, job, read: () => ask(made.json.urls.get, { key }) }
}

/** A caller is answered as soon as the money is booked, and a moment later the job has written that down. */
const isSettled = (job: DurableObjectStub): Promise<boolean> =>
  runInDurableObject(job, (_, { storage }) => readJob(storage.sql)!.state.settled)

describe('a job', () => {
  it('survives eviction between each of its steps', async ({ expect }) => {
    const { key, job, read } = await accepted()
    await expect.poll(async () => (await read()).json.status).toBe('running')
    await evictDurableObject(job)
    expect((await read()).json).toMatchObject({ status: 'running', attempts: [{ outcome: null }] })
    await rewrite(job, (state) => (state.parts[0]!.due = 0))
    await runDurableObjectAlarm(job)
    const done = await read()
    expect(done.json).toMatchObject({ status: 'succeeded', cost: { usd: 0.04 } })
    expect(done.json.attempts).toHaveLength(1)
    await evictDurableObject(job)
    expect((await read()).json).toEqual(done.json)
    expect((await ask('/v1/balance', { key })).json).toEqual({ balance_usd: 0.96, reserved_usd: 0 })
  })

  it('cut off by a restart while it stored asks its handle again, and is paid once', async ({
    expect,
  }) => {
    const { key, job, read } = await accepted()
    await expect.poll(async () => (await read()).json.status).toBe('running')
    await rewrite(job, (state) => (state.parts[0]!.step = 'storing'))
    await runDurableObjectAlarm(job)
    await rewrite(job, (state) => (state.parts[0]!.due = 0))
    await runDurableObjectAlarm(job)
    const done = await read()
    expect(done.json.status).toBe('succeeded')
    expect(done.json.attempts).toMatchObject([{ outcome: 'succeeded' }])
    expect((await ask('/v1/balance', { key })).json).toEqual({ balance_usd: 0.96, reserved_usd: 0 })
  })

  it('deleted while its images are stored is gone in the end, and costs nothing', async ({
    expect,
  }) => {
    const { key, tenant, job, made, read } = await accepted()
    await expect.poll(async () => (await read()).json.status).toBe('running')
    await rewrite(job, (state) => {
      state.parts[0]!.step = 'storing'
      state.status = 'storing'
    })
    const deleted = await ask(`/v1/jobs/${made.json.id}`, { key, method: 'DELETE' })
    expect(deleted.status).toBe(200)
    await runDurableObjectAlarm(job)
    const left = await runInDurableObject(job, (_, { storage }) => readJob(storage.sql))
    expect(left).toBeNull()
    expect((await ask('/v1/balance', { key })).json).toEqual({ balance_usd: 1, reserved_usd: 0 })
    expect((await env.IMAGES_BUCKET.list({ prefix: `images/${tenant}/` })).objects).toEqual([])
  })

  it('that lost its alarm is healed by whoever asks', async ({ expect }) => {
    const { job, read } = await accepted()
    await expect.poll(async () => (await read()).json.status).toBe('running')
    await rewrite(job, (state) => (state.parts[0]!.due = 0))
    await runInDurableObject(job, (_, { storage }) => storage.deleteAlarm())
    await read()
    await expect.poll(async () => (await read()).json.status).toBe('succeeded')
  })

  it('that lost its alarm is woken by its tenant when nobody asks', async ({ expect }) => {
    const { tenant, job, read } = await accepted()
    await expect.poll(async () => (await read()).json.status).toBe('running')
    await rewrite(job, (state) => (state.parts[0]!.due = 0))
    await runInDurableObject(job, (_, { storage }) => storage.deleteAlarm())
    const stub = env.TENANTS.getByName(tenant)
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec('UPDATE reservation SET woken_at = 0')
    })
    await runDurableObjectAlarm(stub)
    await expect
      .poll(async () => runInDurableObject(job, (_, { storage }) => storage.getAlarm()))
      .not.toBeNull()
  })

  it('that does not end by its deadline expires, apart from failing', async ({ expect }) => {
    const { key, job, read } = await accepted()
    await expect.poll(async () => (await read()).json.status).toBe('running')
    await rewrite(job, (state) => (state.endBy = 0))
    await runDurableObjectAlarm(job)
    const expired = await read()
    expect(expired.json).toMatchObject({ status: 'expired', error: { code: 'job_expired' } })
    expect((await ask('/v1/balance', { key })).json).toEqual({ balance_usd: 1, reserved_usd: 0 })
  })

  it('that does not end by its deadline keeps the images that it has told of, and is paid for those', async ({
    expect,
  }) => {
    const { key, tenant } = await account({ balance_usd: 1 })
    const { json: made } = await generate(key, { ...slow, n: 3 }, LATER)
    const job = jobObject(made.id)
    const read = () => ask(made.urls.get, { key })
    await expect.poll(async () => (await read()).json.status).toBe('running')
    const image = { ...makeImage(0), key: imageKey(tenant, parseJobId(made.id)!, 0) }
    await rewrite(job, (state) => {
      intoCalls(state, image)
      state.endBy = 0
      state.parts[1]!.due = Date.now() + 60_000
    })
    await runDurableObjectAlarm(job)
    const { json } = await read()
    expect(json).toMatchObject({ status: 'succeeded', error: null, cost: { usd: 0.04 } })
    expect(json.data).toMatchObject([{ sha256: image.sha256 }])
    const message = '1 of 3 images were made: The job did not end by its deadline (deadline_s).'
    expect(json.warnings).toEqual([{ param: 'n', message }])
    expect((await ask('/v1/balance', { key })).json).toEqual({ balance_usd: 0.96, reserved_usd: 0 })
  })

  it('is purged when its time is over: no row, no image, no link', async ({ expect }) => {
    const { key, tenant, job, made, read } = await accepted()
    await ask(`${made.json.urls.get}?wait=10`, { key })
    await expect.poll(() => isSettled(job)).toBe(true)
    await rewrite(job, (state) => (state.expiresAt = Date.now() - 1))
    expect((await read()).status).toBe(404)
    await runDurableObjectAlarm(job)
    const left = await runInDurableObject(job, (_, { storage }) => readJob(storage.sql))
    expect(left).toBeNull()
    expect((await env.IMAGES_BUCKET.list({ prefix: `images/${tenant}/` })).objects).toEqual([])
    expect((await ask('/v1/jobs', { key })).json.data).toEqual([])
    const link = await call(made.json.urls.images[0])
    await link.arrayBuffer()
    expect(link.status).toBe(404)
  })

  it('whose admission was cut off asks again and goes on', async ({ expect }) => {
    const { key, job, read } = await accepted()
    await rewrite(job, (state) => {
      state.status = 'admitting'
      state.parts[0]!.step = 'ready'
    })
    await runDurableObjectAlarm(job)
    await expect.poll(async () => (await read()).json.status).toBe('running')
    expect((await ask('/v1/balance', { key })).json.reserved_usd).toBe(0.04)
  })
})
