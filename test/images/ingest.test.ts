import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { ingest } from '../../src/images/ingest.ts'
import { JPEG, PNG, pngOf, samples } from './samples.ts'
import { streamOf } from './sinks.ts'

const MiB = 1024 * 1024
const bucket = env.IMAGES_BUCKET
const about = { job: 'j', model: 'm', provider: 'p', seed: 7, created: 1_700_000_000 }
let count = 0
const newKey = () => `images/T/ingest/${count++}`

const sha256 = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()

/** Too large for one put. */
const LARGE = pngOf(17 * MiB)

function withSize(png: Uint8Array<ArrayBuffer>, width: number, height: number) {
  const copy = png.slice()
  const view = new DataView(copy.buffer)
  view.setUint32(16, width)
  view.setUint32(20, height)
  return copy
}

/** The bucket, with a record of its calls; `failing` names one that rejects. */
function watched(failing?: string) {
  const calls: string[] = []
  const call = <T>(name: string, run: () => Promise<T>): Promise<T> => {
    calls.push(name)
    return name === failing ? Promise.reject(new Error(`R2 ${name}`)) : run()
  }
  const observed = {
    put: (key: string, body: Uint8Array | ReadableStream, options: R2PutOptions) =>
      call('put', () => bucket.put(key, body, options)),
    get: (key: string) => call('get', () => bucket.get(key)),
    delete: (key: string) => call('delete', () => bucket.delete(key)),
    createMultipartUpload: (key: string) =>
      call('create', async () => {
        const upload = await bucket.createMultipartUpload(key)
        return {
          uploadPart: (n: number, part: Uint8Array) =>
            call('part', () => upload.uploadPart(n, part)),
          complete: (parts: R2UploadedPart[]) => call('complete', () => upload.complete(parts)),
          abort: () => call('abort', () => upload.abort()),
        }
      }),
  } as unknown as R2Bucket
  return { calls, observed }
}

/** A bucket that swallows what it is sent, with a record of its calls. */
function swallowing() {
  const calls: string[] = []
  const upload = {
    uploadPart: async (partNumber: number) => ({ partNumber, etag: 'e' }),
    complete: async () => calls.push('complete'),
    abort: async () => calls.push('abort'),
  }
  const observed = {
    put: async () => calls.push('put'),
    createMultipartUpload: async () => {
      calls.push('create')
      return upload
    },
  } as unknown as R2Bucket
  return { calls, observed }
}

const stored = async (prefix: string) =>
  (await bucket.list({ prefix })).objects.map(({ key }) => key)

describe('a stored image', () => {
  it.for(samples)(
    'is the bytes that came, with what was measured on them: $name',
    async (sample, { expect }) => {
      const { bytes, type, width, height } = sample
      const key = newKey()
      const hash = await sha256(bytes)
      const measured = {
        type,
        bytes: bytes.length,
        sha256: hash,
        width,
        height,
        contentCredentials: false,
      }
      expect(await ingest(bucket, key, streamOf(bytes), about)).toEqual({
        ok: true,
        image: measured,
      })
      const object = await bucket.get(key)
      expect(await object?.bytes()).toEqual(bytes)
      expect(object?.httpMetadata).toEqual({ contentType: type })
      expect(object?.customMetadata).toEqual({
        job: 'j',
        model: 'm',
        provider: 'p',
        seed: '7',
        created: '1700000000',
        sha256: hash,
        width: `${width}`,
        height: `${height}`,
      })
    },
  )

  it('is the same however its bytes were cut into pieces', async ({ expect }) => {
    const png = pngOf(150_000)
    const hash = await sha256(png)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(png.length), { maxLength: 12 }), async (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), png.length]
        const pieces = at.slice(1).map((end, i) => png.slice(at[i], end))
        const answer = await ingest(bucket, 'images/T/ingest/cuts', streamOf(...pieces), about)
        expect(answer).toMatchObject({ ok: true, image: { sha256: hash, width: 3 } })
      }),
      { numRuns: 15 },
    )
  })

  it('overwrites itself, and says nothing of a seed that it has not', async ({ expect }) => {
    const key = newKey()
    await ingest(bucket, key, streamOf(PNG), about)
    await ingest(bucket, key, streamOf(JPEG), { ...about, seed: null })
    const object = await bucket.head(key)
    expect(object?.httpMetadata?.contentType).toBe('image/jpeg')
    expect(object?.customMetadata).not.toHaveProperty('seed')
  })

  it('costs one put up to 16 MiB, read from a byte stream', async ({ expect }) => {
    const { calls, observed } = watched()
    const body = new Response(pngOf(16 * MiB)).body!
    const answer = await ingest(observed, newKey(), body, about)
    expect(answer).toMatchObject({ ok: true, image: { bytes: 16 * MiB } })
    expect(calls).toEqual(['put'])
  })

  it('above 16 MiB is uploaded in parts and has the same labels', async ({ expect }) => {
    const key = newKey()
    // The end marker lies across the border of two parts.
    const png = pngOf(20 * MiB + 4)
    const hash = await sha256(png)
    const { calls, observed } = watched()
    const answer = await ingest(observed, key, streamOf(png), about)
    expect(answer).toMatchObject({ ok: true, image: { sha256: hash, bytes: png.length, width: 3 } })
    const parts = Array.from({ length: 5 }, () => 'part')
    expect(calls).toEqual(['create', ...parts, 'complete', 'get', 'put', 'delete'])
    const object = await bucket.get(key)
    const digest = new crypto.DigestStream('SHA-256')
    await object?.body.pipeTo(digest)
    expect(new Uint8Array(await digest.digest).toHex()).toBe(hash)
    expect(object?.customMetadata).toMatchObject({ sha256: hash, width: '3' })
    expect(await stored(key)).toEqual([key])
  })

  it('has its size also when 100 KB of metadata come first', async ({ expect }) => {
    const segments = Array.from({ length: 2 }, () => {
      const segment = new Uint8Array(50_002)
      segment.set([0xff, 0xe2, 50_000 >> 8, 50_000 & 255])
      return segment
    })
    const body = streamOf(JPEG.slice(0, 2), ...segments, JPEG.slice(2))
    expect(await ingest(bucket, newKey(), body, about)).toMatchObject({
      image: { width: 5, height: 4 },
    })
  })

  it.for<[number, number]>([
    [5000, 10_000],
    [20_000, 2500],
  ])('may have %d x %d pixels', async ([width, height], { expect }) => {
    const body = streamOf(withSize(PNG, width, height))
    expect(await ingest(bucket, newKey(), body, about)).toMatchObject({
      ok: true,
      image: { width },
    })
  })
})

