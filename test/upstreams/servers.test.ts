import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { ask, download } from './ask.ts'
import { sniff } from './inputs.ts'
import { startUpstreams, type Upstreams } from './start.ts'

let upstreams: Upstreams
beforeAll(async () => {
  upstreams = await startUpstreams()
})
beforeEach(() => upstreams.reset())
afterAll(() => upstreams.stop())

const modelmax = (): string => `${upstreams.url}/modelmax/v1`
const aimlapi = (): string => `${upstreams.url}/aimlapi`
const at = (path: string): string => `${upstreams.url}${path}/images/generations`

describe('ModelMax', () => {
  const request = { model: 'imagen-3', prompt: 'A watercolor painting of a mountain lake' }

  it("answers its page's examples through the OpenAI client", async ({ expect }) => {
    const client = new OpenAI({ apiKey: 'k', baseURL: modelmax() })
    const { data, usage } = await client.images.generate({ ...request, n: 1, size: '1024x1024' })
    expect(sniff(await download(data![0]!.url!))).toBe('png')
    expect(data![0]).not.toHaveProperty('b64_json')
    expect(usage).toEqual({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })
    const inline = { ...request, n: 2, response_format: 'b64_json' } as const
    const { data: images } = await client.images.generate(inline)
    const keys = ['b64_json', 'revised_prompt']
    expect(images!.map((image) => Object.keys(image).toSorted())).toEqual([keys, keys])
  })

  it('gives a data URL where the vendor does', async ({ expect }) => {
    const model = 'gemini-3.1-flash-image-preview'
    const body = { model, prompt: 'x', size: '64x64' }
    const answer = await ask<OpenAI.ImagesResponse>(`${modelmax()}/images/generations`, body)
    expect(answer.body.data![0]!.url).toMatch(/^data:image\/png;base64,iVBORw0KGgo/)
  })

  it.for([
    [400, 'bad_request', 'k', { model: 'gpt-5' }],
    [400, 'bad_request', 'k', { quality: 'high' }],
    [401, 'unauthorized', 'wrong', {}],
    [402, 'insufficient_balance', 'broke', {}],
  ] as const)('refuses with %i %s', async ([status, type, key, wrong], { expect }) => {
    const client = new OpenAI({ apiKey: key, baseURL: modelmax(), maxRetries: 0 })
    const refused = client.images.generate({ ...request, ...wrong })
    await expect(refused).rejects.toMatchObject({ status, type, code: undefined })
    expect(upstreams.ledger.calls).toEqual([])
  })
})

interface AimlAnswer {
  images?: { url: string; width: number; height: number; content_type: string }[]
  data?: { url: string | null; b64_json: string | null }[]
  meta?: { usage: { credits_used: number; usd_spent: number } }
}

describe('AI/ML API', () => {
  const max = { model: 'flux/kontext-max/text-to-image', prompt: 'A T-Rex relaxing on a beach' }

  it("answers its page's first example, also with a trailing slash", async ({ expect }) => {
    const id = 'my-trace:1'
    const answer = await ask<AimlAnswer>(
      `${aimlapi()}/v1/images/generations/`,
      { ...max, aspect_ratio: '21:9', num_images: 2, seed: 7 },
      { headers: { 'x-client-request-id': id } },
    )
    expect(answer.body).toMatchObject({ seed: 7, has_nsfw_concepts: [false, false], timings: {} })
    const [image] = answer.body.images!
    expect(image).toMatchObject({ width: 1568, height: 672, content_type: 'image/jpeg' })
    expect(sniff(await download(image!.url))).toBe('jpeg')
    expect(answer.headers.get('x-client-request-id')).toBe(id)
    expect(answer.headers.get('x-inference-id')).toBe(upstreams.ledger.calls[0]!.requestId)
    expect(Number(answer.headers.get('x-aimlapi-usd-spent'))).toBeCloseTo(0.105)
  })

  it('edits one image or up to four', async ({ expect }) => {
    const first = await ask<AimlAnswer>(`${aimlapi()}/images/generations`, max)
    const [{ url: source } = { url: '' }] = first.body.images!
    const edit = async (image_url: unknown) => {
      const body = { model: 'flux/kontext-max/image-to-image', prompt: 'add a crown', image_url }
      return (await ask(`${aimlapi()}/v1/images/generations`, body)).status
    }
    expect(await edit(source)).toBe(200)
    expect(await edit([source, source, source, source])).toBe(200)
    expect(upstreams.ledger.calls.map(({ inputs }) => inputs.length)).toEqual([0, 1, 4])
    expect(await edit(Array(5).fill(source))).toBe(400)
    expect(await edit('ftp://example.com/a.png')).toBe(400)
    expect(await edit(undefined)).toBe(400)
  })

  it.for([
    ['alibaba/qwen-image', { data: [{ b64_json: null }], meta: { usage: { usd_spent: 0.0525 } } }],
    ['bytedance/seedream-v4-text-to-image', { data: [{}], images: [{}], meta: {} }],
    ['openai/gpt-image-2', { data: [{}], output_format: 'png', size: '1024x1024' }],
    ['x-ai/grok-2-image', { data: [{ mime_type: 'image/jpeg' }] }],
  ] as const)('answers for %s as its page shows', async ([model, shape], { expect }) => {
    const body = { model, prompt: 'x' }
    const answer = await ask<AimlAnswer>(`${aimlapi()}/v1/images/generations`, body)
    expect(answer.body).toMatchObject(shape)
    expect(sniff(await download(answer.body.data![0]!.url!))).not.toBeNull()
  })

  it.for([
    { num_images: 5 },
    { num_images: '2' },
    { seed: 0 },
    { safety_tolerance: 2 },
    { aspect_ratio: '5:4' },
    { output_format: 'gif' },
    { prompt: 'x'.repeat(4001) },
  ])('refuses wrong values with its flat body', async (wrong, { expect }) => {
    const answer = await ask(`${aimlapi()}/v1/images/generations`, { ...max, ...wrong })
    expect(answer).toMatchObject({
      status: 400,
      body: {
        statusCode: 400,
        path: '/v1/images/generations',
        message: expect.stringMatching(/^Body validation error!/),
      },
    })
  })

  it('says 403 when the credits are gone', async ({ expect }) => {
    const init = { headers: { authorization: 'Bearer broke' } }
    const answer = await ask(`${aimlapi()}/v1/images/generations`, max, init)
    expect(answer).toMatchObject({
      status: 403,
      body: { message: expect.stringMatching(/run out of credits/) },
    })
  })
})

