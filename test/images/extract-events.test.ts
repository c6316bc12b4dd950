import fc from 'fast-check'
import { describe, it } from 'vitest'
import { extractEvents, type ExtractedEvent } from '../../src/images/extract-events.ts'
import type { ImageSink } from '../../src/images/ingest.ts'
import { cutAt, newSinks, noise, stored, streamOf } from './sinks.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const IMAGES = [noise(900, 1), noise(1000, 2), noise(1100, 3)]
const [FIRST, SECOND, THIRD] = IMAGES.map((image) => image.toBase64())

function options(sink: (n: number) => ImageSink, maxSkeletonBytes = 100_000) {
  const { signal } = new AbortController()
  return { imageKeys: ['b64_json', 'data'], sink, maxSkeletonBytes, signal }
}

async function read(body: ReadableStream<Uint8Array>, maxSkeletonBytes?: number) {
  const sinks = newSinks()
  const items: ExtractedEvent[] = []
  for await (const item of extractEvents(body, options(sinks.sink, maxSkeletonBytes)))
    items.push(item)
  return { ...sinks, items }
}

const readText = (text: string, cuts: number[] = []) => read(streamOf(...cutAt(encode(text), cuts)))

const message = (json: unknown, event = 'message') => ({ ok: true, event, json, images: [] })

/** An event of about so many bytes. */
const textOf = (length: number) => `data: {"x":"${'x'.repeat(length)}"}\n\n`

/** All that the format allows; every line break is written as LF. */
const STREAM = [
  ': a comment with "quotes" and data: in it',
  '',
  'retry: 10',
  'event: image_generation.partial_image',
  `data: {"n":0,"b64_json":"${FIRST}","é":"€"}`,
  '',
  'id: 7',
  `data:{"a":[{"b64_json" : "${SECOND}"},`,
  'data',
  `data:  {"data":"data:image/png;base64,${THIRD}"}],`,
  'data: "last":"\\"data: x"}',
  'event:done',
  '',
  'event: without data',
  '',
  'data: broken {',
  '',
  'dat: {"b64_json":1}',
  'data-x: {}',
  'data: 5',
  '',
].join('\n')

const EXPECTED = [
  {
    ok: true,
    event: 'image_generation.partial_image',
    json: { n: 0, b64_json: { $image: 0 }, é: '€' },
    images: [stored(900)],
  },
  {
    ok: true,
    event: 'done',
    json: { a: [{ b64_json: { $image: 1 } }, { data: { $image: 2 } }], last: '"data: x' },
    images: [stored(1000), stored(1100)],
  },
  message(null),
  message(5),
]

describe('a stream of events with images', () => {
  it.for([
    ['LF', '\n'],
    ['CR', '\r'],
    ['CRLF', '\r\n'],
  ] as const)(
    'reads the same wherever it is cut, with lines that end in %s',
    async ([, end], { expect }) => {
      const text = STREAM.replaceAll('\n', end)
      for (const last of ['', end, `${end}data: [DONE]${end}${end}data: {"after":1}${end}${end}`]) {
        const { items, images } = await readText(text + last)
        expect(items).toEqual(EXPECTED)
        expect(images()).toEqual(IMAGES)
      }
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(), { maxLength: 20 }), async (cuts) => {
          const { items, images } = await readText(text, cuts)
          expect(items).toEqual(EXPECTED)
          expect(images()).toEqual(IMAGES)
        }),
        { numRuns: 100 },
      )
      const bytewise = Array.from({ length: text.length + 9 }, (_, i) => i)
      expect((await readText(text, bytewise)).items).toEqual(EXPECTED)
    },
  )

  it('that breaks off says so last, and leaves no image open', async ({ expect }) => {
    const event = `data: {"b64_json":"${FIRST}"}\n\n`
    const { items, states } = await read(
      streamOf(encode(event + event.slice(0, 1150)), new Error('reset')),
    )
    expect(items).toEqual([
      { ...message({ b64_json: { $image: 0 } }), images: [stored(900)] },
      { ok: false, reason: 'broken_stream', images: [] },
    ])
    expect(states).toEqual(['stored', 'aborted'])
  })

  it('that ends within an event says so wherever it ends', async ({ expect }) => {
    const text = `data: {"b64_json":"${FIRST}","n":{"a":1}}`
    for (let at = 'data: '.length + 1; at < text.length; at += 3) {
      const { items, states } = await readText(text.slice(0, at))
      expect(items).toMatchObject([{ ok: false, reason: 'broken_stream' }])
      expect(states).not.toContain('open')
    }
    expect((await readText(text)).items).toMatchObject([{ ok: true, json: { n: { a: 1 } } }])
  })

  it('with too large an event ends there', async ({ expect }) => {
    const { items } = await read(streamOf(encode(textOf(900) + textOf(900) + textOf(1100))), 1000)
    expect(items.map(({ ok }) => ok)).toEqual([true, true, false])
    expect(items[2]).toEqual({ ok: false, reason: 'too_large', images: [] })
  })

  it('tells of an event before the next one comes', async ({ expect }) => {
    const { readable, writable } = new IdentityTransformStream()
    const writer = writable.getWriter()
    const sinks = newSinks()
    const events = extractEvents(readable, options(sinks.sink))
    void writer.write(encode('data: 1\n\n'))
    expect(await events.next()).toEqual({ done: false, value: message(1) })
    void writer.write(encode(`data: {"b64_json":"${FIRST}`)).catch(() => {})
    const next = events.next()
    for (let i = 0; i < 100 && sinks.states.length === 0; i++) await scheduler.wait(1)
    await writer.abort(new Error('reset'))
    expect(await next).toMatchObject({ value: { ok: false, reason: 'broken_stream' } })
    expect(sinks.states).toEqual(['aborted'])
  })

  it('whose reader leaves, or whose time is over, is cancelled', async ({ expect }) => {
    for (const leave of ['return', 'abort']) {
      const { readable, writable } = new IdentityTransformStream()
      const writer = writable.getWriter()
      const late = new AbortController()
      const events = extractEvents(readable, { ...options(newSinks().sink), signal: late.signal })
      void writer.write(encode('data: 1\n\n'))
      await events.next()
      if (leave === 'return') await events.return(undefined)
      else {
        const next = events.next()
        late.abort(new Error('too late'))
        await expect(next).rejects.toThrow('too late')
      }
      await expect(writer.write(encode('data: 2\n\n'))).rejects.toThrow()
    }
  })
})
