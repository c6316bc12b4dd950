import { reset } from 'cloudflare:test'
import { afterAll, describe, it } from 'vitest'
import { account, ask, call, generate } from '../support/client.ts'

afterAll(reset)

const small = { prompt: 'a red cube', size: '64x64' }
const slow = { ...small, model: 'sketch-slow-priced' }
const LATER = { prefer: 'respond-async' }

describe('a caller that does not want to wait', () => {
  it('gets the job with its final links, and reads it to its end', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const made = await generate(key, { ...slow, n: 2 }, LATER)
    expect(made.status).toBe(202)
    expect(made.headers.get('preference-applied')).toBe('respond-async')
    expect(made.headers.get('location')).toBe(made.json.urls.get)
    expect(Number(made.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(made.json).toMatchObject({ object: 'image.job', status: 'queued', reused: false })
    expect(made.json.cost).toEqual({ usd: null, reserved_usd: 0.08 })

    const ended = await ask(`${made.json.urls.get}?wait=20`, { key })
    expect(ended.json).toMatchObject({ status: 'succeeded', error: null, progress: null })
    expect(ended.json.cost).toEqual({ usd: 0.08, reserved_usd: 0 })
    expect(ended.json.data.map((image: { url: string }) => image.url)).toEqual(
      made.json.urls.images,
    )
    expect(ended.json.attempts).toMatchObject([{ upstream: 'sketch', outcome: 'succeeded' }])
    expect((await ask('/v1/balance', { key })).json).toEqual({ balance_usd: 0.92, reserved_usd: 0 })
  })

  it('is told the same by the body key', async ({ expect }) => {
    const { key } = await account()
    const made = await generate(key, { ...slow, gateway: { mode: 'async', metadata: { a: 'b' } } })
    expect([made.status, made.json.metadata]).toEqual([202, { a: 'b' }])
  })

  it('may wait a little and gets the job when that was not enough', async ({ expect }) => {
    const { key } = await account()
    const late = await generate(key, slow, { prefer: 'wait=1' })
    expect([late.status, late.json.status]).toEqual([202, 'running'])
    const done = await generate(key, small, { prefer: 'wait=20' })
    expect([done.status, done.headers.get('preference-applied')]).toEqual([200, 'wait=20'])
  })
})

describe('a link', () => {
  it('can be opened before its image exists', async ({ expect }) => {
    const { key } = await account()
    const made = await generate(key, slow, LATER)
    const [link] = made.json.urls.images
    const early = await call(`${link}&wait=0`)
    expect([early.status, early.headers.get('cache-control')]).toEqual([202, 'no-store'])
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0)
    await early.arrayBuffer()
    const image = await call(link)
    expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/png'])
    const job = await ask(made.json.urls.get, { key })
    const bytes = new Uint8Array(await image.arrayBuffer())
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()
    expect(job.json.data[0]).toMatchObject({ sha256: digest, bytes: bytes.length })
  })

  it('of a job that failed says why, for good', async ({ expect }) => {
    const { key } = await account()
    const made = await generate(key, { ...small, model: 'sketch-moderated' }, LATER)
    const image = await ask(made.json.urls.images[0])
    expect([image.status, image.json.error.code]).toEqual([410, 'moderation_blocked'])
  })

  it('lets 8 readers of one address wait, and answers the others at once', async ({ expect }) => {
    const { key } = await account()
    const made = await generate(key, slow, LATER)
    const read = () =>
      call(made.json.urls.images[0], { headers: { 'cf-connecting-ip': '192.0.2.1' } })
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const answer = await read()
        await answer.arrayBuffer()
        return answer.status
      }),
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(8)
    expect(statuses.filter((status) => status === 202)).toHaveLength(12)
  })

  it.for<[string, (url: URL) => void]>([
    ['another image', (url) => (url.pathname = url.pathname.replace(/0$/, '1'))],
    ['another tenant', (url) => (url.pathname = url.pathname.replace('/i/0', '/i/1'))],
    ['a later expiry', (url) => url.searchParams.set('e', '4000000000')],
    ['no signature', (url) => url.searchParams.delete('s')],
  ])('that was altered is a 403: %s', async ([, tamper], { expect }) => {
    const { key } = await account()
    const made = await generate(key, small)
    const url = new URL(made.json.data[0].url)
    tamper(url)
    const answer = await ask(url.href)
    expect([answer.status, answer.json.error.code]).toEqual([403, 'permission_denied'])
  })

  it('ignores an API key that a client attaches, and serves any known ending', async ({
    expect,
  }) => {
    const { key } = await account()
    const made = await generate(key, small)
    const url = new URL(made.json.data[0].url)
    url.pathname += '.png'
    const image = await call(url.href, { key: 'junk' })
    await image.arrayBuffer()
    expect(image.status).toBe(200)
  })

  it('has a twin for those who hold a key', async ({ expect }) => {
    const { key } = await account()
    const made = await generate(key, small)
    const id = made.headers.get('x-darkroom-job')
    const image = await call(`/v1/images/${id}.0/content`, { key })
    await image.arrayBuffer()
    expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect((await call(`/v1/images/${id}.1/content`, { key })).status).toBe(404)
  })
})

