import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, it, vi } from 'vitest'
import { imageKey, parseJobId } from '../../src/core/ids.ts'
import type { Job } from '../../src/jobs/job-object.ts'
import { account, ask, call, generate } from '../support/client.ts'

afterAll(reset)

const small = { prompt: 'a red cube', size: '64x64', model: 'sketch-priced' }
const slow = { ...small, model: 'sketch-slow-priced' }
const LATER = { prefer: 'respond-async' }

/** Lets the bucket of one job break off the next calls of a method. */
const breakBucket = (job: DurableObjectStub<Job>, method: 'list' | 'delete', times: number) =>
  runInDurableObject(job, (instance) => {
    const { IMAGES_BUCKET } = (instance as unknown as { env: Env }).env
    const real = IMAGES_BUCKET[method].bind(IMAGES_BUCKET) as (...args: unknown[]) => unknown
    let left = times
    Object.assign((instance as unknown as { env: Env }).env, {
      IMAGES_BUCKET: new Proxy(IMAGES_BUCKET, {
        get: (bucket, name: keyof R2Bucket) =>
          name !== method
            ? bucket[name]
            : (...args: unknown[]) => {
                if (left-- > 0) throw new Error('R2 is away')
                return real(...args)
              },
      }),
    })
  })

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
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 })
    await runDurableObjectAlarm(job)
    vi.useRealTimers()
    expect((await env.IMAGES_BUCKET.list({ prefix: `images/${tenant}/` })).objects).toEqual([])
    const link = await call(made.json.data[0].url)
    await link.arrayBuffer()
    expect(link.status).toBe(404)
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
