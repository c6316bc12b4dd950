import fc from 'fast-check'
import { describe, it } from 'vitest'
import { extractJson } from '../../src/images/extract-json.ts'
import type { ImageSink } from '../../src/images/ingest.ts'
import { cutAt, newSinks, noise, stored, streamOf } from './sinks.ts'

const KEYS = ['b64_json', 'data', 'image']
const encode = (text: string) => new TextEncoder().encode(text)
const IMAGE = noise(900)
const BASE64 = IMAGE.toBase64()

function options(sink: (n: number) => ImageSink, maxSkeletonBytes = 1_000_000) {
  return { imageKeys: KEYS, sink, maxSkeletonBytes, signal: new AbortController().signal }
}

async function extract(text: string, cuts: number[] = [], maxSkeletonBytes?: number) {
  const sinks = newSinks()
  const body = streamOf(...cutAt(encode(text), cuts))
  const result = await extractJson(body, options(sinks.sink, maxSkeletonBytes))
  return { ...sinks, result }
}

/** What `JSON.parse` gives, with the images cut out by the definition: the slow and obvious way. */
function model(json: unknown) {
  const images: Uint8Array[] = []
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string' && KEYS.includes(key) && value.length > 1024)
      return { $image: images.push(Uint8Array.fromBase64(value)) - 1 }
    if (Array.isArray(value)) return value.map((item) => walk(item, ''))
    if (value === null || typeof value !== 'object') return value
    const entries = Object.entries(value).map(([name, item]) => [name, walk(item, name)])
    return Object.fromEntries(entries) as unknown
  }
  return { json: walk(json, ''), images }
}

/** JSON with random white space between its tokens. */
function spaced(value: unknown, space: () => string): string {
  const list = (items: string[]) => items.join(`${space()},${space()}`)
  if (Array.isArray(value))
    return `[${space()}${list(value.map((item) => spaced(item, space)))}${space()}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}${space()}:${space()}${spaced(item, space)}`,
  )
  return `{${space()}${list(entries)}${space()}}`
}

const base64 = fc
  .record({ length: fc.integer({ min: 0, max: 2500 }), seed: fc.nat(99), padded: fc.boolean() })
  .map(({ length, seed, padded }) => noise(length, seed).toBase64({ omitPadding: !padded }))

/** Documents full of keys and texts that look like others. */
const document = fc.letrec((tie) => ({
  word: fc.constantFrom(
    '"b64_json":"',
    'data',
    '\\',
    '"',
    '\\"image":',
    'é€😀',
    '\u0000',
    '{"$image":0}',
  ),
  leaf: fc.oneof(
    fc.string(),
    tie('word'),
    base64,
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
  ),
  key: fc.oneof(fc.constantFrom(...KEYS, 'b64_json2', 'url', 'x'), fc.string()),
  object: fc
    .array(fc.tuple(tie('key') as fc.Arbitrary<string>, tie('any')), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries) as unknown),
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('any'), { maxLength: 3 }),
    tie('object'),
  ),
})).object

