import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { imageKey, imagePath, newJobId, shortId } from '../../src/core/ids.ts'
import { deliver } from '../../src/http/deliver.ts'
import { ingest } from '../../src/images/ingest.ts'
import { PNG, samples } from '../images/samples.ts'

const TENANT = '0123456789'
const ORIGIN = 'https://img.test'
const MiB = 1024 * 1024

/** The bucket, with a record of its reads. */
function watched() {
  const reads: string[] = []
  const bucket = {
    get: (key: string, options: R2GetOptions) => {
      reads.push('get')
      return env.IMAGES_BUCKET.get(key, options)
    },
    head: (key: string) => {
      reads.push('head')
      return env.IMAGES_BUCKET.head(key)
    },
  } as unknown as R2Bucket
  return { reads, bucket }
}

interface Ask {
  method?: string
  headers?: Record<string, string>
  maxAgeSeconds?: number
  download?: boolean
  query?: string
  origin?: string
}

/** Delivers image 0 of a job, and waits for what goes on behind the answer. */
async function ask(job: string, how: Ask = {}) {
  const { method = 'GET', headers = {}, maxAgeSeconds = 600, download = false } = how
  const { query = 'e=1&k=k1&s=x', origin = ORIGIN } = how
  const request = new Request(`${origin}${imagePath(TENANT, job, 0)}?${query}`, { method, headers })
  const ctx = createExecutionContext()
  const { reads, bucket } = watched()
  const address = { tenant: TENANT, job, n: 0, k: null, maxAgeSeconds, download }
  const response = await deliver(request, { ...env, IMAGES_BUCKET: bucket }, ctx, address)
  if (!response) return null
  const body = new Uint8Array(await response.arrayBuffer())
  await waitOnExecutionContext(ctx)
  return {
    status: response.status,
    headers: response.headers,
    body,
    reads,
  }
}

async function newImage(bytes: Uint8Array<ArrayBuffer> = PNG) {
  const job = newJobId()
  const about = { job, model: 'm', provider: 'p', seed: null, created: 0 }
  const stored = await ingest(
    env.IMAGES_BUCKET,
    imageKey(TENANT, job, 0),
    new Response(bytes).body!,
    about,
  )
  if (!stored.ok) throw new Error(stored.reason)
  return { job, etag: `"${stored.image.sha256}"`, bytes }
}

/** A PNG with so many bytes behind its size that its end lies at `bytes`. */
function largePng(bytes: number): Uint8Array<ArrayBuffer> {
  const png = new Uint8Array(bytes)
  png.set(PNG)
  png.set(PNG.subarray(-12), bytes - 12)
  return png
}

