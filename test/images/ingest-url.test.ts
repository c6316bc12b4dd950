import { env } from 'cloudflare:workers'
import { describe, it } from 'vitest'
import { ingestUrl } from '../../src/images/ingest-url.ts'
import { pngOf } from './samples.ts'
import { cutAt, streamOf } from './sinks.ts'

const MiB = 1024 * 1024
const bucket = env.IMAGES_BUCKET
const about = { job: 'j', model: 'm', provider: 'p', seed: 7, created: 1_700_000_000 }
const LARGE = pngOf(5 * MiB + 77)
let count = 0
const newKey = () => `images/T/url/${count++}`

const sha256 = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()

/** An answer that states this length, whatever comes. */
const answer = (body: ReadableStream<Uint8Array>, length: number | null, headers = {}) =>
  new Response(body, {
    headers: { ...headers, ...(length === null ? {} : { 'content-length': `${length}` }) },
  })

/** The bucket with a record of its puts; with `failing`, R2 fails without reading. */
function watched(failing = false) {
  const puts: string[] = []
  const observed = {
    put(key: string, body: Uint8Array | ReadableStream, options: R2PutOptions) {
      puts.push(body instanceof Uint8Array ? 'held' : 'passed on')
      return failing ? Promise.reject(new Error('R2 put')) : bucket.put(key, body, options)
    },
  } as unknown as R2Bucket
  return { puts, observed }
}

describe('an image by URL', () => {
  it.for([
    ['is passed on when it is large and its length is known', LARGE, LARGE.length, 'passed on'],
    ['is held when nobody says how large it is', LARGE, null, 'held'],
    ['is held when it is small', pngOf(100_000), 100_000, 'held'],
  ] as const)('%s', async ([, png, length, how], { expect }) => {
    const key = newKey()
    const { puts, observed } = watched()
    const body = new Response(png).body!
    const result = await ingestUrl(observed, key, answer(body, length), about)
    const measured = { type: 'image/png', width: 3, height: 2, contentCredentials: false }
    const image = { ...measured, bytes: png.length, sha256: await sha256(png) }
    expect(result).toEqual({ ok: true, image })
    expect(puts).toEqual([how])
    const object = await bucket.get(key)
    expect(await sha256(new Uint8Array(await object!.arrayBuffer()))).toBe(image.sha256)
    expect(object?.httpMetadata?.contentType).toBe('image/png')
    expect(object?.customMetadata).toMatchObject({ job: 'j', seed: '7', width: '3', height: '2' })
  })

  it('is whole however it was cut, also in its last bytes', async ({ expect }) => {
    for (const cut of [1, 11, 1023, 1025, LARGE.length - 1, LARGE.length - 31]) {
      const body = streamOf(...cutAt(LARGE, [LARGE.length - cut]))
      const result = await ingestUrl(bucket, newKey(), answer(body, LARGE.length), about)
      expect(result).toMatchObject({ ok: true, image: { bytes: LARGE.length } })
    }
  })

  it('above 16 MiB is one put too', async ({ expect }) => {
    const png = pngOf(17 * MiB)
    const { puts, observed } = watched()
    const response = answer(new Response(png).body!, png.length)
    const result = await ingestUrl(observed, newKey(), response, about)
    expect(result).toMatchObject({ ok: true, image: { bytes: png.length } })
    expect(puts).toEqual(['passed on'])
  })

  it('whose length is that of packed bytes is taken as it comes', async ({ expect }) => {
    const headers = { 'content-encoding': 'identity' }
    const response = answer(new Response(LARGE).body!, 60 * MiB, headers)
    expect(await ingestUrl(bucket, newKey(), response, about)).toMatchObject({ ok: true })
  })

  const html = new TextEncoder().encode('<!doctype html>'.padEnd(5 * MiB))
  const cut = LARGE.slice(0, -12)
  it.for<[string, string, number, (Uint8Array | Error)[]]>([
    ['an error page', 'not_an_image', html.length, [html]],
    ['more than 50 MiB', 'too_large', 50 * MiB + 1, [LARGE]],
    ['less than was stated', 'broken_stream', LARGE.length + 1, [LARGE]],
    ['more than was stated', 'broken_stream', LARGE.length - 1, [LARGE]],
    ['a file without its end', 'broken_stream', cut.length, [cut]],
    ['a connection that breaks off', 'broken_stream', LARGE.length, [cut, new Error('reset')]],
    ['nothing', 'broken_stream', LARGE.length, []],
  ])('is refused and leaves nothing behind: %s', async ([, reason, length, pieces], { expect }) => {
    const key = newKey()
    const result = await ingestUrl(bucket, key, answer(streamOf(...pieces), length), about)
    expect(result).toEqual({ ok: false, reason })
    expect(await bucket.head(key)).toBeNull()
  })

  it('that is refused leaves the one that was there before', async ({ expect }) => {
    const key = newKey()
    await bucket.put(key, 'before')
    await ingestUrl(bucket, key, answer(streamOf(cut), cut.length), about)
    expect(await (await bucket.get(key))?.text()).toBe('before')
  })

  it('is thrown when R2 fails, and its source hears of it', async ({ expect }) => {
    let cancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(LARGE.slice(0, 100_000)),
      cancel() {
        cancelled = true
      },
    })
    const response = answer(endless, 40 * MiB)
    const storing = ingestUrl(watched(true).observed, newKey(), response, about)
    await expect(storing).rejects.toThrow('R2 put')
    expect(cancelled).toBe(true)
  })
})
