import OpenAI from 'openai'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { ask, download, listCharges, listJobs, openAccount, readBalance } from './client.ts'
import type { Account, NativeJob } from './client.ts'

const price = [{ unit: 'image', usd: 0.04 }]
const MODELS = JSON.stringify({ 'sketch-1': { price }, 'sketch-slow': { price } })
const LATER = { prefer: 'respond-async' }

let gateway: Gateway
let account: Account
beforeAll(async () => {
  gateway = await startGateway({ vars: { MODELS } })
  account = await openAccount(gateway.url, 10)
})
afterAll(() => gateway.stop())

/** Asks for small images and does not wait for them. */
const accept = (body: object, { key } = account) =>
  ask<NativeJob>(`${gateway.url}/v1/images/generations`, {
    key,
    body: { prompt: 'a pier', size: '64x64', ...body },
    headers: LATER,
  })

/** The job after up to 20 s of waiting for its end. */
const ended = async ({ urls }: NativeJob, { key } = account): Promise<NativeJob> =>
  (await ask<NativeJob>(`${urls.get}?wait=20`, { key })).json

const cancel = ({ urls }: NativeJob, { key } = account) =>
  ask<NativeJob>(urls.cancel, { key, method: 'POST' })

// What waits comes first: tests of a block start in their order, five at a time.
describe.concurrent('a request that prefers not to wait', () => {
  it('may still wait for as long as it says', async ({ expect }) => {
    const answer = await ask<NativeJob>(`${gateway.url}/v1/images/generations`, {
      key: account.key,
      body: { model: 'sketch-slow', prompt: 'a pier', size: '64x64' },
      headers: { prefer: 'wait=1' },
    })
    expect(answer.status).toBe(202)
    expect(answer.headers.get('preference-applied')).toBe('wait=1')
    expect(answer.json.status).toBe('running')
    expect((await ended(answer.json)).status).toBe('succeeded')
  })

  it('has links that work before the image exists', async ({ expect }) => {
    const { json } = await accept({ model: 'sketch-slow' })
    const [link] = json.urls.images
    const early = await fetch(`${link!}&wait=0`)
    expect(early.status).toBe(202)
    expect(early.headers.get('cache-control')).toBe('no-store')
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0)
    await early.body?.cancel()

    const [image, job] = await Promise.all([download(link!), ended(json)])
    expect([image.status, image.type]).toEqual([200, 'image/png'])
    expect(image.sha256).toBe(job.data[0]!.sha256)
  })

  it('is answered 202 with a job that can be followed to its end', async ({ expect }) => {
    const { status, headers, json } = await accept({ n: 2 })
    expect(status).toBe(202)
    expect(headers.get('preference-applied')).toBe('respond-async')
    expect(headers.get('location')).toBe(json.urls.get)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(json).toMatchObject({ object: 'image.job', data: [], error: null })
    expect(['queued', 'running']).toContain(json.status)

    const job = await ended(json)
    expect(job).toMatchObject({ id: json.id, status: 'succeeded', cost: { usd: 0.08 } })
    expect(job.data.map(({ url }) => url)).toEqual(json.urls.images)
    const images = await Promise.all(job.data.map(({ url }) => download(url)))
    expect(images.map(({ sha256 }) => sha256)).toEqual(job.data.map(({ sha256 }) => sha256))
    expect(images.map(({ bytes }) => bytes.length)).toEqual(job.data.map(({ bytes }) => bytes))
  })

  it('has a link that says why no image will come', async ({ expect }) => {
    const { json } = await accept({ model: 'sketch-moderated' })
    const gone = await ask<{ error: { code: string } }>(json.urls.images[0]!)
    expect(gone.status).toBe(410)
    expect(gone.json.error.code).toBe('moderation_blocked')
    const job = await ended(json)
    expect(job).toMatchObject({ status: 'failed', error: { code: 'moderation_blocked' } })
  })

  it('shows its image to the key, without a link', async ({ expect }) => {
    const { json } = await accept({})
    const job = await ended(json)
    const url = `${gateway.url}/v1/images/${json.id}.0/content`
    const answer = await fetch(url, { headers: { authorization: `Bearer ${account.key}` } })
    expect(answer.status).toBe(200)
    expect((await answer.bytes()).length).toBe(job.data[0]!.bytes)
  })
})

