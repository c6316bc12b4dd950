import { createOpenAI } from '@ai-sdk/openai'
import { DallEAPIWrapper } from '@langchain/openai'
import { generateImage } from 'ai'
import { createOpenAICompatible } from 'ai-sdk-openai-compatible-2'
import Together from 'together-ai'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { encodePng } from '../upstreams/png.ts'
import { pngSize } from '../upstreams/inputs.ts'
import { download, sha256 } from './client.ts'
import { sent, submits } from './upstream-order.ts'
import { startStage, type Stage } from './upstream-stage.ts'

const plain = { transparent: false, noisy: false, bytes: 0, width: 64, height: 64 }
const [FIRST, SECOND] = [
  encodePng({ ...plain, text: 'first' }),
  encodePng({ ...plain, text: 'second' }),
]

let stage: Stage
let place: { baseURL: string; apiKey: string }
beforeAll(async () => {
  stage = await startStage([
    { id: 'langchain', kind: 'openai' },
    { id: 'sdk', kind: 'sglang' },
    { id: 'own', kind: 'together' },
    { id: 'older', kind: 'max' },
  ])
  place = { baseURL: `${stage.gateway.url}/v1`, apiKey: stage.account.key }
})
afterAll(() => stage.stop())

const wrapper = (fields: ConstructorParameters<typeof DallEAPIWrapper>[0] = {}) =>
  new DallEAPIWrapper({ apiKey: place.apiKey, baseUrl: place.baseURL, ...fields })

const olderModel = (name: string) =>
  createOpenAICompatible({ name: 'darkroom', ...place }).imageModel(name)

const sdkModel = () => createOpenAI(place).image('sketch-1')

const together = () => new Together({ ...place, maxRetries: 0 })

/** Sizes of the pictures. @throws where two are the same one. */
function sizesOf(images: Buffer[]): string[] {
  if (new Set(images.map((bytes) => bytes.toString('base64'))).size < images.length)
    throw new Error('one picture came twice')
  return images.map(pngSize)
}

const bytesOf = ({ images }: { images: { uint8Array: Uint8Array }[] }): Buffer[] =>
  images.map(({ uint8Array }) => Buffer.from(uint8Array))

describe.concurrent('LangChain’s image wrapper', () => {
  it('gets a link with a base URL and nothing else, by the model that it names itself', async ({
    expect,
  }) => {
    const url: unknown = await wrapper().invoke('a lighthouse')
    const { status, type, bytes } = await download(String(url))
    expect([status, type, pngSize(bytes)]).toEqual([200, 'image/png', '1024x1024'])
  })

  it('gets base64', async ({ expect }) => {
    const small = { model: 'sketch-1', size: '256x256' } as const
    const data: unknown = await wrapper({ ...small, dallEResponseFormat: 'b64_json' }).invoke('x')
    expect(pngSize(Buffer.from(String(data), 'base64'))).toBe('256x256')
  })

  it('gets several images, for each of which it sends the same request at once', async ({
    expect,
  }) => {
    const server = stage.servers.get('langchain')!
    const made: unknown = await wrapper({ model: server.model, n: 3 }).invoke('a mill')
    const links = made as { type: string; image_url: string }[]
    const images = await Promise.all(links.map(({ image_url: url }) => download(url)))
    expect(images.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(new Set(links.map(({ image_url: url }) => url)).size).toBe(3)
    expect(submits(server)).toHaveLength(3)
  })
})

describe.concurrent('the AI SDK with its provider of compatible servers, one major behind', () => {
  it('gets images', async ({ expect }) => {
    const asked = { prompt: 'x', n: 2, size: '128x64', maxRetries: 0 } as const
    const made = await generateImage({ model: olderModel('sketch-1'), ...asked })
    expect(sizesOf(bytesOf(made))).toEqual(['128x64', '128x64'])
  })

  it('gets what an upstream drew', async ({ expect }) => {
    const server = stage.servers.get('older')!
    const asked = { prompt: 'x', n: 2, size: '256x128', maxRetries: 0 } as const
    const made = await generateImage({ model: olderModel(server.model), ...asked })
    expect(bytesOf(made).map(sha256)).toEqual(sent(server))
  })

  it('edits files, which an upstream gets byte for byte', async ({ expect }) => {
    const server = stage.servers.get('sdk')!
    const made = await generateImage({
      model: olderModel(server.model),
      prompt: { text: 'x', images: [FIRST] },
      size: '512x256',
      maxRetries: 0,
    })
    expect(sizesOf(bytesOf(made))).toEqual(['512x256'])
    expect(server.ledger.calls).toMatchObject([{ inputs: [{ sha256: sha256(FIRST) }] }])
  })

  it('tells an error by its status and our words', async ({ expect }) => {
    const wrong = generateImage({ model: olderModel('no-such'), prompt: 'x', maxRetries: 0 })
    await expect(wrong).rejects.toMatchObject({
      statusCode: 404,
      message: expect.stringContaining('no-such'),
    })
  })
})

describe.concurrent('the AI SDK with its OpenAI provider', () => {
  const asked = { size: '64x64', maxRetries: 0 } as const

  it('gets several different images', async ({ expect }) => {
    const made = await generateImage({ model: sdkModel(), prompt: 'x', n: 3, ...asked })
    expect(sizesOf(bytesOf(made))).toEqual(['64x64', '64x64', '64x64'])
  })

  it('edits files into several images', async ({ expect }) => {
    const prompt = { text: 'x', images: [FIRST, SECOND], mask: FIRST }
    const made = await generateImage({ model: sdkModel(), prompt, n: 2, ...asked })
    expect(sizesOf(bytesOf(made))).toEqual(['64x64', '64x64'])
  })
})

describe.concurrent('Together’s own client at /v1', () => {
  it('gets base64 under the name that it has for it', async ({ expect }) => {
    const { data } = await together().images.generate({
      model: 'sketch-1',
      prompt: 'x',
      n: 2,
      width: 128,
      height: 64,
      output_format: 'png',
      response_format: 'base64',
    })
    const images = data.map((image) => Buffer.from(image.b64_json, 'base64'))
    expect(sizesOf(images)).toEqual(['128x64', '128x64'])
  })

  it('has Together asked for what it asks for', async ({ expect }) => {
    const server = stage.servers.get('own')!
    const asked = {
      prompt: 'a mill',
      n: 2,
      width: 512,
      height: 256,
      steps: 3,
      seed: 7,
      output_format: 'png',
    } as const
    await together().images.generate({ ...asked, model: server.model, response_format: 'url' })
    const [first, ...more] = submits(server)
    expect(first?.body.json).toMatchObject(asked)
    expect(more).toEqual([])
  })
})
