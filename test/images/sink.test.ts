import { env } from 'cloudflare:workers'
import { describe, it, onTestFinished, vi } from 'vitest'
import { type Budget, newBudget, OWNER_BYTES } from '../../src/images/budget.ts'
import { openSink } from '../../src/images/ingest.ts'
import { extractJson } from '../../src/images/extract-json.ts'
import { PNG, pngOf } from './samples.ts'
import { cutAt } from './sinks.ts'

const MiB = 1024 * 1024
const about = { job: 'j', model: 'm', provider: 'p', seed: null, created: 1_700_000_000 }
let count = 0
const newKey = () => `images/T/sink/${count++}`

/** The bucket, with a record of the calls that are billed, and of how they ended. */
function watched() {
  const calls: string[] = []
  const bucket = env.IMAGES_BUCKET
  const observed = {
    put(key: string, body: Uint8Array, options: R2PutOptions) {
      calls.push('put')
      return bucket.put(key, body, options)
    },
    get: (key: string) => bucket.get(key),
    delete: (key: string) => bucket.delete(key),
    async createMultipartUpload(key: string) {
      const upload = await bucket.createMultipartUpload(key)
      calls.push('create')
      return {
        uploadPart(n: number, part: Uint8Array) {
          calls.push(`part of ${part.length}`)
          return upload.uploadPart(n, part)
        },
        complete(parts: R2UploadedPart[]) {
          calls.push('complete')
          return upload.complete(parts)
        },
        abort() {
          calls.push('abort')
          return upload.abort()
        },
      }
    },
  } as unknown as R2Bucket
  return { calls, observed }
}

/** A budget that gives so many bytes to each owner and no more, at once. */
function poor(bytes: number) {
  const taken = new Map<object, number>()
  const budget: Budget = {
    async take(more, owner) {
      const own = (taken.get(owner) ?? 0) + more
      if (own > bytes) return null
      taken.set(owner, own)
      return { touch: () => {}, keep: () => {}, release: () => taken.delete(owner) }
    },
  }
  return { budget, taken }
}

async function write(sink: ReturnType<typeof openSink>, bytes: Uint8Array, size: number) {
  const cuts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => i * size)
  for (const piece of cutAt(bytes, cuts)) if (!(await sink.write(piece))) return
}

