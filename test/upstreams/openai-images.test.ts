import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { ImagesResponse, ImagesResponseOfSdk } from '../conformance/schemas.ts'
import { pngSize } from './inputs.ts'
import { sha256 } from './ledger.ts'
import { encodePng } from './png.ts'
import { startUpstreams, type Upstreams } from './start.ts'

const MODEL = 'gpt-image-2'
const PNG = { width: 64, height: 64, text: 'in', transparent: true, noisy: false, bytes: 0 }
const INPUT = encodePng(PNG)

let upstreams: Upstreams
let openai: OpenAI
beforeAll(async () => {
  upstreams = await startUpstreams()
  openai = new OpenAI({ apiKey: 'k', baseURL: `${upstreams.url}/openai/v1`, maxRetries: 0 })
})
beforeEach(() => upstreams.reset())
afterAll(() => upstreams.stop())

const refusal = (request: Promise<unknown>): Promise<unknown> =>
  request.then(
    () => null,
    (error: unknown) => error,
  )

describe('images.generate', () => {
  it('gives PNGs of the size asked for with every documented field', async ({ expect }) => {
    const body = { model: MODEL, prompt: 'a mill', n: 2, size: '1536x1024' as const }
    const { _request_id, ...answer } = await openai.images.generate(body)
    const files = answer.data!.map(({ b64_json }) => Buffer.from(b64_json!, 'base64'))
    expect(files.map(pngSize)).toEqual(['1536x1024', '1536x1024'])
    expect(files[0]).not.toEqual(files[1])
    expect(answer).toMatchObject({ size: '1536x1024', quality: 'high', background: 'opaque' })
    expect(answer.usage!.total_tokens).toBe(
      answer.usage!.input_tokens + answer.usage!.output_tokens,
    )
    expect(ImagesResponse.safeParse(answer).error).toBeUndefined()
    expect(ImagesResponseOfSdk.safeParse(answer).error).toBeUndefined()
    expect(upstreams.ledger.calls).toMatchObject([
      { api: 'openai', model: MODEL, n: 2, prompt: 'a mill', requestId: _request_id },
    ])
  })

  it('gives jpeg, webp and sizes that only newer models have', async ({ expect }) => {
    const jpeg = await openai.images.generate({
      model: MODEL,
      prompt: 'x',
      output_format: 'jpeg',
      size: '2048x1152',
    })
    expect(jpeg).toMatchObject({ output_format: 'jpeg', size: '2048x1152' })
    expect(jpeg.data![0]!.b64_json!.slice(0, 4)).toBe('/9j/')
    const webp = await openai.images.generate({ model: MODEL, prompt: 'x', output_format: 'webp' })
    expect(webp.data![0]!.b64_json!.slice(0, 4)).toBe('UklG')
  })

  it.for([
    ['unknown_parameter', 'response_format', { response_format: 'b64_json' }],
    ['unknown_parameter', 'style', { style: 'vivid' }],
    ['invalid_value', 'size', { size: '1000x1000' }],
    ['invalid_value', 'size', { size: '3840x1024' }],
    ['invalid_value', 'size', { model: 'gpt-image-1.5', size: '2048x1152' }],
    ['invalid_value', 'quality', { quality: 'max' }],
    ['integer_above_max_value', 'n', { n: 11 }],
    ['integer_below_min_value', 'n', { n: 0 }],
    ['invalid_type', 'n', { n: '2' }],
    ['missing_required_parameter', 'prompt', { prompt: null }],
    ['string_above_max_length', 'prompt', { prompt: 'x'.repeat(32_001) }],
    ['invalid_value', 'background', { background: 'transparent', output_format: 'jpeg' }],
  ] as const)(
    'refuses with %s about %s, without a bill',
    async ([code, param, wrong], { expect }) => {
      const body = { model: MODEL, prompt: 'x', ...wrong }
      const error = await refusal(openai.post('/images/generations', { body }))
      expect(error).toBeInstanceOf(OpenAI.BadRequestError)
      expect(error).toMatchObject({ status: 400, code, param, type: 'invalid_request_error' })
      expect(upstreams.ledger.calls).toEqual([])
    },
  )

  it('knows the models that are retired and the keys that are wrong', async ({ expect }) => {
    const retired = refusal(openai.images.generate({ model: 'dall-e-3', prompt: 'x' }))
    expect(await retired).toBeInstanceOf(OpenAI.NotFoundError)
    const stranger = new OpenAI({ apiKey: 'a-wrong-key', baseURL: openai.baseURL, maxRetries: 0 })
    const unauthorised = await refusal(stranger.images.generate({ model: MODEL, prompt: 'x' }))
    expect(unauthorised).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(unauthorised).toMatchObject({ code: 'invalid_api_key' })
    const poor = new OpenAI({ apiKey: 'broke', baseURL: openai.baseURL, maxRetries: 0 })
    const empty = await refusal(poor.images.generate({ model: MODEL, prompt: 'x' }))
    expect(empty).toBeInstanceOf(OpenAI.RateLimitError)
    expect(empty).toMatchObject({ code: 'insufficient_quota' })
  })

  it('streams partial images and then the whole', async ({ expect }) => {
    const body = { model: MODEL, prompt: 'x', stream: true, partial_images: 2 } as const
    const seen: string[] = []
    for await (const event of await openai.images.generate(body)) {
      expect(pngSize(Buffer.from(event.b64_json, 'base64'))).toBe('1024x1024')
      seen.push(
        'partial_image_index' in event ? `partial ${event.partial_image_index}` : event.type,
      )
      if (event.type === 'image_generation.completed') {
        expect(event.usage.output_tokens).toBe(4160 + 200)
      }
    }
    expect(seen).toEqual(['partial 0', 'partial 1', 'image_generation.completed'])
  })

  it('lists its models', async ({ expect }) => {
    const ids: string[] = []
    for await (const model of openai.models.list()) ids.push(model.id)
    expect(ids).toContain(MODEL)
    expect(await openai.models.retrieve(MODEL)).toMatchObject({ id: MODEL, object: 'model' })
    expect(await refusal(openai.models.retrieve('no/such'))).toMatchObject({
      status: 404,
      code: 'model_not_found',
    })
  })
})