describe('a body that is no whole image', () => {
  const html = new TextEncoder().encode('<!doctype html>'.padEnd(100))
  it.for<[string, string, (Uint8Array | Error)[]]>([
    ['an error page', 'not_an_image', [html]],
    ['nothing', 'not_an_image', []],
    ['more than 50 MiB', 'too_large', [LARGE, LARGE, LARGE]],
    ['more than 50 megapixels', 'too_many_pixels', [withSize(PNG, 7072, 7072)]],
    ['a side above 20,000 pixels', 'too_many_pixels', [withSize(PNG, 20_001, 1)]],
    ['a PNG without its end', 'broken_stream', [PNG.slice(0, -12)]],
    ['a JPEG without its end', 'broken_stream', [JPEG.slice(0, -2)]],
    ['a large PNG without its end', 'broken_stream', [LARGE.slice(0, -1)]],
    ['a connection that breaks off', 'broken_stream', [PNG.slice(0, 50), new Error('reset')]],
    ['one that breaks off late', 'broken_stream', [LARGE, new Error('reset')]],
  ])('is refused and leaves nothing behind: %s', async ([, reason, pieces], { expect }) => {
    const { calls, observed } = swallowing()
    const answer = await ingest(observed, newKey(), streamOf(...pieces), about)
    expect(answer).toEqual({ ok: false, reason })
    expect(calls).toEqual(calls.length > 0 ? ['create', 'abort'] : [])
  })

  it('is not read further than needed, and its source hears of it', async ({ expect }) => {
    let pulled = 0
    let cancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(32 * 1024))
      },
      cancel() {
        cancelled = true
      },
    })
    expect(await ingest(bucket, newKey(), endless, about)).toEqual({
      ok: false,
      reason: 'not_an_image',
    })
    expect(pulled).toBeLessThan(5)
    expect(cancelled).toBe(true)
  })

  it('leaves an image that was there before as it was', async ({ expect }) => {
    const key = newKey()
    await ingest(bucket, key, streamOf(PNG), about)
    await ingest(bucket, key, streamOf(LARGE.slice(0, -1)), about)
    expect(await stored(key)).toEqual([key])
    expect((await bucket.head(key))?.size).toBe(PNG.length)
  })
})

describe('a failure of R2', () => {
  it.for<[string, number]>([
    ['put', PNG.length],
    ['part', LARGE.length],
    ['complete', LARGE.length],
    ['put', LARGE.length],
  ])(
    'in %s of %d bytes is thrown and leaves nothing behind',
    async ([failing, size], { expect }) => {
      const key = newKey()
      const { calls, observed } = watched(failing)
      const png = size === PNG.length ? PNG : LARGE
      await expect(ingest(observed, key, streamOf(png), about)).rejects.toThrow(`R2 ${failing}`)
      expect(await stored(key)).toEqual([])
      const opened = calls.includes('create')
      const ended = calls.includes('abort') || calls.includes('delete')
      expect(ended).toBe(opened)
    },
  )
})