describe('an answer with images', () => {
  it('is what JSON.parse gives, with each image gone to its place', async ({ expect }) => {
    const spaces = fc.array(fc.constantFrom('', ' ', '\n', '\r\n\t '), { minLength: 1 })
    const cuts = fc.array(fc.nat(), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(document, spaces, cuts, async (json, spacing, places) => {
        let i = 0
        const text = spaced(json, () => spacing[i++ % spacing.length]!)
        const { result, images, states } = await extract(text, places)
        const expected = model(JSON.parse(text))
        expect(result).toEqual({
          ok: true,
          json: expected.json,
          images: expected.images.map(({ length }) => stored(length)),
        })
        expect(images()).toEqual(expected.images)
        expect(states.every((state) => state === 'stored')).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  const tricky = [
    `{"created":1,"data":[{"a":"\\\\","b64_json" :\n "${BASE64}","decoy":"\\"b64_json\\":\\"${BASE64}"}`,
    `,{"b64\\u005fjson":"data:image\\/png;base64,${BASE64.replaceAll('/', '\\/')}"}],`,
    `"usage":{"n":3,"é":"\\ud83d\\ude00 b64_json"},"image":"${escapeAll(BASE64)}"}`,
  ].join('')

  it('may be cut anywhere: in keys, escapes and groups of base64', async ({ expect }) => {
    const { json } = model({
      created: 1,
      data: [{ a: '\\', b64_json: BASE64, decoy: `"b64_json":"${BASE64}` }, { b64_json: BASE64 }],
      usage: { n: 3, é: '😀 b64_json' },
      image: BASE64,
    })
    const expected = { ok: true, json, images: [900, 900, 900].map(stored) }
    for (let size = 1; size < 40; size++) {
      const cuts = Array.from({ length: tricky.length / size }, (_, i) => i * size)
      const { result, images } = await extract(tricky, cuts)
      expect(result).toEqual(expected)
      expect(images()).toEqual([IMAGE, IMAGE, IMAGE])
    }
    for (let at = 0; at < tricky.length; at += 5)
      expect((await extract(tricky, [at, at + 1])).result).toEqual(expected)
  })

  it('that ends too early says so wherever it ends, and no image is left open', async ({
    expect,
  }) => {
    const text = `{"data":[{"b64_json":"${BASE64}"}],"image":"${BASE64}","u":{"n":"\\"1"}} `
    const last = text.length - 2
    for (let at = 0; at <= last; at++) {
      const { result, states } = await extract(text.slice(0, at), [at / 2])
      expect(result.ok, `${at} bytes`).toBe(false)
      expect(states).not.toContain('open')
      expect(result.images.length).toBe(states.filter((state) => state === 'stored').length)
    }
    expect((await extract(text.slice(0, -1))).result.ok).toBe(true)
  })

  it('of a byte stream, larger than any buffer, is stored byte for byte', async ({ expect }) => {
    const images = [300_000, 70_001, 1_000_003].map((length, i) => noise(length, i))
    const data = images.map((image) => ({ b64_json: image.toBase64() }))
    const sinks = newSinks()
    const body = new Response(JSON.stringify({ data, ok: 1 })).body!
    const result = await extractJson(body, options(sinks.sink))
    expect(result).toMatchObject({
      ok: true,
      json: { data: [{ b64_json: { $image: 0 } }, { b64_json: { $image: 1 } }, {}], ok: 1 },
    })
    expect(sinks.images()).toEqual(images)
  })

  it('keeps strings of 1 KiB and links as they are', async ({ expect }) => {
    const link = `https://x.test/${'a'.repeat(2000)}`
    const json = { data: 'A'.repeat(1024), image: link, list: { image: [BASE64] } }
    expect((await extract(JSON.stringify(json))).result).toEqual({ ok: true, json, images: [] })
  })
})

describe('what is no image', () => {
  it.for([
    ['another alphabet', `${BASE64}-_`],
    ['a quote in it', `${BASE64}\\"`],
    ['an escape that JSON does not know', `${BASE64}\\x`],
    ['half an escape', `${BASE64}\\u00`],
    ['text behind its padding', `${noise(901).toBase64()}AAAA`],
    ['one character too many', `${BASE64}A`],
    ['a data URL without base64', `data:image/svg+xml,${'a'.repeat(2000)}`],
  ])('is refused, and the rest is read: %s', async ([, text], { expect }) => {
    for (const cuts of [[], Array.from({ length: 1500 }, (_, i) => i)]) {
      const json = `{"a":{"b64_json":"${text}"},"b":{"b64_json":"${BASE64}"},"c":3}`
      const { result, states } = await extract(json, cuts)
      expect(result).toEqual({
        ok: true,
        json: { a: { b64_json: { $image: 0 } }, b: { b64_json: { $image: 1 } }, c: 3 },
        images: [{ ok: false, reason: 'not_an_image' }, stored(900)],
      })
      expect(states).toEqual(['aborted', 'stored'])
    }
  })

  it('is not decoded further than its sink wants it', async ({ expect }) => {
    let written = 0
    const sink = (): ImageSink => ({
      write: async () => ++written < 2,
      close: async () => ({ ok: false, reason: 'too_large' }),
      abort: async () => {},
    })
    const text = encode(JSON.stringify({ image: noise(60_000).toBase64(), n: 1 }))
    const pieces = cutAt(
      text,
      Array.from({ length: 20 }, (_, i) => i * 4000),
    )
    expect(await extractJson(streamOf(...pieces), options(sink))).toEqual({
      ok: true,
      json: { image: { $image: 0 }, n: 1 },
      images: [{ ok: false, reason: 'too_large' }],
    })
    expect(written).toBe(2)
  })
})

describe('an answer that cannot be read', () => {
  it('is known by its end: an error page, a broken connection, too much JSON', async ({
    expect,
  }) => {
    const page = '<html>"502"</html>'
    expect((await extract(page)).result).toEqual({ ok: false, reason: 'not_json', images: [] })
    const many = `{"image":"${BASE64}","a":[${'"x",'.repeat(100_000)}1]}`
    const large = await extract(many, [], 200_000)
    expect(large.result).toEqual({ ok: false, reason: 'too_large', images: [stored(900)] })
    expect((await extract(many, [], 500_000)).result.ok).toBe(true)
    const sinks = newSinks()
    const body = streamOf(encode(`{"image":"${BASE64}`), new Error('reset'))
    expect(await extractJson(body, options(sinks.sink))).toEqual({
      ok: false,
      reason: 'broken_stream',
      images: [],
    })
    expect(sinks.states).toEqual(['aborted'])
  })

  it.for(['a byte stream', 'a stream of values'])(
    'because its time is over leaves nothing open: %s',
    async (kind, { expect }) => {
      const sinks = newSinks()
      const late = new AbortController()
      const { readable, writable } =
        kind === 'a byte stream' ? new IdentityTransformStream() : new TransformStream()
      const writer = writable.getWriter()
      const reading = extractJson(readable, { ...options(sinks.sink), signal: late.signal })
      void writer.write(encode(`{"image":"${BASE64}`.padEnd(300_000, 'A'))).catch(() => {})
      for (let i = 0; i < 100 && sinks.states.length === 0; i++) await scheduler.wait(1)
      late.abort(new Error('too late'))
      await expect(reading).rejects.toThrow('too late')
      expect(sinks.states).toEqual(['aborted'])
      await expect(writer.write(encode('A'))).rejects.toThrow()
    },
  )

  it('because R2 fails is thrown, and the image on its way is aborted', async ({ expect }) => {
    const { sink, states } = newSinks()
    const failing = (n: number): ImageSink => ({
      ...sink(n),
      write: () => Promise.reject(new Error('R2')),
    })
    const body = streamOf(encode(JSON.stringify({ image: BASE64 })))
    await expect(extractJson(body, options(failing))).rejects.toThrow('R2')
    expect(states).toEqual(['aborted'])
  })
})

/** Every character as an escape. */
function escapeAll(text: string): string {
  return text.replace(/./g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)
}
