import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { StoredBytes } from '../../src/core/stored-bytes.ts'
import { jsonBody } from '../../src/images/json-body.ts'

/** Bytes that no two positions of a slice share. */
const bytesOf = (size: number) =>
  Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 255)

/** Puts an object into the real bucket and marks it. */
async function store(key: string, bytes: Uint8Array, form: StoredBytes['form'] = 'base64') {
  await env.IMAGES_BUCKET.put(`json/${key}`, bytes)
  return new StoredBytes(`json/${key}`, bytes.length, form, 'image/png')
}

async function read(value: unknown, bucket = env.IMAGES_BUCKET) {
  const answer = await jsonBody(value, bucket)
  if ('missing' in answer) throw new Error(answer.missing)
  const sent = new Uint8Array(await new Response(answer.body).arrayBuffer())
  return { text: new TextDecoder().decode(sent), sent: sent.length, length: answer.length }
}

/** A bucket of one object, whose body comes in the given pieces and says when nobody wants it any more. */
function bucketOf(bytes: Uint8Array, cuts: number[]) {
  const log = { gets: 0, pulled: 0, cancelled: 0, mostOpen: 0 }
  let isOpen = 0
  const open = () => {
    log.mostOpen = Math.max(log.mostOpen, (isOpen += 1))
    const pieces = [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length))
    return new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const piece = pieces.shift()
          log.pulled += piece?.length ?? 0
          if (piece) controller.enqueue(piece)
          else {
            isOpen -= 1
            controller.close()
          }
        },
        cancel() {
          isOpen -= 1
          log.cancelled += 1
        },
      },
      { highWaterMark: 0 },
    )
  }
  const description = { key: 'k', etag: 'e', size: bytes.length }
  const bucket = {
    head: async () => description,
    get: async () => {
      log.gets += 1
      return { ...description, body: open() }
    },
  } as unknown as R2Bucket
  return { log, bucket }
}

const answerWith = (a: unknown, b: unknown) => ({
  created: 1,
  data: [{ b64_json: a, revised_prompt: 'ä "quoted" \u2028 😀' }, { b64_json: b }],
  usage: null,
  missing: undefined,
})

