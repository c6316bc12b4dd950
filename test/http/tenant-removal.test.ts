import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, it } from 'vitest'
import { emptyPrefix } from '../../src/tenants/empty-prefix.ts'
import { takeJobs } from '../../src/tenants/removal.ts'
import { account, admin, ask, call, generate } from '../support/client.ts'
import { everyEnd } from '../support/every-end.ts'
import { jobObject, keptBy, NOTHING, storedOf } from '../support/storage.ts'

afterAll(reset)

const small = { prompt: 'a red cube', size: '64x64', model: 'sketch-priced' }
const LATER = { prefer: 'respond-async' }

const remove = (tenant: string) => admin(`/tenants/${tenant}`, undefined, 'DELETE')
const look = async (tenant: string) => (await admin(`/tenants/${tenant}`)).json
const object = (tenant: string) => env.TENANTS.getByName(tenant)

describe('a batch of jobs that are deleted with their tenant', () => {
  it('costs no more when the tenant has many, running ones first', async ({ expect }) => {
    const { tenant } = await account()
    await remove(tenant)
    await runInDurableObject(object(tenant), async (_, { storage }) => {
      await storage.deleteAlarm()
      const { sql } = storage
      for (let n = 0; n < 2000; n++)
        sql.exec(
          `INSERT INTO reservation (job, amount, state, woken_at) VALUES (?, 0, ?, ?)`,
          `job ${n}`,
          n % 100 === 99 ? 'open' : 'closed',
          n,
        )
      let read = 0
      const counting = {
        exec: (query: string, ...bound: unknown[]) => {
          const cursor = sql.exec(query, ...bound)
          return { toArray: () => [cursor.toArray(), (read += cursor.rowsRead)][0] }
        },
      } as SqlStorage
      const first = takeJobs(counting, Date.now())
      expect(first).toHaveLength(40)
      expect(first.filter((job) => job.endsWith('99'))).toHaveLength(20)
      expect(read).toBeLessThan(500)
      const taken = new Set(first)
      for (let batch = 1; batch < 50; batch++)
        for (const job of takeJobs(sql, Date.now())) taken.add(job)
      expect(taken.size).toBe(2000)
      // What could not be erased is taken again, longest ago first.
      expect(new Set(takeJobs(sql, Date.now() + 1000))).toEqual(new Set(first))
      sql.exec('DELETE FROM reservation')
    })
  })
})

