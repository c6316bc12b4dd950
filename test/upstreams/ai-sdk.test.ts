import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateImage, generateText, streamText } from 'ai'
import Together from 'together-ai'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { pngSize } from './inputs.ts'
import { encodePng } from './png.ts'
import { startUpstreams, type Upstreams } from './start.ts'

const INPUT = encodePng({
  width: 64,
  height: 64,
  text: 'in',
  transparent: false,
  noisy: false,
  bytes: 0,
})

let upstreams: Upstreams
beforeAll(async () => {
  upstreams = await startUpstreams()
})
beforeEach(() => upstreams.reset())
afterAll(() => upstreams.stop())

const compatible = (name: string) =>
  createOpenAICompatible({ name, baseURL: `${upstreams.url}/${name}/v1`, apiKey: 'k' })

const provider = () => createOpenAI({ apiKey: 'k', baseURL: `${upstreams.url}/openai/v1` })

const client = () =>
  new Together({ apiKey: 'k', baseURL: `${upstreams.url}/together/v1`, maxRetries: 0 })

describe('the AI SDK with its OpenAI provider', () => {
  it('gets images, several from one call', async ({ expect }) => {
    const { images } = await generateImage({
      model: provider().image('gpt-image-2'),
      prompt: 'x',
      n: 3,
      size: '1536x1024',
      providerOptions: { openai: { quality: 'low' } },
    })
    expect(images.map(({ uint8Array }) => pngSize(Buffer.from(uint8Array)))).toEqual(
      Array(3).fill('1536x1024'),
    )
    expect(upstreams.ledger.calls.reduce((sum, { n }) => sum + n, 0)).toBe(3)
  })

  it('edits images', async ({ expect }) => {
    const { images } = await generateImage({
      model: provider().image('gpt-image-2'),
      prompt: { text: 'x', images: [INPUT, INPUT] },
    })
    expect(images).toHaveLength(1)
    expect(upstreams.ledger.calls[0]!.inputs).toHaveLength(2)
  })

  it('reads responses with the image tool, at once and as a stream', async ({ expect }) => {
    const openai = provider()
    const options = {
      model: openai.responses('gpt-5.5'),
      prompt: 'draw',
      tools: { image_generation: openai.tools.imageGeneration({ partialImages: 1 }) },
    }
    const { toolResults } = await generateText(options)
    expect(toolResults).toMatchObject([{ toolName: 'image_generation' }])
    const results: unknown[] = []
    for await (const part of streamText(options).fullStream) {
      if (part.type === 'error') throw part.error
      if (part.type === 'tool-result') results.push(part.output)
    }
    // The partial image, then the whole.
    const image = { result: expect.stringMatching(/^iVBORw0KGgo/) }
    expect(results).toMatchObject([image, image])
  })

  it('meets the refusals as API errors', async ({ expect }) => {
    upstreams.faults.add({ kind: 'moderation' })
    const refused = generateImage({
      model: provider().image('gpt-image-2'),
      prompt: 'x',
      maxRetries: 0,
    })
    await expect(refused).rejects.toMatchObject({
      statusCode: 400,
      data: { error: { code: 'moderation_blocked', type: 'image_generation_user_error' } },
    })
  })
})

describe('the AI SDK with its provider of compatible servers', () => {
  it.for([
    ['modelmax', 'imagen-3', {}],
    ['modelmax', 'imagen-3', { response_format: 'b64_json' }],
    ['localai', 'flux.1-dev', {}],
    ['localai', 'flux.1-dev', { response_format: 'b64_json' }],
    ['sdcpp', 'any', { output_format: 'png' }],
    ['vllm', 'Qwen/Qwen-Image', { seed: 7, num_inference_steps: 20 }],
    ['sglang', 'any', { guidance_scale: 3 }],
  ] as const)('gets images from %s with %s', async ([name, model, more], { expect }) => {
    const { images } = await generateImage({
      model: compatible(name).imageModel(model),
      prompt: 'x',
      n: 2,
      size: '512x256',
      maxRetries: 0,
      providerOptions: { [name]: more },
    })
    expect(images.map(({ uint8Array }) => pngSize(Buffer.from(uint8Array)))).toEqual(
      Array(2).fill('512x256'),
    )
  })

  it.for(['sdcpp', 'vllm', 'sglang'])('edits images at %s', async (name, { expect }) => {
    const { images } = await generateImage({
      model: compatible(name).imageModel(name === 'vllm' ? 'Qwen/Qwen-Image' : 'any'),
      prompt: { text: 'x', images: [INPUT] },
      maxRetries: 0,
    })
    // Without a size they take the first input's.
    expect(images.map(({ uint8Array }) => pngSize(Buffer.from(uint8Array)))).toEqual(['64x64'])
    expect(upstreams.ledger.calls).toMatchObject([{ api: name, inputs: [{ bytes: INPUT.length }] }])
  })
})

describe("Together's own client", () => {
  const model = 'black-forest-labs/FLUX.1-schnell'

  it('gets links and base64', async ({ expect }) => {
    const linked = await client().images.generate({
      model,
      prompt: 'x',
      n: 2,
      width: 512,
      height: 256,
      response_format: 'url',
      output_format: 'png',
      steps: 4,
      seed: 1,
    })
    expect(linked).toMatchObject({ model, object: 'list', data: [{ index: 0 }, { index: 1 }] })
    const file = await fetch(linked.data[0]!.url)
    expect(file.headers.get('content-type')).toBe('image/png')
    expect(pngSize(Buffer.from(await file.arrayBuffer()))).toBe('512x256')
    const inline = await client().images.generate({ model, prompt: 'x', response_format: 'base64' })
    expect(inline.data[0]).toMatchObject({
      type: 'b64_json',
      b64_json: expect.stringMatching(/^\/9j\//),
    })
  })

  it('is refused what the documents exclude', async ({ expect }) => {
    const odd = client().images.generate({ model, prompt: 'x', width: 513 })
    await expect(odd).rejects.toBeInstanceOf(Together.BadRequestError)
    const many = client().images.generate({ model, prompt: 'x', n: 5 })
    await expect(many).rejects.toBeInstanceOf(Together.BadRequestError)
    const stranger = client().images.generate({ model: 'no/such', prompt: 'x' })
    await expect(stranger).rejects.toBeInstanceOf(Together.NotFoundError)
    expect(upstreams.ledger.calls).toEqual([])
  })
})