describe('a cancelled job', () => {
  it('costs nothing, stays cancelled, and tells whoever waits', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const made = await generate(key, slow, LATER)
    const waiting = call(made.json.urls.images[0])
    const cancelled = await ask(made.json.urls.cancel, { key, method: 'POST' })
    expect([cancelled.status, cancelled.json.status]).toEqual([200, 'cancelled'])
    expect(cancelled.json.error.code).toBe('job_cancelled')
    const link = await waiting
    await link.arrayBuffer()
    expect(link.status).toBe(410)
    const again = await ask(made.json.urls.cancel, { key, method: 'POST' })
    expect(again.json).toEqual(cancelled.json)
    expect((await ask('/v1/balance', { key })).json).toEqual({ balance_usd: 1, reserved_usd: 0 })
  })

  it('that had ended is shown unchanged', async ({ expect }) => {
    const { key } = await account()
    const made = await generate(key, small)
    const id = made.headers.get('x-darkroom-job')
    const answer = await ask(`/v1/jobs/${id}/cancel`, { key, method: 'POST' })
    expect([answer.status, answer.json.status]).toEqual([200, 'succeeded'])
  })
})

describe('a deleted job', () => {
  it('is gone with its images, whatever it was doing', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const done = await generate(key, small)
    const running = await generate(key, slow, LATER)
    for (const id of [done.headers.get('x-darkroom-job'), running.json.id]) {
      const answer = await ask(`/v1/jobs/${id}`, { key, method: 'DELETE' })
      expect(answer.json).toMatchObject({ id, object: 'image.job', deleted: true })
      expect((await ask(`/v1/jobs/${id}`, { key })).status).toBe(404)
    }
    const link = await call(done.json.data[0].url)
    await link.arrayBuffer()
    expect(link.status).toBe(404)
    expect((await ask('/v1/jobs', { key })).json.data).toEqual([])
    expect((await ask('/v1/balance', { key })).json).toEqual({ balance_usd: 1, reserved_usd: 0 })
  })
})

describe('the list of jobs', () => {
  it('goes from the newest to the oldest, page by page', async ({ expect }) => {
    const { key } = await account()
    const ids = []
    for (let i = 0; i < 3; i++)
      ids.unshift((await generate(key, small)).headers.get('x-darkroom-job'))
    const first = await ask('/v1/jobs?limit=2', { key })
    expect(first.json.data.map((job: { id: string }) => job.id)).toEqual(ids.slice(0, 2))
    expect(first.json).toMatchObject({ object: 'list', has_more: true, last_id: ids[1] })
    const second = await ask(`/v1/jobs?limit=2&after=${ids[1]}`, { key })
    expect(second.json).toMatchObject({ has_more: false, last_id: ids[2] })
    expect((await ask('/v1/jobs?limit=0', { key })).json.error.param).toBe('limit')
    expect((await ask('/v1/jobs?status=failed', { key })).json.data).toEqual([])
  })
})