describe.concurrent('a job that is cancelled', () => {
  it('ends for all who wait for it, and costs nothing', async ({ expect }) => {
    const own = await openAccount(gateway.url, 1)
    const openai = new OpenAI({ apiKey: own.key, baseURL: `${gateway.url}/v1` })
    const body = { model: 'sketch-slow', prompt: 'a pier', size: '64x64', seed: 3 }
    const { json } = await accept(body, own)
    // Joins the job, because it asks for the same seed.
    const caller = openai.images.generate(body).catch((error: unknown) => error)
    const link = download(json.urls.images[0]!)
    expect(await readBalance(gateway.url, own.key)).toEqual({ balance_usd: 1, reserved_usd: 0.04 })

    const first = await cancel(json, own)
    expect(first).toMatchObject({ status: 200, json: { id: json.id, status: 'cancelled' } })
    const again = await cancel(json, own)
    expect(again).toMatchObject({ status: 200, json: first.json })
    const error = await caller
    expect(error).toBeInstanceOf(OpenAI.BadRequestError)
    expect(error).toMatchObject({ status: 400, code: 'job_cancelled' })
    expect((await link).status).toBe(410)
    expect(await readBalance(gateway.url, own.key)).toEqual({ balance_usd: 1, reserved_usd: 0 })
    expect(await listCharges(gateway.url, own.tenant)).toEqual([])
  })

  it('stays as it is when it has ended before', async ({ expect }) => {
    const { json } = await accept({})
    const job = await ended(json)
    const late = await cancel(json)
    expect(late.status).toBe(200)
    expect(late.json).toEqual(job)
  })
})

describe.concurrent('a job that is deleted', () => {
  it.for(['sketch-1', 'sketch-slow'])(
    'is gone, with its images and its place in the list (%s)',
    async (model, { expect }) => {
      const own = await openAccount(gateway.url, 1)
      const { json } = await accept({ model }, own)
      if (model === 'sketch-1') await ended(json, own)
      const removed = await ask(json.urls.get, { key: own.key, method: 'DELETE' })
      expect(removed.status).toBe(200)
      expect(removed.json).toMatchObject({ id: json.id, object: 'image.job', deleted: true })
      const read = await ask<{ error: { code: string } }>(json.urls.get, { key: own.key })
      expect([read.status, read.json.error.code]).toEqual([404, 'not_found'])
      expect((await download(json.urls.images[0]!)).status).toBe(404)
      expect(await listJobs(gateway.url, own.key)).toEqual([])
      expect((await readBalance(gateway.url, own.key)).reserved_usd).toBe(0)
    },
  )
})

describe.concurrent('the list of jobs', () => {
  it('has the newest first, in pages, and can be narrowed', async ({ expect }) => {
    const own = await openAccount(gateway.url, 1)
    const ids: string[] = []
    for (const model of ['sketch-1', 'sketch-moderated', 'sketch-1']) {
      const { json } = await accept({ model }, own)
      ids.unshift(json.id)
      await ended(json, own)
    }
    const list = async (query: string): Promise<[ids: string[], more: boolean]> => {
      const { json } = await ask<{ data: NativeJob[]; has_more: boolean }>(
        `${gateway.url}/v1/jobs${query}`,
        { key: own.key },
      )
      return [json.data.map(({ id }) => id), json.has_more]
    }
    expect(await list('')).toEqual([ids, false])
    expect(await list('?limit=2')).toEqual([ids.slice(0, 2), true])
    expect(await list(`?limit=2&after=${ids[1]}`)).toEqual([ids.slice(2), false])
    expect(await list('?status=failed')).toEqual([[ids[1]], false])
    expect(await list('?model=sketch-1')).toEqual([[ids[0], ids[2]], false])
    expect(await list('?status=running')).toEqual([[], false])
  })
})