describe('deleting a tenant', { timeout: 30_000 }, () => {
  it('leaves nothing of it anywhere, says what there was, and touches no other', async ({
    expect,
  }) => {
    const [doomed, other] = [await account({ balance_usd: 10 }), await account({ balance_usd: 10 })]
    const test = await admin(`/tenants/${doomed.tenant}/keys`, { name: 'ci', test: true })
    const ids = Object.values(await everyEnd(doomed.key))
    const tested = await generate(test.json.key, small)
    const testId = tested.headers.get('x-darkroom-job')!
    ids.push(testId)
    const images = []
    for (const id of ids) {
      const key = id === testId ? test.json.key : doomed.key
      const job = (await ask(`/v1/jobs/${id}`, { key })).json
      images.push(...job.data)
    }
    const running = await generate(doomed.key, { ...small, model: 'sketch-slow-priced' }, LATER)
    ids.push(running.json.id)
    await env.IMAGES_BUCKET.put(`inputs/${doomed.tenant}/lost/0`, 'of a broken request')
    const theirs = await generate(other.key, small)
    const before = await storedOf(other.tenant)

    const answer = await remove(doomed.tenant)
    expect([answer.status, answer.json.status]).toEqual([202, 'deleting'])
    const refused = await generate(doomed.key, small)
    expect([refused.status, refused.json.error.code]).toEqual([401, 'invalid_api_key'])

    await expect
      .poll(() => look(doomed.tenant), { timeout: 20_000 })
      .toMatchObject({
        status: 'deleted',
      })
    const bytes = images.reduce((sum: number, image: { bytes: number }) => sum + image.bytes, 0)
    expect(await look(doomed.tenant)).toEqual({
      id: doomed.tenant,
      object: 'tenant',
      status: 'deleted',
      deleted_at: expect.any(Number),
      deleted: {
        jobs: ids.length,
        images: images.length,
        bytes: bytes + 'of a broken request'.length,
        other_objects: 1,
      },
    })
    expect(await storedOf(doomed.tenant)).toEqual([])
    expect(await keptBy(object(doomed.tenant))).toEqual(NOTHING)
    for (const id of ids) expect(await keptBy(jobObject(id))).toEqual(NOTHING)
    const listed = (await admin('/tenants?limit=100')).json.data
    const entry = (id: string) => listed.find((tenant: { id: string }) => tenant.id === id)
    expect(entry(doomed.tenant).deleted_at).toBeGreaterThan(0)

    expect(entry(other.tenant).deleted_at).toBeNull()
    expect(await storedOf(other.tenant)).toEqual(before)
    expect((await call(theirs.json.data[0].url)).status).toBe(200)
    const balance = (await ask('/v1/balance', { key: other.key })).json
    expect(balance).toEqual({ balance_usd: 9.96, reserved_usd: 0 })
  })

  it('says how far it is while it goes on, and a repeat starts nothing new', async ({ expect }) => {
    const { tenant, key } = await account()
    const ids = []
    for (let i = 0; i < 3; i++)
      ids.push((await generate(key, small)).headers.get('x-darkroom-job')!)
    // As if R2 were away: the jobs cannot be erased yet.
    const restore = await breakEach(object(tenant), ['JOBS.erase'], () => true)
    const first = await remove(tenant)
    expect(first.json).toMatchObject({ status: 'deleting', left: { jobs: 3 } })
    const again = await remove(tenant)
    expect([again.status, again.json.deleting_since]).toEqual([202, first.json.deleting_since])
    expect(await look(tenant)).toMatchObject({
      id: tenant,
      name: 'test',
      status: 'deleting',
      deleting_since: first.json.deleting_since,
      deleted: { jobs: 0, images: 0, bytes: 0, other_objects: 0 },
      left: { jobs: 3 },
    })
    // Who asked for it is written down when it begins, and once.
    const { deleting_since: at } = first.json
    const request = first.headers.get('x-request-id')
    const row = { act: 'tenant.delete', who: 'admin', target: tenant, request, at }
    const rows = async (path: string) =>
      (await admin(`${path}?limit=100`)).json.data.filter(
        ({ act, target }: typeof row) => act === row.act && target === tenant,
      )
    expect(await rows(`/tenants/${tenant}/audit`)).toMatchObject([row])
    await expect.poll(() => rows('/audit')).toMatchObject([row])
    await restore()
    await remove(tenant)
    await expect.poll(() => look(tenant), { timeout: 20_000 }).toMatchObject({ status: 'deleted' })
    expect((await remove(tenant)).json).toEqual(await look(tenant))
    expect((await look(tenant)).deleted.jobs).toBe(3)
    expect(await rows('/audit')).toMatchObject([row])
  })

  it('cannot be undone by a change of its settings', async ({ expect }) => {
    const { tenant, key } = await account()
    await generate(key, small)
    const restore = await breakEach(object(tenant), ['JOBS.erase'], () => true)
    await remove(tenant)
    const changed = await object(tenant).update({ status: 'active', name: 'again' })
    expect(changed).toMatchObject({ status: 'deleting', name: 'test' })
    expect((await generate(key, small)).status).toBe(401)
    await restore()
  })

  it('is a 404 for a tenant that never was', async ({ expect }) => {
    expect((await remove('0000000000')).status).toBe(404)
    expect(await keptBy(object('0000000000'))).toEqual(NOTHING)
  })

  it.for(
    [
      'DIRECTORY.deleting',
      'JOBS.erase',
      'IMAGES_BUCKET.list',
      'IMAGES_BUCKET.delete',
      'DIRECTORY.bury',
    ].flatMap((effect) => [`before ${effect}`, `after ${effect}`]),
  )(
    'ends, and counts each job once, when it is broken off %s',
    { concurrent: true },
    async (point, { expect }) => {
      const [when, effect] = point.split(' ') as ['before' | 'after', string]
      const { tenant, key } = await account()
      const ids = []
      for (let i = 0; i < 2; i++)
        ids.push((await generate(key, small)).headers.get('x-darkroom-job')!)
      await env.IMAGES_BUCKET.put(`inputs/${tenant}/lost/0`, 'of a broken request')
      let calls = 0
      await breakEach(object(tenant), [effect], () => calls++ === 0, when)
      await remove(tenant)
      await expect
        .poll(() => look(tenant), { timeout: 20_000 })
        .toMatchObject({ status: 'deleted', deleted: { jobs: 2, images: 2 } })
      expect(calls).toBeGreaterThan(0)
      expect(await storedOf(tenant)).toEqual([])
      for (const stub of [object(tenant), ...ids.map(jobObject)])
        expect(await keptBy(stub)).toEqual(NOTHING)
    },
  )
})