describe('a delivered image', () => {
  it.for(samples)(
    'is its bytes under its type, and inert: $name',
    async ({ bytes, type }, { expect }) => {
      const { job, etag } = await newImage(bytes)
      const answer = await ask(job)
      const extension = type === 'image/jpeg' ? 'jpg' : type.slice('image/'.length)
      expect(answer?.status).toBe(200)
      expect(answer?.body).toEqual(bytes)
      expect(Object.fromEntries(answer!.headers)).toEqual({
        'accept-ranges': 'bytes',
        'cache-control': 'public, max-age=600, immutable',
        'content-disposition': `inline; filename="${shortId(job)}-0.${extension}"`,
        'content-length': `${bytes.length}`,
        'content-security-policy': "default-src 'none'; sandbox",
        'content-type': type,
        'cross-origin-resource-policy': 'cross-origin',
        etag,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
    },
  )

  it('is not there before it is stored', async ({ expect }) => {
    const job = newJobId()
    for (const headers of [{}, { range: 'bytes=0-1' }, { 'if-none-match': '*' }])
      expect(await ask(job, { headers })).toBeNull()
    expect(await ask(job, { method: 'HEAD' })).toBeNull()
  })

  it('is a download when asked for', async ({ expect }) => {
    const { job } = await newImage()
    const answer = await ask(job, { download: true })
    expect(answer?.headers.get('content-disposition')).toBe(
      `attachment; filename="${shortId(job)}-0.png"`,
    )
  })

  it.for<[number, number]>([
    [10, 10],
    [10.9, 10],
    [0, 0],
    [-5, 0],
    [1e9, 31_536_000],
  ])('may be kept as long as its link: %d s as %d s', async ([maxAgeSeconds, age], { expect }) => {
    const { job } = await newImage()
    const answer = await ask(job, { maxAgeSeconds })
    expect(answer?.headers.get('cache-control')).toBe(`public, max-age=${age}, immutable`)
  })

  it('is kept by no shared cache when it was asked for with a key', async ({ expect }) => {
    const { job } = await newImage()
    const answer = await ask(job, { headers: { authorization: 'Bearer x' } })
    expect(answer?.headers.get('cache-control')).toBe('private, max-age=600, immutable')
  })

  it('is never of a type that could run, whatever its metadata say', async ({ expect }) => {
    const job = newJobId()
    const httpMetadata = { contentType: 'text/html' }
    await env.IMAGES_BUCKET.put(imageKey(TENANT, job, 0), '<script>', { httpMetadata })
    const answer = await ask(job)
    expect(answer?.headers.get('content-type')).toBe('application/octet-stream')
    expect(answer?.headers.get('content-disposition')).toBe(`inline; filename="${shortId(job)}-0"`)
  })

  it('has the length for HEAD without the bytes, at one read', async ({ expect }) => {
    const { job, etag } = await newImage()
    const answer = await ask(job, { method: 'HEAD', headers: { range: 'bytes=0-1' } })
    expect(answer).toMatchObject({ status: 200, reads: ['head'] })
    expect(answer?.body.length).toBe(0)
    expect(answer?.headers.get('content-length')).toBe(`${PNG.length}`)
    expect(answer?.headers.get('etag')).toBe(etag)
  })
})

describe('a client that has the image', () => {
  it.for([['GET'], ['HEAD']])('is told so at one read: %s', async ([method], { expect }) => {
    const { job, etag } = await newImage()
    const headers = { 'if-none-match': `"other", W/${etag}`, range: 'bytes=0-1' }
    const answer = await ask(job, { method: method!, headers })
    expect(answer).toMatchObject({ status: 304, reads: ['head'] })
    expect(answer?.body.length).toBe(0)
    expect(answer?.headers.get('etag')).toBe(etag)
    expect(answer?.headers.get('cache-control')).toBe('public, max-age=600, immutable')
  })

  it('gets the new one when it has another', async ({ expect }) => {
    const { job } = await newImage()
    const answer = await ask(job, { headers: { 'if-none-match': '"other"' } })
    expect(answer).toMatchObject({ status: 200, body: PNG, reads: ['head', 'get', 'get'] })
  })
})

describe('a part of an image', () => {
  const size = PNG.length
  it.for<[string, number, number]>([
    ['bytes=0-9', 0, 9],
    ['bytes=50-', 50, size - 1],
    ['bytes=-7', size - 7, size - 1],
    [`bytes=100-${'9'.repeat(20)}`, 100, size - 1],
  ])('is what was asked for: %s', async ([range, first, last], { expect }) => {
    const { job } = await newImage()
    const answer = await ask(job, { headers: { range } })
    expect(answer).toMatchObject({
      status: 206,
      body: PNG.slice(first, last + 1),
      reads: ['head', 'get'],
    })
    expect(answer?.headers.get('content-range')).toBe(`bytes ${first}-${last}/${size}`)
    expect(answer?.headers.get('content-length')).toBe(`${last - first + 1}`)
    expect(answer?.headers.get('content-type')).toBe('image/png')
  })

  it.for(['bytes=106-', 'bytes=-0'])(
    'that is not there is a 416: %s',
    async (range, { expect }) => {
      const { job } = await newImage()
      const answer = await ask(job, { headers: { range } })
      expect(answer).toMatchObject({ status: 416, reads: ['head'] })
      expect(answer?.headers.get('content-range')).toBe(`bytes */${size}`)
      expect(answer?.headers.get('cache-control')).toBe('no-store')
    },
  )

  it.for(['bytes=0-1,4-5', 'bytes=9-2', 'lines=1-2'])(
    'is all of it for %s',
    async (range, { expect }) => {
      const { job } = await newImage()
      expect(await ask(job, { headers: { range } })).toMatchObject({ status: 200, body: PNG })
    },
  )

  it('is all of it when the image is another than the client began with', async ({ expect }) => {
    const { job, etag } = await newImage()
    const range = 'bytes=0-9'
    const other = await ask(job, { headers: { range, 'if-range': '"other"' } })
    const same = await ask(job, { headers: { range, 'if-range': etag } })
    expect([other?.status, same?.status]).toEqual([200, 206])
  })
})

describe('the edge cache', () => {
  it('answers the second reader, whatever link brought him, by the rules of that link', async ({
    expect,
  }) => {
    const { job, etag } = await newImage()
    const first = await ask(job)
    expect(first).toMatchObject({ reads: ['get', 'get'] })
    const second = await ask(job, { query: 'e=2&k=k2&s=y', maxAgeSeconds: 5, download: true })
    expect(second).toMatchObject({ status: 200, body: PNG, reads: [] })
    expect(second?.headers.get('cache-control')).toBe('public, max-age=5, immutable')
    expect(second?.headers.get('content-disposition')).toContain('attachment')
    expect(second?.headers.get('content-length')).toBe(`${PNG.length}`)
    expect([...second!.headers.keys()]).toEqual([...first!.headers.keys()])
    const unchanged = await ask(job, { headers: { 'if-none-match': etag } })
    expect(unchanged).toMatchObject({ status: 304, reads: [] })
    const head = await ask(job, { method: 'HEAD' })
    expect(head).toMatchObject({ status: 200, reads: [] })
    const part = await ask(job, { headers: { range: 'bytes=1-3' } })
    expect(part).toMatchObject({ status: 206, body: PNG.slice(1, 4), reads: ['get'] })
  })

  it('keeps an image for an hour under its path', async ({ expect }) => {
    const { job } = await newImage()
    await ask(job)
    const kept = await caches.default.match(`${ORIGIN}${imagePath(TENANT, job, 0)}`)
    expect(kept?.headers.get('cache-control')).toBe('public, max-age=3600')
    expect(new Uint8Array(await kept!.arrayBuffer())).toEqual(PNG)
  })

  it.for<[string, Ask]>([
    ['HEAD', { method: 'HEAD' }],
    ['a part', { headers: { range: 'bytes=0-1' } }],
    ['a 304', { headers: { 'if-none-match': '*' } }],
    ['a host where it has no effect', { origin: 'https://darkroom.someone.workers.dev' }],
  ])('is not filled by %s', async ([, how], { expect }) => {
    const { job } = await newImage()
    await ask(job, how)
    const url = `${how.origin ?? ORIGIN}${imagePath(TENANT, job, 0)}`
    expect(await caches.default.match(url)).toBeUndefined()
  })

  it.for<[string, number, boolean]>([
    ['keeps 8 MiB', 8 * MiB, true],
    ['does not keep more', 8 * MiB + 1, false],
  ])('%s', async ([, bytes, isKept], { expect }) => {
    const { job } = await newImage(largePng(bytes))
    const answer = await ask(job)
    expect(answer?.body.length).toBe(bytes)
    const kept = await caches.default.match(`${ORIGIN}${imagePath(TENANT, job, 0)}`)
    await kept?.body?.cancel()
    expect(kept !== undefined).toBe(isKept)
  })
})