describe('a JSON answer with images', () => {
  it('is the JSON of the same value with base64 in it', async ({ expect }) => {
    const small = bytesOf(10)
    const large = bytesOf(200_001)
    const { text, sent, length } = await read(
      answerWith(await store('small', small), await store('large', large, 'data-url')),
    )
    const url = `data:image/png;base64,${large.toBase64()}`
    expect(text).toBe(JSON.stringify(answerWith(small.toBase64(), url)))
    expect(sent).toBe(length)
  })

  it('has the stated length and the right bytes for every size and every cut', async ({
    expect,
  }) => {
    const size = fc.oneof(fc.nat(20), fc.integer({ min: 49_150, max: 49_156 }), fc.nat(150_000))
    const cuts = fc.array(fc.nat(150_000), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(size, cuts, fc.json(), fc.nat(6), async (bytes, at, json, times) => {
        const file = bytesOf(bytes)
        const inside = at.filter((cut) => cut <= bytes).toSorted((a, b) => a - b)
        const { bucket } = bucketOf(file, inside)
        const value = (image: unknown): unknown => [
          JSON.parse(json),
          Array.from({ length: times }, () => image),
        ]
        const { text, sent, length } = await read(
          value(new StoredBytes('k', bytes, 'base64', '')),
          bucket,
        )
        expect(text === JSON.stringify(value(file.toBase64()))).toBe(true)
        expect(sent).toBe(length)
      }),
      { numRuns: 40 },
    )
  })

  it('may be an image alone, or have none', async ({ expect }) => {
    expect((await read(await store('alone', bytesOf(4)))).text).toBe('"AB8+XQ=="')
    expect(await jsonBody({ a: 'ä' }, env.IMAGES_BUCKET)).toEqual({
      body: new TextEncoder().encode('{"a":"ä"}'),
      length: 10,
    })
  })

  it('repeats an image as often as it is named', async ({ expect }) => {
    const marks = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => store(`n${n}`, bytesOf(n))))
    const { text } = await read([...marks, ...marks])
    const texts = [1, 2, 3, 4, 5, 6].map((n) => bytesOf(n).toBase64())
    expect(JSON.parse(text)).toEqual([...texts, ...texts])
  })

  it('opens one object at a time, as an open one holds a connection', async ({ expect }) => {
    const { log, bucket } = bucketOf(bytesOf(9), [])
    const marks = Array.from({ length: 10 }, () => new StoredBytes('k', 9, 'base64', ''))
    const answer = await jsonBody(marks, bucket)
    expect(log.gets).toBe(1)
    await new Response('body' in answer ? answer.body : null).arrayBuffer()
    expect(log).toMatchObject({ gets: 10, mostOpen: 1 })
  })

  it('takes the marks for no text that a user can write', async ({ expect }) => {
    const mark = await store('user', bytesOf(3))
    const text = JSON.stringify({ key: mark.key, form: 'base64' })
    expect(JSON.parse((await read({ text, mark })).text)).toEqual({
      text,
      mark: bytesOf(3).toBase64(),
    })
  })

  it('names an image that is not there, or is another, before anything is sent', async ({
    expect,
  }) => {
    const good = await store('good', bytesOf(5))
    const gone = new StoredBytes('json/gone', 5, 'base64', '')
    const other = new StoredBytes('json/good', 6, 'base64', '')
    const none = await jsonBody([good, gone], env.IMAGES_BUCKET)
    expect(none).toEqual({ missing: 'json/gone' })
    expect(await jsonBody([good, other], env.IMAGES_BUCKET)).toEqual({ missing: 'json/good' })
    const late = await jsonBody([good, good, good, good, good, gone], env.IMAGES_BUCKET)
    expect(late).toEqual({ missing: 'json/gone' })
  })

  it('closes what it opened when another one is missing', async ({ expect }) => {
    const { log, bucket } = bucketOf(bytesOf(9), [])
    const wrong = new StoredBytes('k', 8, 'base64', '')
    await jsonBody([new StoredBytes('k', 9, 'base64', ''), wrong], bucket)
    expect(log).toMatchObject({ gets: 1, cancelled: 1 })
  })

  it('closes what it opened when R2 does not tell of another one', async ({ expect }) => {
    const { log, bucket } = bucketOf(bytesOf(9), [])
    const failing = {
      get: () => bucket.get('k'),
      head: async () => {
        throw new Error('R2 does not answer')
      },
    }
    const marks = ['k', 'broken', 'k'].map((key) => new StoredBytes(key, 9, 'base64', ''))
    await expect(jsonBody(marks, failing as unknown as R2Bucket)).rejects.toThrow('R2')
    expect(log).toMatchObject({ gets: 1, cancelled: 1 })
  })

  it.for([101, 102, 103])('breaks off when 100 of %d bytes come', async (size, { expect }) => {
    const { bucket } = bucketOf(bytesOf(100), [])
    const short = {
      head: () => bucket.head('k'),
      get: async () => ({ ...(await bucket.get('k')), size }),
    }
    const mark = new StoredBytes('k', size, 'base64', '')
    await expect(read({ mark }, short as unknown as R2Bucket)).rejects.toThrow()
  })
})

describe('a reader that goes away', () => {
  const size = 1_000_000
  const cuts = Array.from({ length: 99 }, (_, i) => (i + 1) * 10_000)
  const marks = [1, 2].map(() => new StoredBytes('k', size, 'base64', ''))

  it('ends the reading, and the next image is not begun', async ({ expect }) => {
    const { log, bucket } = bucketOf(bytesOf(size), cuts)
    const answer = await jsonBody({ marks }, bucket)
    if (!('body' in answer) || answer.body instanceof Uint8Array) throw new Error('no stream')
    const reader = answer.body.getReader()
    await reader.read()
    await reader.read()
    await reader.cancel()
    for (let i = 0; i < 100 && log.cancelled < 1; i++) await scheduler.wait(1)
    expect(log).toMatchObject({ gets: 1, cancelled: 1 })
    expect(log.pulled).toBeLessThan(200_000)
  })

  it('is not run ahead of: an image waits until its reader has taken what was sent', async ({
    expect,
  }) => {
    const { log, bucket } = bucketOf(bytesOf(size), cuts)
    const answer = await jsonBody({ marks }, bucket)
    await scheduler.wait(5)
    expect(log.pulled).toBeLessThan(100_000)
    if ('body' in answer && !(answer.body instanceof Uint8Array)) await answer.body.cancel()
  })
})