describe('a prefix of R2', () => {
  it('is emptied page by page, as far as it is allowed, and nothing beside it', async ({
    expect,
  }) => {
    const keys = Array.from({ length: 10 }, (_, n) => `inputs/0empty/${n}`)
    for (const key of [...keys, 'inputs/0empty2/0']) await env.IMAGES_BUCKET.put(key, 'abc')
    // Pages of 3 instead of 1,000.
    const bucket = {
      list: (options: R2ListOptions) => env.IMAGES_BUCKET.list({ ...options, limit: 3 }),
      delete: (page: string | string[]) => env.IMAGES_BUCKET.delete(page),
    }
    const empty = (pages: number) => emptyPrefix(bucket, 'inputs/0empty/', pages)
    expect(await empty(2)).toEqual({ pages: 2, objects: 6, bytes: 18, more: true })
    expect(await empty(5)).toEqual({ pages: 2, objects: 4, bytes: 12, more: false })
    expect(await empty(5)).toEqual({ pages: 1, objects: 0, bytes: 0, more: false })
    expect(await env.IMAGES_BUCKET.head('inputs/0empty2/0')).not.toBeNull()
  })
})

/** Lets calls of a tenant's object break, before or after they had their effect. Returns how to end that. */
async function breakEach(
  tenant: ReturnType<typeof object>,
  effects: string[],
  isDown: () => boolean,
  when: 'before' | 'after' = 'before',
) {
  const wrap = <T extends object>(target: T, name: string): T =>
    new Proxy(target, {
      get: (real, method: string) => {
        const pass = (...args: unknown[]) =>
          (real as Record<string, (...args: unknown[]) => unknown>)[method]!(...args)
        if (method === 'getByName')
          return (...args: unknown[]) => wrap(pass(...args) as object, name)
        if (!effects.includes(`${name}.${method}`)) return pass
        return async (...args: unknown[]) => {
          const down = isDown()
          if (down && when === 'before') throw new Error('broken off')
          const result = await pass(...args)
          if (down) throw new Error('broken off')
          return result
        }
      },
    })
  const setEnv = (change: (real: Env) => Env) =>
    runInDurableObject(tenant, (instance) => {
      const real = (instance as unknown as { env: Env }).env
      Object.defineProperty(instance, 'env', { value: change(real), configurable: true })
      return real
    })
  let before: Env
  await setEnv((real) => {
    before = real
    return {
      ...real,
      JOBS: wrap(real.JOBS, 'JOBS'),
      DIRECTORY: wrap(real.DIRECTORY, 'DIRECTORY'),
      IMAGES_BUCKET: wrap(real.IMAGES_BUCKET, 'IMAGES_BUCKET'),
    }
  })
  return () => setEnv(() => before)
}
