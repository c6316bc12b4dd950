import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { ask, download } from './ask.ts'
import { pngSize } from './inputs.ts'
import { startUpstreams, type Upstreams } from './start.ts'

const MODEL = 'black-forest-labs-flux-2-klein-4b'
/** Takes as long as no test does. */
const NEVER = '[[latency=600000]]'
const PROMPT = 'A watercolor painting of a mountain landscape'

interface Generation {
  generation_id: string
  status: string
  result_url: string | null
  error_message: string | null
}
interface Queued {
  generations: { generation_id: string; status: string }[]
}
interface Images {
  images: { url?: string; b64_json?: string }[]
}

let upstreams: Upstreams
let ai: string
beforeAll(async () => {
  upstreams = await startUpstreams()
  ai = `${upstreams.url}/oxen/api/ai`
})
beforeEach(() => upstreams.reset())
afterAll(() => upstreams.stop())

const enqueue = async (body: object) =>
  (await ask<Queued>(`${ai}/queue`, { model: MODEL, prompt: PROMPT, ...body })).body.generations

/** The documented loop. */
async function poll(id: string): Promise<Generation> {
  for (;;) {
    const { body } = await ask<Generation>(`${ai}/queue/${id}`)
    if (['succeeded', 'failed', 'cancelled'].includes(body.status)) return body
    await setTimeout(10)
  }
}

describe('images of Oxen at once', () => {
  it('come as a link, and as base64 without one', async ({ expect }) => {
    const linked = await ask<Images>(`${ai}/images/generate`, { model: MODEL, prompt: PROMPT })
    expect(linked.body).toMatchObject({ model: MODEL, created: expect.any(Number) })
    const file = await download(linked.body.images[0]!.url!)
    expect(pngSize(file)).toBe('1360x768')
    const body = { model: MODEL, prompt: PROMPT, response_format: 'b64_json', aspect_ratio: '1:1' }
    const inline = await ask<Images>(`${ai}/images/generate`, body)
    expect(Object.keys(inline.body.images[0]!)).toEqual(['b64_json'])
    expect(pngSize(Buffer.from(inline.body.images[0]!.b64_json!, 'base64'))).toBe('1024x1024')
    expect(upstreams.ledger.calls).toHaveLength(2)
  })

  it('edit what lies behind links', async ({ expect }) => {
    const { body } = await ask<Images>(`${ai}/images/generate`, { model: MODEL, prompt: PROMPT })
    const edit = { model: MODEL, prompt: 'x', input_image: [body.images[0]!.url] }
    expect((await ask(`${ai}/images/edit`, edit)).status).toBe(200)
    expect(upstreams.ledger.calls[1]!.inputs).toHaveLength(1)
  })

  it.for([
    [401, 'unauthenticated', { headers: { authorization: 'Bearer wrong' } }, {}],
    [400, 'Prompt cannot be empty', {}, { prompt: '' }],
    [404, 'Model not found: nope', {}, { model: 'nope' }],
    [400, 'Getting model response error: 422', {}, { aspect_ratio: '5:4' }],
  ] as const)('refuse with %i and "%s"', async ([status, words, init, wrong], { expect }) => {
    const body = { model: MODEL, prompt: PROMPT, ...wrong }
    const answer = await ask(`${ai}/images/generate`, body, init)
    expect(answer.status).toBe(status)
    expect(JSON.stringify(answer.body)).toContain(words)
    expect(upstreams.ledger.calls).toEqual([])
  })
})

describe('the queue of Oxen', () => {
  it('gives a handle for each image, and the image in the end', async ({ expect }) => {
    const prompt = `${PROMPT} [[latency=50]]`
    const queued = await enqueue({ prompt, num_generations: 2, seed: 42 })
    expect(queued.map(({ status }) => status)).toEqual(['queued', 'queued'])
    const ends = await Promise.all(queued.map(({ generation_id }) => poll(generation_id)))
    expect(ends[0]).toMatchObject({
      model_name: MODEL,
      prompt,
      media_type: 'image',
      status: 'succeeded',
      error_message: null,
      seed: 42,
    })
    for (const name of ['enqueued_at', 'started_at', 'completed_at']) {
      expect(ends[0]).toHaveProperty(name, expect.any(Number))
    }
    const files = await Promise.all(ends.map(({ result_url }) => download(result_url!)))
    expect(files[0]!.equals(files[1]!)).toBe(false)
    expect((await ask<{ count: number }>(`${ai}/queue`)).body.count).toBe(0)
    const ended = await ask<{ count: number }>(`${ai}/queue?status=succeeded`)
    expect(ended.body.count).toBe(2)
    expect(upstreams.ledger.calls).toHaveLength(2)
  })

  it('lists what has not ended', async ({ expect }) => {
    const [waiting] = await enqueue({ prompt: NEVER })
    const [ended] = await enqueue({})
    await poll(ended!.generation_id)
    const list = await ask<{ count: number; generations: Generation[] }>(`${ai}/queue`)
    expect(list.body).toMatchObject({ count: 1, generations: [waiting] })
  })

  it('fails wrong parameters later, without a bill', async ({ expect }) => {
    const [queued] = await enqueue({ aspect_ratio: '5:4' })
    const end = await poll(queued!.generation_id)
    expect(end).toMatchObject({ status: 'failed', result_url: null })
    expect(end.error_message).toContain('aspect_ratio')
    expect(upstreams.ledger.calls).toEqual([])
  })

  it('cancels, twice, and bills nothing that was queued', async ({ expect }) => {
    const [queued] = await enqueue({ prompt: NEVER })
    const url = `${ai}/queue/${queued!.generation_id}`
    const success = { status: 'success', generation_id: queued!.generation_id }
    for (const _ of [1, 2]) {
      expect((await ask(url, undefined, { method: 'DELETE' })).body).toEqual(success)
    }
    expect(await poll(queued!.generation_id)).toMatchObject({
      status: 'cancelled',
      result_url: null,
    })
    expect(upstreams.ledger.calls).toMatchObject([{ cancelled: true }])
  })

  it.for([0, 5, '2', 1.5])('refuses num_generations %j', async (count, { expect }) => {
    const body = { model: MODEL, prompt: PROMPT, num_generations: count }
    const answer = await ask(`${ai}/queue`, body)
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { message: 'num_generations must be an integer between 1 and 4' } },
    })
  })

  it('knows neither foreign nor malformed ids', async ({ expect }) => {
    const [queued] = await enqueue({})
    const url = `${ai}/queue/${queued!.generation_id}`
    const foreign = await ask(url, undefined, { headers: { authorization: 'Bearer other' } })
    const malformed = await ask(`${ai}/queue/nope`)
    expect([foreign.status, malformed.status]).toEqual([404, 404])
    expect(foreign.body).toEqual(malformed.body)
    expect(foreign.body).toMatchObject({ status_message: 'resource_not_found' })
  })
})
