import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateImage } from 'ai'
import OpenAI, { toFile } from 'openai'
import Together from 'together-ai'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { AimlImages, ModelmaxImages } from '../support/dialect-answers.ts'
import { encodePng } from '../upstreams/png.ts'
import { pngSize } from '../upstreams/inputs.ts'
import { download, openAccount, sha256 } from './client.ts'
import { sent } from './upstream-order.ts'
import { startStage, type Stage } from './upstream-stage.ts'

const PRICED = { base: 'sketch-1', price: [{ unit: 'image', usd: 0.04 }] }
const plain = { transparent: false, noisy: false, bytes: 0, width: 64, height: 64 }
const [FIRST, SECOND] = [
  encodePng({ ...plain, text: 'first' }),
  encodePng({ ...plain, text: 'second' }),
]

/** The base URLs that these clients are given. */
const BASES = ['/modelmax/v1', '/aiml/v1', '/v1'] as const
/** One for each base, so that what it sent is what that client got. */
const serverAt = (base: string): string => `at-${base.split('/')[1]}`

let stage: Stage
let gateway: Stage['gateway']
let key: string
let poor: string
beforeAll(async () => {
  const servers = BASES.map((base) => ({ id: serverAt(base), kind: 'max' as const }))
  stage = await startStage(servers, { priced: PRICED })
  gateway = stage.gateway
  key = (await openAccount(gateway.url)).key
  poor = (await openAccount(gateway.url, 0)).key
})
afterAll(() => stage.stop())

const openai = (base: string, apiKey = key) => new OpenAI({ apiKey, baseURL: gateway.url + base })

async function errorOf(call: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const caught: unknown = await call.then(
    () => null,
    (error: unknown) => error,
  )
  if (caught instanceof OpenAI.APIError) return caught
  throw new Error(`No error of the API: ${String(caught)}`)
}

const small = { model: 'sketch-1', prompt: 'a lake', size: '64x64' as '256x256' }

describe.concurrent('the OpenAI client', () => {
  it.for(BASES)('gets a link from %s, as in ModelMax’s example', async (base, { expect }) => {
    const response = await openai(base).images.generate({
      model: 'imagen-3',
      prompt: 'A watercolor painting of a mountain lake',
      n: 1,
      size: '1024x1024',
    })
    expect(response.data).toHaveLength(1)
    expect((await download(response.data![0]!.url!)).status).toBe(200)
    expect(response.usage).toMatchObject(base === '/aiml/v1' ? {} : { total_tokens: 0 })
  })

  it.for(BASES)('gets base64 from %s', async (base, { expect }) => {
    const { data } = await openai(base).images.generate({
      ...small,
      n: 2,
      response_format: 'b64_json',
    })
    expect(data!.map((image) => pngSize(Buffer.from(image.b64_json!, 'base64')))).toEqual([
      '64x64',
      '64x64',
    ])
  })

  it('edits files at AI/ML API', async ({ expect }) => {
    const image = await Promise.all([FIRST, SECOND].map((bytes, n) => toFile(bytes, `${n}.png`)))
    const answer = await openai('/aiml/v1').images.edit({ ...small, image })
    expect((await download(answer.data![0]!.url!)).status).toBe(200)
  })

  it('reads the catalogue of AI/ML API', async ({ expect }) => {
    const { data } = await openai('/aiml/v1').models.list()
    expect(data.map(({ id }) => id)).toContain('flux/kontext-max/text-to-image')
    const one = await openai('/aiml/v1').models.retrieve('flux/kontext-max/text-to-image')
    expect(one.id).toBe('flux/kontext-max/text-to-image')
  })

  it.for([
    ['/modelmax/v1', 402, 'insufficient_balance', undefined],
    ['/aiml/v1', 403, 'insufficient_balance', 'insufficient_balance'],
    ['/v1', 402, 'insufficient_balance', 'insufficient_balance'],
  ] as const)(
    'meets an empty balance at %s as %i',
    async ([base, status, type, code], { expect }) => {
      const error = await errorOf(openai(base, poor).images.generate({ ...small, model: 'priced' }))
      expect([error.status, error.type, error.code]).toEqual([status, type, code])
      expect(error.message).toContain('$0.04')
    },
  )
})

const compatible = (base: string, model: string) =>
  createOpenAICompatible({
    name: 'darkroom',
    baseURL: gateway.url + base,
    apiKey: key,
  }).imageModel(model)

describe.concurrent('the AI SDK with its provider of compatible servers', () => {
  it.for(BASES)('gets images from %s', async (base, { expect }) => {
    const asked = { prompt: 'x', n: 2, size: '128x64', maxRetries: 0 } as const
    const { images } = await generateImage({ ...asked, model: compatible(base, 'sketch-1') })
    expect(images.map(({ uint8Array }) => pngSize(Buffer.from(uint8Array)))).toEqual([
      '128x64',
      '128x64',
    ])
  })

  it.for(BASES)('gets what an upstream drew from %s', async (base, { expect }) => {
    const server = stage.servers.get(serverAt(base))!
    const asked = { prompt: 'x', n: 2, size: '256x128', maxRetries: 0 } as const
    const { images } = await generateImage({ ...asked, model: compatible(base, server.model) })
    expect(images.map(({ uint8Array }) => sha256(uint8Array))).toEqual(sent(server))
    expect(new Set(sent(server)).size).toBe(2)
  })

  it('edits an image at AI/ML API', async ({ expect }) => {
    const { images } = await generateImage({
      model: compatible('/aiml/v1', 'sketch-1'),
      prompt: { text: 'x', images: [FIRST] },
      size: '64x64',
      maxRetries: 0,
    })
    expect(images).toHaveLength(1)
  })
})

describe.concurrent('Together’s own client', () => {
  it.for(['/aiml/v1', '/v1'])('gets a link from %s', async (base, { expect }) => {
    const client = new Together({ apiKey: key, baseURL: gateway.url + base, maxRetries: 0 })
    const { data } = await client.images.generate({
      model: 'sketch-1',
      prompt: 'x',
      width: 64,
      height: 64,
      response_format: 'url',
    })
    expect((await download(data[0]!.url)).status).toBe(200)
  })
})

const send = async (path: string, body: object) => {
  const answer = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await answer.json()) as { images: { url: string; width: number }[] }
}

describe.concurrent('a client without a library', () => {
  it('reads both spellings of AI/ML API', async ({ expect }) => {
    const data = await send('/aiml/v1/images/generations/', {
      prompt: 'A T-Rex relaxing on a beach, lying on a sun lounger and wearing sunglasses.',
      model: 'flux/kontext-max/text-to-image',
      aspect_ratio: '21:9',
    })
    expect(AimlImages.safeParse(data).error).toBeUndefined()
    expect(data.images[0]!.width).toBe(1568)
    const { type } = await download(data.images[0]!.url)
    expect(type).toBe('image/jpeg')
  })

  it('reads the answer of ModelMax', async ({ expect }) => {
    const answer = await send('/modelmax/v1/images/generations', {
      model: 'imagen-3',
      prompt: 'A futuristic city skyline at sunset, digital art',
      n: 1,
      size: '1024x1024',
      response_format: 'b64_json',
    })
    expect(ModelmaxImages.safeParse(answer).error).toBeUndefined()
  })
})
