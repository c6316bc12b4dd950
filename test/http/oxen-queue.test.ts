import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, it } from 'vitest'
import * as z from 'zod/mini'
import { account, ask, call } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'
import { Generation, List, MODEL, Refusal } from '../support/oxen-schemas.ts'
import { ended, enqueue, idsOf, poll } from './oxen.ts'

afterEach(reset)

const SLOW = { model: 'sketch-slow-priced' }
const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const balanceOf = async (key: string) => (await ask('/v1/balance', { key })).json

const list = async (key: string, query = ''): Promise<z.infer<typeof List>> =>
  z.parse(List, (await ask(`/api/ai/queue${query}`, { key })).json)

const remove = (key: string, id: string) => ask(`/api/ai/queue/${id}`, { key, method: 'DELETE' })

describe('a queued generation', { timeout: 20_000 }, () => {
  it('is polled to its end, with ten keys and what was submitted', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const submitted = {
      aspect_ratio: '1:1',
      seed: 42,
      target_namespace: 'acme',
      num_inference_steps: 4,
    }
    const made = await enqueue(key, { model: MODEL, ...submitted })
    expect([made.status, made.json.generations[0].status]).toEqual([200, 'queued'])
    const done = await ended(key, idsOf(made)[0]!)
    expect(done).toMatchObject({
      ...submitted,
      model_name: MODEL,
      prompt: 'a pier',
      status: 'succeeded',
    })
    expect(done).not.toHaveProperty('num_generations')
    const image = await call(done.result_url!)
    expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/png'])
    await image.arrayBuffer()
  })

  it('is one of up to four, each with an id, a price and a picture of its own', async ({
    expect,
  }) => {
    const { key } = await account({ balance_usd: 1 })
    const body = { model: 'sketch-priced', seed: 7, num_generations: 4, size: '64x64' }
    const ids = idsOf(await enqueue(key, body))
    expect(new Set(ids).size).toBe(4)
    const all = await Promise.all(ids.map((id) => ended(key, id)))
    expect(all.map(({ status, seed }) => [status, seed])).toEqual(
      Array.from({ length: 4 }, () => ['succeeded', 7]),
    )
    const jobs = await Promise.all(ids.map((id) => ask(`/v1/jobs/${id}`, { key })))
    expect(jobs.map(({ json }) => json.data[0].seed)).toEqual([7, 8, 9, 10])
    expect(new Set(jobs.map(({ json }) => json.data[0].sha256)).size).toBe(4)
    // Reading costs nothing, however often.
    expect(await Promise.all(ids.map((id) => ended(key, id)))).toEqual(all)
    expect(await balanceOf(key)).toEqual({ balance_usd: 0.84, reserved_usd: 0 })
  })

  it.for([0, 5, '2', 1.5, true])('cannot be %s generations', async (count, { expect }) => {
    const { key } = await account()
    const refused = await enqueue(key, { num_generations: count })
    expect([refused.status, refused.json.error.message]).toEqual([
      400,
      'num_generations must be an integer between 1 and 4',
    ])
    expect(Refusal.safeParse(refused.json).error).toBeUndefined()
    expect((await list(key)).count).toBe(0)
  })

  it('costs two object calls, and two for each further one', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    await balanceOf(key)
    resetCounts()
    idsOf(await enqueue(key, { ...SLOW, num_generations: 2 }))
    const calls = counts().objectCalls.filter((name) => /create|reserve/.test(name))
    expect(calls).toEqual(['JOBS.create', 'TENANTS.reserve', 'JOBS.create', 'TENANTS.reserve'])
  })
})

type Late = [what: string, body: Record<string, unknown>, message: string]

const LATE: Late[] = [
  ['a ratio that the model does not draw', { model: MODEL, aspect_ratio: '21:9' }, 'aspect_ratio'],
  ['an empty prompt', { prompt: '' }, 'Prompt cannot be empty'],
  ['a prompt that is no text', { prompt: 7 }, "'prompt'"],
  ['steps that are a word', { num_inference_steps: 'many' }, 'num_inference_steps'],
  ['an image that is none', { input_image: 'data:image/png;base64,aGVsbG8=' }, 'input_image'],
  ['a field', { valueOf: 1, gateway: { params: 'strict' } }, "Unsupported parameter: 'valueOf'."],
  ['guidance', { model: MODEL, guidance: 11 }, "'guidance'"],
  ['steps', { model: MODEL, num_inference_steps: 51 }, "'num_inference_steps'"],
  ['an address of nobody', { input_image: 'http://10.0.0.1/a.png' }, 'input_image'],
]

