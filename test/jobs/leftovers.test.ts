import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, it, vi } from 'vitest'
import { imageKey, parseJobId } from '../../src/core/ids.ts'
import type { Job } from '../../src/jobs/job-object.ts'
import { account, ask, call, generate } from '../support/client.ts'
import { keptBy, NOTHING, storedOf } from '../support/storage.ts'
import { beforeCalls, uploading } from './uploading.ts'

afterAll(reset)

const small = { prompt: 'a red cube', size: '64x64', model: 'sketch-priced' }
const slow = { ...small, model: 'sketch-slow-priced' }
const LATER = { prefer: 'respond-async' }

/** Lets it break off the next calls. */
const breakBucket = (job: DurableObjectStub<Job>, method: 'list' | 'delete', times: number) => {
  let left = times
  return beforeCalls(job, method, () => {
    if (left-- > 0) throw new Error('R2 is away')
  })
}

/** The alarm rings when a purge that broke is due again. */
async function ringLater(job: DurableObjectStub<Job>): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 })
  await runDurableObjectAlarm(job)
  vi.useRealTimers()
}

/** What a deletion says under its signature. */
async function deletionBy(key: string, id: string): Promise<Record<string, unknown>> {
  const { json } = await ask(`/v1/jobs/${id}`, { key, method: 'DELETE' })
  return JSON.parse(Buffer.from(json.receipt.split('.')[1], 'base64url').toString())
}

describe('nothing is left over', () => {
  it('of a deletion that R2 broke off: it is repeated until all is gone', async ({ expect }) => {
    const { tenant, key } = await account({ balance_usd: 1 })
    const made = await generate(key, small)
    const id = made.headers.get('x-darkroom-job')!
    const job = env.JOBS.getByName(parseJobId(id)!)
    await breakBucket(job, 'list', 1)
    const removed = await ask(`/v1/jobs/${id}`, { key, method: 'DELETE' })
    expect(removed.json.deleted).toBe(true)
    expect((await ask(`/v1/jobs/${id}`, { key })).status).toBe(404)
    const alarm = await runInDurableObject(job, (_, { storage }) => storage.getAlarm())
    expect(alarm! - Date.now()).toBeLessThan(11_000)
    await ringLater(job)
    expect((await env.IMAGES_BUCKET.list({ prefix: `images/${tenant}/` })).objects).toEqual([])
    const link = await call(made.json.data[0].url)
    await link.arrayBuffer()
    expect(link.status).toBe(404)
  })

  it('of an upload that outlives a deletion, which is not said to be done before it ends', async ({
    expect,
  }) => {
    const { tenant, key, job, made, balance, end } = await uploading(false)
    const deletion = { status: 'cancelled', erased: false, images: [] }
    const twice = [0, 1].map(() => deletionBy(key, made.id))
    expect(await Promise.all(twice)).toMatchObject([deletion, deletion])
    await end()
    await ringLater(job)
    expect(await keptBy(job)).toEqual(NOTHING)
    expect(await storedOf(tenant)).toEqual([])
    expect(await balance()).toEqual({ balance_usd: 1, reserved_usd: 0 })
    expect((await ask(`/v1/jobs/${made.id}`, { key, method: 'DELETE' })).status).toBe(404)
  })

  it('of an upload that outlives a cancel: images told of before stay and are paid, it does not', async ({
    expect,
  }) => {
    const { tenant, key, image, made, balance, end } = await uploading(true)
    const { json } = await ask(made.urls.cancel, { key, method: 'POST' })
    expect(json).toMatchObject({ status: 'succeeded', cost: { usd: 0.04 } })
    await end()
    expect(await storedOf(tenant)).toEqual([image.key])
    expect(json.data).toMatchObject([{ sha256: image.sha256 }])
    expect((await ask(made.urls.images[1])).status).toBe(410)
    expect(await balance()).toEqual({ balance_usd: 0.96, reserved_usd: 0 })
  })

  it('of a job that was cancelled: no image can be fetched that was not paid', async ({
    expect,
  }) => {
    const { tenant, key } = await account({ balance_usd: 1 })
    const made = await generate(key, slow, LATER)
    const id = parseJobId(made.json.id)!
    await expect
      .poll(async () => (await ask(made.json.urls.get, { key })).json.status)
      .toBe('running')
    await env.IMAGES_BUCKET.put(imageKey(tenant, id, 0), 'stored before the cancel')
    await ask(made.json.urls.cancel, { key, method: 'POST' })
    const link = await ask(made.json.urls.images[0])
    expect([link.status, link.json.error.code]).toEqual([410, 'job_cancelled'])
    expect((await env.IMAGES_BUCKET.list({ prefix: `images/${tenant}/` })).objects).toEqual([])
  })

  it('of a key that asks for an image that the job never had: it is told at once', async ({
    expect,
  }) => {
    const { key } = await account()
    const made = await generate(key, slow, LATER)
    const started = Date.now()
    const answer = await ask(`/v1/images/${made.json.id}.9/content`, { key })
    expect(answer.status).toBe(404)
    expect(Date.now() - started).toBeLessThan(2500)
  })
})

describe('a list', () => {
  it('shows a job that takes its time as running', async ({ expect }) => {
    const { key } = await account()
    const made = await generate(key, slow, LATER)
    const running = async () => (await ask('/v1/jobs?status=running', { key })).json.data
    await expect.poll(running).toMatchObject([{ id: made.json.id, status: 'running' }])
  })
})

describe('a caller that waits', () => {
  it('is told when its job is deleted by another', async ({ expect }) => {
    const { key } = await account()
    const waiting = generate(key, slow)
    const newest = async () =>
      (await ask('/v1/jobs', { key })).json.data[0]?.id as string | undefined
    await expect.poll(newest).toBeDefined()
    await ask(`/v1/jobs/${await newest()}`, { key, method: 'DELETE' })
    const answer = await waiting
    expect([answer.status, answer.json.error.code]).toEqual([400, 'job_cancelled'])
  })
})