describe('servers that one runs oneself', () => {
  it('LocalAI: an unknown size is 512x512, what follows a bar is no prompt', async ({ expect }) => {
    const body = { model: 'flux.1-dev', prompt: 'a mill|blurry', size: 'auto' }
    const answer = await ask<OpenAI.ImagesResponse>(at('/localai/v1'), body)
    const file = await download(answer.body.data![0]!.url!)
    expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([512, 512])
    expect(upstreams.ledger.calls).toMatchObject([{ prompt: 'a mill' }])
    const unknown = await ask(at('/localai/v1'), { model: 'nope', prompt: 'x' })
    expect(unknown).toMatchObject({ status: 404, body: { error: { code: 404 } } })
  })

  it('stable-diffusion.cpp: native fields hide in the prompt', async ({ expect }) => {
    const prompt = 'a mill<sd_cpp_extra_args>{"width":128,"height":64}</sd_cpp_extra_args>'
    const answer = await ask<OpenAI.ImagesResponse>(at('/sdcpp/v1'), { prompt, n: 2 })
    expect(answer.body).toMatchObject({ output_format: 'png', data: [{}, {}] })
    const file = Buffer.from(answer.body.data![0]!.b64_json!, 'base64')
    expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([128, 64])
    expect(upstreams.ledger.calls).toMatchObject([{ prompt: 'a mill' }])
    expect(await ask(at('/sdcpp/v1'), { n: 1 })).toMatchObject({
      status: 400,
      body: { error: 'prompt required' },
    })
  })

  it('stable-diffusion.cpp: jobs of its own API', async ({ expect }) => {
    const root = `${upstreams.url}/sdcpp`
    interface Job {
      id: string
      status: string
      poll_url: string
      result: { images: { b64_json: string }[] } | null
    }
    const submit = async (prompt: string) =>
      ask<Job>(`${root}/sdcpp/v1/img_gen`, { prompt, width: 64, height: 64, batch_count: 2 })
    const { status, body: job } = await submit('x')
    expect([status, job.status]).toEqual([202, 'queued'])
    const done = await ask<Job>(`${root}${job.poll_url}`)
    expect(done.body).toMatchObject({ status: 'completed', error: null, queue_position: 0 })
    expect(done.body.result!.images).toHaveLength(2)
    const slow = (await submit('[[latency=600000]]')).body
    const cancelled = await ask(`${root}/sdcpp/v1/jobs/${slow.id}/cancel`, {})
    expect(cancelled.body).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } })
    expect((await ask(`${root}/sdcpp/v1/jobs/nope`)).status).toBe(404)
  })

  it('vLLM-Omni: base64 only, and lists of fields at fault', async ({ expect }) => {
    const linked = await ask(at('/vllm/v1'), { prompt: 'x', response_format: 'url' })
    expect(linked).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', 'response_format'] }] },
    })
    const missing = await ask(at('/vllm/v1'), {})
    expect(missing).toMatchObject({ status: 422, body: { detail: [{ type: 'missing' }] } })
    const size = await ask(at('/vllm/v1'), { prompt: 'x', size: '1024x' })
    expect(size).toMatchObject({
      status: 400,
      body: { detail: expect.stringMatching(/^Invalid size format/) },
    })
  })

  it('SGLang: links of edits are paths on its own host', async ({ expect }) => {
    const linked = await ask(at('/sglang/v1'), { prompt: 'x', response_format: 'url' })
    expect(linked.status).toBe(400)
    const drawn = await ask<OpenAI.ImagesResponse>(at('/sglang/v1'), { prompt: 'x', size: '64x64' })
    const form = new FormData()
    const bytes = Buffer.from(drawn.body.data![0]!.b64_json!, 'base64')
    form.append('image', new Blob([new Uint8Array(bytes)]), 'a.png')
    for (const [name, value] of Object.entries({ prompt: 'x', response_format: 'url', n: '2' })) {
      form.append(name, value)
    }
    const answer = await fetch(`${upstreams.url}/sglang/v1/images/edits`, {
      method: 'POST',
      body: form,
    })
    const { data } = (await answer.json()) as OpenAI.ImagesResponse
    expect(data![0]!.url).toMatch(/^\/v1\/images\/[^/]+\/content$/)
    const files = data!.map(({ url: path }) => download(`${upstreams.url}/sglang${path}`))
    expect((await Promise.all(files)).map(sniff)).toEqual(['png', 'png'])
  })
})
