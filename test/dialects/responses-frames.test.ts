import fc from 'fast-check'
import { describe, it } from 'vitest'
import { errors } from '../../src/core/error.ts'
import type { EventRow } from '../../src/core/event.ts'
import { newJobId, shortId } from '../../src/core/ids.ts'
import type { StoredImage } from '../../src/core/image.ts'
import type { EndStatus } from '../../src/core/job-state.ts'
import type { JobView } from '../../src/core/view.ts'
import { DONE, type ShownJob } from '../../src/dialects/dialect.ts'
import { responseFrames } from '../../src/dialects/responses-frames.ts'
import { numberFrames } from '../../src/http/number-frames.ts'
import { parse, withImage, withTool } from './parsed.ts'

const id = newJobId()
const short = shortId(id)

const image = (n: number): StoredImage => ({
  n,
  key: `images/t/${short}/${n}`,
  type: 'image/jpeg',
  bytes: 9,
  sha256: 'ab',
  width: 64,
  height: 32,
  seed: null,
  revisedPrompt: null,
  contentCredentials: false,
})

const shown = (count: number): ShownJob => ({
  view: {
    id,
    tenant: 't',
    model: 'sketch-1',
    createdAt: 1_800_000_000_000,
    count,
    status: 'running',
    images: [],
    error: null,
    usage: null,
    endedAt: null,
  } as unknown as JobView,
  links: Array.from({ length: count }, (_, n) => `https://x.test/i/${n}`),
  watch: '',
  reused: null,
})

type Body = EventRow extends infer Row
  ? Row extends EventRow
    ? Omit<Row, 'seq' | 'at'>
    : never
  : never

/** Rows as a job writes them. */
const rowsOf = (bodies: Body[]): EventRow[] =>
  bodies.map((body, i) => ({ ...body, seq: i + 1, at: 1_800_000_009_000 }))

const endOf = (type: EndStatus, images: StoredImage[] = []): Body => ({
  type,
  images,
  error: type === 'succeeded' ? null : errors.upstreamFailed('It broke.'),
  usage: null,
})
const partial = (n: number, k: number): Body => ({
  type: 'partial',
  n,
  k,
  image: { key: `partials/t/${short}/${n}.${k}`, type: 'image/png', bytes: 5 },
})
const imageRow = (n: number): Body => ({ type: 'image', n, image: image(n) })

interface Told {
  event: string
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what came, whatever it is
  data: any
}

/** The stream of a job with these rows. */
async function streamOf(fields: object, rows: EventRow[], count = 1, after = -1): Promise<Told[]> {
  const { echo } = parse({ ...fields })
  const frames = rows.flatMap((row) => responseFrames(row, shown(count), echo))
  const reader = numberFrames({ next: async () => frames.shift() ?? null, cancel: () => {} }, after)
  const told: Told[] = []
  for (let frame = await reader.next(); frame; frame = await reader.next())
    if (frame !== 'quiet') told.push(frame === DONE ? { event: 'DONE', data: {} } : frame)
  return told
}

const namesOf = (told: Told[]) => told.map(({ event }) => event.replace('response.', ''))