describe('an image that is written to a sink', () => {
  it.for([
    ['no memory', 0],
    ['a little', MiB],
    ['less than it needs', 8 * MiB],
  ] as const)('with %s to have goes up in parts of 5 MiB', async ([, bytes], { expect }) => {
    const { calls, observed } = watched()
    const { budget, taken } = poor(bytes)
    const key = newKey()
    const png = pngOf(12 * MiB + 5)
    const sink = openSink(observed, key, about, { budget })
    await write(sink, png, 48 * 1024)
    const result = await sink.close()
    expect(result).toMatchObject({ ok: true, image: { bytes: png.length, width: 3 } })
    expect(calls.filter((call) => call === `part of ${5 * MiB}`)).toHaveLength(2)
    expect(calls.slice(-2)).toEqual(['complete', 'put'])
    const object = await env.IMAGES_BUCKET.get(key)
    const stored = new Uint8Array(await object!.arrayBuffer())
    expect(new Uint8Array(await crypto.subtle.digest('SHA-256', stored)).toHex()).toBe(
      result.ok && result.image.sha256,
    )
    expect(taken.size).toBe(0)
  })

  it('without memory to have is one put up to 5 MiB, and holds little more than itself', async ({
    expect,
  }) => {
    const grown = vi.spyOn(ArrayBuffer.prototype, 'transfer')
    onTestFinished(() => grown.mockRestore())
    for (const size of [300_000, 5 * MiB]) {
      const { calls, observed } = watched()
      grown.mockClear()
      const sink = openSink(observed, newKey(), about, { budget: poor(0).budget })
      await write(sink, pngOf(size), 48 * 1024)
      const sizes = grown.mock.calls.map(([bytes]) => bytes ?? 0)
      expect(await sink.close()).toMatchObject({ ok: true })
      expect(calls).toEqual(['put'])
      expect(sizes).not.toEqual([])
      expect(Math.max(...sizes)).toBeLessThan(2 * size)
    }
  })

  it('waits for memory 20 s in all, however often it grows', async ({ expect }) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const waits: number[] = []
    /** Gives after 15 s, and later nothing. */
    const budget: Budget = {
      async take(_bytes, _owner, deadline) {
        const patience = deadline - Date.now()
        waits.push(patience)
        vi.setSystemTime(Date.now() + Math.min(patience, 15_000))
        return waits.length > 1 ? null : { touch: () => {}, keep: () => {}, release: () => {} }
      },
    }
    const sink = openSink(watched().observed, newKey(), about, { budget })
    await write(sink, pngOf(MiB), 48 * 1024)
    expect(await sink.close()).toMatchObject({ ok: true })
    expect(waits.slice(0, 4)).toEqual([20_000, 5000, 0, 0])
  })

  it('takes no more memory than 16 MiB, and gives all of it back', async ({ expect }) => {
    const budget = newBudget()
    const all = () => [1, 2].map(() => budget.take(OWNER_BYTES, {}, 0))
    for (const end of ['close', 'abort'] as const) {
      const sink = openSink(watched().observed, newKey(), about, { budget })
      await write(sink, pngOf(15 * MiB), MiB)
      const beside = await Promise.all(all())
      expect(beside.filter((token) => token !== null)).toHaveLength(1)
      for (const token of beside) token?.release()
      await sink[end]()
      const after = await Promise.all(all())
      expect(after).not.toContain(null)
      for (const token of after) token?.release()
    }
  })

  it('that is aborted leaves nothing behind, and takes no more', async ({ expect }) => {
    const { calls, observed } = watched()
    const sink = openSink(observed, newKey(), about)
    await write(sink, pngOf(17 * MiB).subarray(0, -9), MiB)
    await sink.abort()
    await sink.abort()
    expect(await sink.write(PNG)).toBe(false)
    expect(await sink.close()).toEqual({ ok: false, reason: 'broken_stream' })
    expect(calls[0]).toBe('create')
    expect(calls.filter((call) => call === 'abort' || call === 'put')).toEqual(['abort'])
  })

  it('that waits for memory when nobody wants it any more leaves nothing behind', async ({
    expect,
  }) => {
    const { calls, observed } = watched()
    const budget = newBudget()
    const held = await Promise.all([1, 2].map(() => budget.take(OWNER_BYTES, {}, Infinity)))
    const wish = new AbortController()
    const room = { budget, expectedBytes: OWNER_BYTES, signal: wish.signal }
    const sink = openSink(observed, newKey(), about, room)
    const written = write(sink, pngOf(MiB), MiB)
    wish.abort(new Error('cancelled'))
    await expect(written).rejects.toThrow('cancelled')
    await sink.abort()
    expect(calls).toEqual([])
    for (const token of held) token!.release()
  })

  it('out of an answer is one put, and is in R2 as it was before it was encoded', async ({
    expect,
  }) => {
    const { calls, observed } = watched()
    const images = [pngOf(3 * MiB + 1), PNG, pngOf(100_001)]
    const keys = images.map(newKey)
    const data = images.map((image) => ({ b64_json: image.toBase64(), image: 1 }))
    const { signal } = new AbortController()
    const result = await extractJson(new Response(JSON.stringify({ data })).body!, {
      imageKeys: ['b64_json'],
      sink: (n) => openSink(observed, [keys[0]!, keys[2]!][n]!, about),
      maxSkeletonBytes: 10_000,
      signal,
    })
    // The second one is too short to be cut out.
    expect(result.ok && result.json).toEqual({
      data: [{ b64_json: { $image: 0 }, image: 1 }, data[1], { b64_json: { $image: 1 }, image: 1 }],
    })
    expect(result.images).toMatchObject([{ image: { width: 3 } }, { image: { bytes: 100_001 } }])
    expect(calls).toEqual(['put', 'put'])
    for (const n of [0, 2]) {
      const object = await env.IMAGES_BUCKET.get(keys[n]!)
      expect(new Uint8Array(await object!.arrayBuffer())).toEqual(images[n])
    }
  })
})