describe('images.edit', () => {
  it.for([1, 3])('takes %i files', async (count, { expect }) => {
    const files = await Promise.all(
      Array.from({ length: count }, (_, at) => toFile(INPUT, `${at}.png`, { type: 'image/png' })),
    )
    const image = count === 1 ? files[0]! : files
    const mask = await toFile(INPUT, 'mask.png')
    const answer = await openai.images.edit({ model: MODEL, prompt: 'x', image, mask, n: 2 })
    expect(answer.data).toHaveLength(2)
    expect(answer.usage!.input_tokens_details.image_tokens).toBeGreaterThan(0)
    const inputs = Array.from({ length: count + 1 }, () => ({
      sha256: sha256(INPUT),
      bytes: INPUT.length,
    }))
    expect(upstreams.ledger.calls).toMatchObject([{ n: 2, inputs }])
    expect(upstreams.ledger.requests[0]!.body.form!.map(({ name }) => name)).toContain(
      count === 1 ? 'image' : 'image[]',
    )
  })

  it('takes JSON with data URLs, and streams', async ({ expect }) => {
    const image_url = `data:image/png;base64,${INPUT.toString('base64')}`
    const body = { model: MODEL, prompt: 'x', images: [{ image_url }], mask: { image_url } }
    const answer = await openai.post<OpenAI.ImagesResponse>('/images/edits', { body })
    expect(answer.data).toHaveLength(1)
    expect(upstreams.ledger.calls[0]!.inputs).toHaveLength(2)
    const image = await toFile(INPUT, 'a.png')
    const types: string[] = []
    const request = { model: MODEL, prompt: 'x', image, stream: true, partial_images: 1 } as const
    for await (const event of await openai.images.edit(request)) types.push(event.type)
    expect(types).toEqual(['image_edit.partial_image', 'image_edit.completed'])
  })

  it('refuses what is no image, a mask of another size, and no image at all', async ({
    expect,
  }) => {
    const text = await toFile(Buffer.from('hello'), 'a.png', { type: 'image/png' })
    const image = await toFile(INPUT, 'a.png')
    const mask = await toFile(encodePng({ ...PNG, width: 32 }), 'm.png')
    const attempts = [
      openai.images.edit({ model: MODEL, prompt: 'x', image: text }),
      openai.images.edit({ model: MODEL, prompt: 'x', image, mask }),
      openai.post('/images/edits', { body: { model: MODEL, prompt: 'x' } }),
      openai.post('/images/edits', {
        body: { model: MODEL, prompt: 'x', images: [{ image_url: `${upstreams.url}/none.png` }] },
      }),
    ]
    const errors = await Promise.all(attempts.map(refusal))
    expect(errors).toMatchObject([
      { status: 400, code: 'unsupported_image_media_type' },
      { status: 400, param: 'mask' },
      { status: 400, param: 'images' },
      { status: 400, code: 'invalid_image_url', param: 'images[0]' },
    ])
    expect(upstreams.ledger.calls).toEqual([])
  })
})
