import OpenAI from 'openai'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { download, openAccount, sha256 } from './client.ts'
import { ImagesResponse, ImagesResponseOfSdk } from './schemas.ts'

const PNG = '89504e470d0a1a0a'
const JPEG = 'ffd8ff'

let gateway: Gateway
let openai: OpenAI
beforeAll(async () => {
  gateway = await startGateway()
  const { key } = await openAccount(gateway.url)
  openai = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1` })
})
afterAll(() => gateway.stop())

/** Width and height as a PNG's header states them, pixels. */
const sizeOf = (png: Buffer): string => `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`

// What waits comes first: tests of a block start in their order, five at a time.
describe.concurrent('models that simulate an upstream', () => {
  it('sketch-slow draws after three seconds', async ({ expect }) => {
    const began = Date.now()
    const answer = await openai.images.generate({
      model: 'sketch-slow',
      prompt: 'a snail',
      size: '64x64',
    })
    expect(Date.now() - began).toBeGreaterThan(2900)
    expect((await download(answer.data![0]!.url!)).status).toBe(200)
  })

  it('sketch-flaky draws after its refusals, in one request', async ({ expect }) => {
    const answer = await openai.images.generate(
      { model: 'sketch-flaky', prompt: 'a fish', size: '64x64' },
      { maxRetries: 0 },
    )
    expect((await download(answer.data![0]!.url!)).status).toBe(200)
  })
})

describe.concurrent('images.generate of the OpenAI client', () => {
  it('gives a link to a PNG of the usual size', async ({ expect }) => {
    const answer = await openai.images.generate({ model: 'sketch-1', prompt: 'a lighthouse' })
    expect(answer.data).toHaveLength(1)
    const [image] = answer.data!
    expect(image).not.toHaveProperty('b64_json')
    const { status, type, bytes } = await download(image!.url!)
    expect([status, type]).toEqual([200, 'image/png'])
    expect(bytes.subarray(0, 8).toString('hex')).toBe(PNG)
    expect(sizeOf(bytes)).toBe('1024x1024')
    expect(answer).toMatchObject({ size: '1024x1024', output_format: 'png' })
    expect(ImagesResponse.safeParse(answer).error).toBeUndefined()
    expect(Math.abs(answer.created - Date.now() / 1000)).toBeLessThan(600)
  })

  it('gives as base64 the very bytes that another request of the seed has behind its link', async ({
    expect,
  }) => {
    const body = { model: 'sketch-1', prompt: 'a mill', size: '300x200', seed: 7 }
    // Without this the second would be answered by the first one's job.
    const anew = { ...body, gateway: { cache: 'off' } }
    const linked = await openai.images.generate({ ...body, response_format: 'url' })
    const inline = await openai.images.generate({ ...anew, response_format: 'b64_json' })
    const bytes = Buffer.from(inline.data![0]!.b64_json!, 'base64')
    expect(bytes.toString('base64')).toBe(inline.data![0]!.b64_json)
    expect(inline.data![0]).not.toHaveProperty('url')
    expect(sha256(bytes)).toBe((await download(linked.data![0]!.url!)).sha256)
    expect(ImagesResponseOfSdk.safeParse(inline).error).toBeUndefined()
  })

  it('gives as many different images as asked', async ({ expect }) => {
    const { data } = await openai.images.generate({ prompt: 'three boats', n: 3, size: '128x128' })
    const images = await Promise.all(data!.map(({ url }) => download(url!)))
    expect(images.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(new Set(images.map((image) => image.sha256)).size).toBe(3)
  })

  it.for(['64x64', '1536x1024', '333x77'])(
    'draws %s when asked for it',
    async (size, { expect }) => {
      const answer = await openai.images.generate({ prompt: 'a bridge', size })
      expect(answer.size).toBe(size)
      expect(sizeOf((await download(answer.data![0]!.url!)).bytes)).toBe(size)
      expect(ImagesResponseOfSdk.safeParse(answer).error).toBeUndefined()
    },
  )

  it('draws a JPEG when asked for it', async ({ expect }) => {
    const jpeg = { output_format: 'jpeg', output_compression: 60 } as const
    const answer = await openai.images.generate({ prompt: 'a bridge', size: '256x256', ...jpeg })
    expect(answer.output_format).toBe('jpeg')
    const { type, bytes } = await download(answer.data![0]!.url!)
    expect(type).toBe('image/jpeg')
    expect(bytes.subarray(0, 3).toString('hex')).toBe(JPEG)
  })

  it('takes null for what was left open, as clients send it', async ({ expect }) => {
    const answer = await openai.images.generate({
      prompt: 'an orchard',
      background: null,
      model: null,
      moderation: null,
      n: null,
      output_compression: null,
      output_format: null,
      partial_images: null,
      quality: null,
      response_format: null,
      size: '64x64',
      stream: null,
      style: null,
    })
    expect(answer.data).toHaveLength(1)
    expect(answer.output_format).toBe('png')
  })

  it('warns about a quality and a style that the model does not know', async ({ expect }) => {
    const { response } = await openai.images
      .generate({ prompt: 'a field', size: '64x64', quality: 'hd', style: 'vivid' })
      .withResponse()
    expect(response.headers.get('x-darkroom-warnings')).toBe('2')
  })

  it('counts tokens in the words of images and in those of chats', async ({ expect }) => {
    const { usage } = await openai.images.generate({ prompt: 'a gate', size: '64x64' })
    expect(usage).toMatchObject({ input_tokens: 0, output_tokens: 0, total_tokens: 0 })
    expect(usage).toMatchObject({ prompt_tokens: 0, completion_tokens: 0 })
  })

  it('tells the request, the job and what it cost', async ({ expect }) => {
    const { data, response, request_id } = await openai.images
      .generate({ model: 'sketch-1', prompt: 'a quay', size: '64x64' })
      .withResponse()
    expect(request_id).toMatch(/^req_\w{32}$/)
    expect(data).toHaveProperty('_request_id', request_id)
    const { headers } = response
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('x-darkroom-job')).toMatch(/^job_[a-z2-7]{26}$/)
    expect(headers.get('x-darkroom-model')).toBe('sketch-1')
    expect(headers.get('x-darkroom-provider')).toBe('sketch')
    expect(headers.get('x-darkroom-cost-usd')).toBe('0')
    expect(headers.get('x-darkroom-cache')).toBe('miss')
    expect(headers.get('server-timing')).toMatch(/auth;dur=\d+, admit;dur=\d+/)
  })
})

describe.concurrent('models of the OpenAI client', () => {
  const KEYS = { id: 'sketch-1', object: 'model', owned_by: 'darkroom' }

  it('lists what can be asked for', async ({ expect }) => {
    const { data } = await openai.models.list()
    expect(data.find(({ id }) => id === 'sketch-1')).toMatchObject(KEYS)
    expect(data.filter(({ created }) => !Number.isInteger(created))).toEqual([])
    expect(data.map(({ id }) => id)).not.toContain('sketch-500')
  })

  it('shows one model, also when its id has slashes', async ({ expect }) => {
    expect(await openai.models.retrieve('sketch-1')).toMatchObject(KEYS)
    const id = 'black-forest-labs/FLUX.2-dev'
    expect(await openai.models.retrieve(id)).toMatchObject({ id, object: 'model' })
  })

  it('shows every model that it lists', async ({ expect }) => {
    const { data } = await openai.models.list()
    const shown = await Promise.all(data.map(({ id }) => openai.models.retrieve(id)))
    expect(shown.map(({ id }) => id)).toEqual(data.map(({ id }) => id))
  })
})

describe('the schemas of OpenAI', () => {
  it('refuse what is no answer', ({ expect }) => {
    const answers = [{}, { created: 1.5 }, { created: 1, data: [{ url: 'no link' }] }]
    const wrong = [...answers, { created: 1, size: 'large' }, { created: 1, usage: {} }]
    for (const schema of [ImagesResponse, ImagesResponseOfSdk])
      expect(wrong.filter((answer) => schema.safeParse(answer).success)).toEqual([])
  })
})