describe('a streamed response', () => {
  it('of Modular MAX is one message whose parts are the images', async ({ expect }) => {
    const rows = rowsOf([
      { type: 'queued' },
      { type: 'running' },
      imageRow(0),
      imageRow(1),
      endOf('succeeded', [image(0), image(1)]),
    ])
    const told = await streamOf({}, rows, 2)
    expect(namesOf(told)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'content_part.done',
      'content_part.added',
      'content_part.done',
      'output_item.done',
      'completed',
      'DONE',
    ])
    expect(told[2]!.data.item).toMatchObject({
      type: 'message',
      status: 'in_progress',
      content: [],
    })
    expect(told[5]!.data).toMatchObject({ item_id: `msg_${short}_0`, content_index: 1 })
    expect(told.at(-2)!.data.response).toMatchObject({
      status: 'completed',
      completed_at: 1_800_000_009,
      output: [told[7]!.data.item],
    })
    expect(told[7]!.data.item.content.map((part: { format: string }) => part.format)).toEqual([
      'jpeg',
      'jpeg',
    ])
    const linked = await streamOf(withImage({ response_format: 'url' }), rows, 2)
    expect(JSON.stringify(linked)).not.toContain('image_data')
  })

  it('of the image tool has an item for each image, and partial ones before it', async ({
    expect,
  }) => {
    const bodies: Body[] = [
      { type: 'queued' },
      { type: 'running' },
      { type: 'progress', progress: { stage: 'drawing' } },
      partial(0, 0),
      partial(0, 1),
      imageRow(0),
      endOf('succeeded', [image(0)]),
    ]
    const told = await streamOf(
      { ...withTool({ quality: 'high' }), background: true },
      rowsOf(bodies),
    )
    expect(namesOf(told)).toEqual([
      'created',
      'queued',
      'in_progress',
      'output_item.added',
      'image_generation_call.in_progress',
      'image_generation_call.generating',
      'image_generation_call.partial_image',
      'image_generation_call.partial_image',
      'image_generation_call.completed',
      'output_item.done',
      'completed',
    ])
    expect(told.map(({ data }) => data.sequence_number)).toEqual(told.map((_, n) => n))
    expect(told[7]!.data).toMatchObject({
      item_id: `ig_${short}_0`,
      output_index: 0,
      partial_image_index: 1,
      output_format: 'png',
      quality: 'high',
    })
    expect(told[0]!.data.response).toMatchObject({ status: 'queued', output: [] })
    expect(told.at(-1)!.data.response.output).toEqual([told.at(-2)!.data.item])
  })

  it('closes the item of an image that was not made, and does not list it', async ({ expect }) => {
    const rows = rowsOf([{ type: 'queued' }, { type: 'running' }, endOf('succeeded', [image(1)])])
    const told = await streamOf({ ...withTool(), n: 2 }, rows, 2)
    const done = told.filter(({ event }) => event === 'response.output_item.done')
    expect(done.map(({ data }) => [data.output_index, data.item.status])).toEqual([
      [0, 'failed'],
      [1, 'completed'],
    ])
    expect(told.at(-1)!.data.response.output).toHaveLength(1)
  })

  it.for<[EndStatus, string[]]>([
    ['failed', ['failed']],
    ['expired', ['incomplete']],
    ['cancelled', []],
  ])('that is %s ends with %j, and with no error event', async ([status, last], { expect }) => {
    const rows = rowsOf([{ type: 'queued' }, { type: 'running' }, endOf(status)])
    const told = await streamOf(withTool(), rows)
    expect(namesOf(told).slice(5)).toEqual(last)
    const [end] = told.slice(5)
    if (end)
      expect(end.data.response).toMatchObject({
        status: last[0],
        output: [],
        error: { code: 'server_error', message: 'It broke.' },
      })
    expect(namesOf(await streamOf({}, rows)).slice(3)).toEqual([...last, 'DONE'])
  })

  it('of a job that never began is created and over', async ({ expect }) => {
    const told = await streamOf(withTool(), rowsOf([endOf('failed')]))
    expect(namesOf(told)).toEqual(['created', 'failed'])
  })

  it('keeps its numbers when a partial image is gone', ({ expect }) => {
    const [row] = rowsOf([partial(0, 0)])
    const [frame] = responseFrames({ ...row!, seq: 3 }, shown(1), parse(withTool()).echo)
    expect(frame!.ifGone).toMatchObject({ event: 'response.image_generation_call.generating' })
  })
})

describe('a stream that is read again', () => {
  const tool = fc.boolean()
  const bodies = fc
    .record({
      count: fc.integer({ min: 1, max: 4 }),
      partials: fc.array(fc.tuple(fc.nat(3), fc.nat(2)), { maxLength: 6 }),
      end: fc.constantFrom<EndStatus>('succeeded', 'failed', 'cancelled', 'expired'),
      began: fc.boolean(),
    })
    .map(({ count, partials, end, began }) => {
      const images = Array.from({ length: count }, (_, n) => image(n))
      const work: Body[] = began
        ? [{ type: 'running' }, ...partials.map(([n, k]) => partial(n % count, k))]
        : []
      const status = began ? end : end === 'succeeded' ? 'failed' : end
      const last = endOf(status, status === 'succeeded' ? images : [])
      return { count, rows: rowsOf([{ type: 'queued' }, ...work, last]) }
    })

  it('goes on behind any number with the very events of the first time', async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(tool, fc.boolean(), bodies, async (isTool, background, { count, rows }) => {
        const fields = { ...(isTool && withTool({ partial_images: 2 })), background }
        const whole = await streamOf(fields, rows, count)
        const numbered = whole.filter(({ event }) => event !== 'DONE')
        expect(numbered.map(({ data }) => data.sequence_number)).toEqual(numbered.map((_, n) => n))
        expect(whole.every(({ event, data }) => event === 'DONE' || data.type === event)).toBe(true)
        for (let after = 0; after < numbered.length; after++)
          expect(await streamOf(fields, rows, count, after)).toEqual(whole.slice(after + 1))
        // What has been added is done before the response is completed.
        const added = whole.filter(({ event }) => event.endsWith('item.added')).length
        const done = whole.filter(({ event }) => event.endsWith('item.done')).length
        if (whole.some(({ event }) => event === 'response.completed')) expect(done).toBe(added)
      }),
    )
  })
})