describe('parameters of a generation', { timeout: 20_000 }, () => {
  it.for(LATE)('that are wrong are told late, and cost nothing: %s', async (row, { expect }) => {
    const [, body, message] = row
    const { key } = await account({ balance_usd: 1 })
    const made = await enqueue(key, { model: 'sketch-priced', ...body, num_generations: 2 })
    expect(made.status).toBe(200)
    for (const id of idsOf(made)) {
      const failed = await ended(key, id)
      expect(failed).toMatchObject({ status: 'failed', result_url: null, started_at: null })
      expect(failed.error_message).toContain(message)
    }
    expect(await balanceOf(key)).toEqual({ balance_usd: 1, reserved_usd: 0 })
    const stored = await env.IMAGES_BUCKET.list({ prefix: 'inputs/' })
    expect(stored.objects).toEqual([])
  })

  it.for<[string, Record<string, unknown>, number, string]>([
    ['the model', { model: 'bad-model-name' }, 404, 'Model not found: bad-model-name'],
    ['the model of a wrong request', { model: 'bad', prompt: '' }, 404, 'Model not found: bad'],
    ['a missing model', { model: undefined }, 400, 'model'],
    ['our own options', { gateway: { mood: 'wait' } }, 400, 'gateway'],
    ['the price', { model: 'sketch-unpriced' }, 403, 'price'],
  ])('are refused at once where %s is wrong', async ([, body, status, message], { expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const refused = await enqueue(key, body)
    expect(refused.status).toBe(status)
    expect(refused.json.error.message).toContain(message)
    expect(Refusal.safeParse(refused.json).error).toBeUndefined()
  })

  it('are repeated without the bytes of images, of which each generation has its own', async ({
    expect,
  }) => {
    const { key } = await account()
    const body = { model: MODEL, input_image: PNG, num_generations: 2, mask_url: undefined }
    const [first, second] = idsOf(await enqueue(key, body))
    const stored = await env.IMAGES_BUCKET.list({ prefix: 'inputs/' })
    expect(stored.objects).toHaveLength(2)
    expect((await ended(key, first!))['input_image']).toBe('data:image/png;base64,')
    await ask(`/v1/jobs/${first}`, { key, method: 'DELETE' })
    expect((await env.IMAGES_BUCKET.list({ prefix: 'inputs/' })).objects).toHaveLength(1)
    expect((await ended(key, second!)).status).toBe('succeeded')
  })
})

describe('the queue', { timeout: 20_000 }, () => {
  it('lists what is active, and what has ended where it is asked for', async ({ expect }) => {
    const { key } = await account()
    const place = { target_namespace: 'acme' }
    const [slow] = idsOf(await enqueue(key, { ...SLOW, ...place }))
    const [quick] = idsOf(await enqueue(key, { size: '64x64' }))
    const [bad] = idsOf(await enqueue(key, { prompt: '' }))
    await Promise.all([ended(key, quick!), ended(key, bad!)])
    await ask('/v1/images/generations', { key, body: { prompt: 'a pier', size: '64x64' } })
    const of = async (query: string) =>
      (await list(key, query)).generations.map((shown) => shown.generation_id)
    expect(await of('')).toEqual([slow])
    expect(await of('?status=succeeded')).toEqual([quick])
    expect(await of('?status=failed')).toEqual([bad])
    expect(await of('?status=processing')).toEqual([slow])
    expect(await of('?model=sketch-1')).toEqual([])
    expect(await of('?namespace=acme&media_type=image&model=sketch-slow-priced')).toEqual([slow])
    for (const none of ['namespace=other', 'media_type=video', 'repo=r', 'folder=f'])
      expect((await list(key, `?${none}`)).count).toBe(0)
    const wrong = await ask('/api/ai/queue?status=done', { key })
    expect([wrong.status, wrong.json.error.type]).toEqual([400, 'invalid_params'])
    await remove(key, slow!)
    expect(await list(key)).toEqual({ count: 0, generations: [] })
    expect(await of('?status=cancelled')).toEqual([slow])
  })

  it('finds what is asked for behind any number of others', async ({ expect }) => {
    const { key, tenant } = await account()
    const place = { target_namespace: 'acme', target_repo: 'r', target_folder: 'f' }
    const [bad] = idsOf(await enqueue(key, { prompt: '', ...place }))
    const [other] = idsOf(await enqueue(key, { prompt: '' }))
    await Promise.all([ended(key, bad!), ended(key, other!)])
    await runInDurableObject(env.TENANTS.getByName(tenant), (_, { storage }) => {
      for (let n = 1; n <= 40; n++)
        storage.sql.exec(
          `INSERT INTO job_index (seq, job, livemode, status, model, created_at, summary)
           SELECT seq + ?1, job || ?1, livemode, status, model, created_at, summary FROM job_index
           ORDER BY seq LIMIT 1 OFFSET 1`,
          n,
        )
    })
    expect((await list(key, '?status=failed')).count).toBe(40)
    for (const query of ['namespace=acme', 'repo=r', 'folder=f', 'namespace=acme&folder=f']) {
      const { generations } = await list(key, `?status=failed&${query}`)
      expect(generations.map((one) => one.generation_id)).toEqual([bad])
    }
  })

  it('knows the places of jobs of older code, and long names to their end', async ({ expect }) => {
    const { key, tenant } = await account()
    const name = 'n'.repeat(60)
    const bads = ['a', 'b'].map((end) => ({ prompt: '', target_namespace: name + end }))
    const [a, b] = (await Promise.all(bads.map((bad) => enqueue(key, bad)))).flatMap(idsOf)
    await Promise.all([ended(key, a!), ended(key, b!)])
    const of = async (end: string) => {
      const { generations } = await list(key, `?status=failed&namespace=${name}${end}`)
      return generations.map((one) => one.generation_id)
    }
    expect(await Promise.all(['a', 'b', ''].map(of))).toEqual([[a], [b], []])
    await runInDurableObject(env.TENANTS.getByName(tenant), (_, { storage }) => {
      storage.sql.exec(`UPDATE job_index SET summary = json_remove(summary, '$.summary.filed')`)
    })
    expect(await Promise.all(['a', 'b', ''].map(of))).toEqual([[a], [b], []])
  })

  it.for(['constructor', '__proto__', 'toString', 'running', ''])(
    'has no status %s',
    async (status, { expect }) => {
      const { key } = await account()
      const { status: code, json } = await ask(`/api/ai/queue?status=${status}`, { key })
      expect(code).toBe(400)
      expect(json.error.detail).toContain('queued, processing, succeeded, failed, cancelled')
    },
  )

  it('lets go of what is cancelled, as often as it is asked to', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const [id] = idsOf(await enqueue(key, SLOW))
    for (let times = 0; times < 2; times++) {
      const answer = await remove(key, id!)
      expect([answer.status, answer.json]).toEqual([200, { status: 'success', generation_id: id }])
    }
    expect(z.parse(Generation, (await poll(key, id!)).json)).toMatchObject({
      status: 'cancelled',
      result_url: null,
      error_message: null,
    })
    expect(await balanceOf(key)).toEqual({ balance_usd: 1, reserved_usd: 0 })
    const [done] = idsOf(await enqueue(key, { size: '64x64' }))
    await ended(key, done!)
    expect((await remove(key, done!)).json.status).toBe('success')
    expect((await poll(key, done!)).json.status).toBe('succeeded')
  })

  it('knows no generation of another tenant, of another API, or of no form', async ({ expect }) => {
    const [me, other] = await Promise.all([account(), account()])
    const [foreign] = idsOf(await enqueue(other.key, {}))
    const body = { prompt: 'a pier', size: '64x64', gateway: { mode: 'async' } }
    const native = await ask('/v1/images/generations', { key: me.key, body })
    for (const id of [foreign!, native.json.id, crypto.randomUUID(), 'not-a-uuid'])
      for (const answer of [await poll(me.key, id), await remove(me.key, id)]) {
        expect(answer.status).toBe(404)
        expect(answer.json).toEqual({
          error: {
            type: 'resource_not_found',
            title: 'The requested resource could not be found',
            detail: 'The requested resource could not be found',
            message: 'The requested resource could not be found',
          },
          status: 'error',
          status_message: 'resource_not_found',
        })
      }
  })

  it('tells by a dry run what all generations would cost', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const body = { model: 'sketch-priced', num_generations: 3, gateway: { dry_run: true } }
    const plan = await enqueue(key, body)
    expect(plan.json).toMatchObject({ object: 'gateway.plan', n: 3, worst_cost_usd: 0.12 })
    expect((await list(key)).count).toBe(0)
  })

  it('is left alone by what a header prefers', async ({ expect }) => {
    const { key } = await account()
    const made = await enqueue(key, { size: '64x64' }, { prefer: 'wait=5' })
    expect(made.json.generations[0].status).toBe('queued')
  })
})
