import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOpenAI } from '@ai-sdk/openai'
import { generateImage } from 'ai'
import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { encodePng } from '../upstreams/png.ts'
import { ask, download, openAccount, sha256, type NativeJob } from './client.ts'
import { ImagesResponse } from './schemas.ts'

const plain = { transparent: false, noisy: false, bytes: 0 }
const SMALL = encodePng({ ...plain, text: 'small', width: 64, height: 64 })
/** 3 MB. */
const LARGE = encodePng({ ...plain, text: 'large', width: 1000, height: 1000, noisy: true })
const wanted = { model: 'sketch-1', prompt: 'a lighthouse', size: '64x64' as '256x256' }

let gateway: Gateway
let openai: OpenAI
let key: string
let folder: string
beforeAll(async () => {
  gateway = await startGateway()
  ;({ key } = await openAccount(gateway.url))
  openai = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1` })
  folder = await mkdtemp(join(tmpdir(), 'darkroom-edits-'))
  await writeFile(join(folder, 'large.png'), LARGE)
})
afterAll(async () => {
  await gateway.stop()
  await rm(folder, { recursive: true })
})

describe.concurrent('images.edit of the OpenAI client', () => {
  it('takes one file, and gives link and base64 of one image', async ({ expect }) => {
    const image = await toFile(SMALL, 'a.png', { type: 'image/png' })
    const answer = await openai.images.edit({ ...wanted, size: '1024x1024', image })
    expect(ImagesResponse.safeParse(answer).error).toBeUndefined()
    const [made] = answer.data!
    const { bytes } = await download(made!.url!)
    expect(sha256(bytes)).toBe(sha256(Buffer.from(made!.b64_json!, 'base64')))
  })

  it('takes several files and a mask', async ({ expect }) => {
    const image = await Promise.all([SMALL, LARGE].map((bytes, n) => toFile(bytes, `${n}.png`)))
    const mask = await toFile(SMALL, 'mask.png', { type: 'image/png' })
    const answer = await openai.images.edit({ ...wanted, image, mask, n: 2 })
    expect(answer.data).toHaveLength(2)
  })

  it('takes a file that is streamed, whose type and length nobody tells', async ({ expect }) => {
    const image = createReadStream(join(folder, 'large.png'))
    const answer = await openai.images.edit({ ...wanted, image, response_format: 'url' })
    expect(answer.data![0]).not.toHaveProperty('b64_json')
    expect((await download(answer.data![0]!.url!)).status).toBe(200)
  })

  it('gives the same picture for the same image by form, stream and JSON', async ({ expect }) => {
    const seeded = { ...wanted, seed: 5 }
    const byForm = await openai.images.edit({ ...seeded, image: await toFile(LARGE, 'a.png') })
    const byStream = await openai.images.edit({
      ...seeded,
      image: [createReadStream(join(folder, 'large.png'))],
    })
    const image_url = `data:image/png;base64,${LARGE.toString('base64')}`
    const body = { ...seeded, images: [{ image_url }] }
    const byJson = await openai.post<OpenAI.ImagesResponse>('/images/edits', { body })
    const pictures = [byForm, byStream, byJson].map(({ data }) => data![0]!.b64_json)
    expect(new Set(pictures).size).toBe(1)
  })

  it('is refused with the name of the field', async ({ expect }) => {
    const image = await toFile(Buffer.from('<svg/>'), 'a.png', { type: 'image/png' })
    const failed = openai.images.edit({ ...wanted, image })
    await expect(failed).rejects.toMatchObject({
      status: 400,
      param: 'image',
      code: 'invalid_value',
    })
  })

  it('sees the refusal also when it still has 19 MB to send', async ({ expect }) => {
    const svg = await toFile(Buffer.from('<svg/>'), 'a.png')
    const image = [svg, await toFile(Buffer.alloc(19_000_000), 'b.png')]
    for (let tries = 0; tries < 4; tries++) {
      const failed = openai.images.edit({ ...wanted, image }, { maxRetries: 0 })
      await expect(failed).rejects.toMatchObject({ status: 400, param: 'image[]' })
    }
  })

  it('of the AI SDK works too, with one image and with two', async ({ expect }) => {
    const model = createOpenAI({ apiKey: key, baseURL: `${gateway.url}/v1` }).image('sketch-1')
    for (const images of [[SMALL], [SMALL, LARGE]]) {
      const made = await generateImage({ model, prompt: { text: 'a fish', images }, size: '64x64' })
      expect(made.image.uint8Array.length).toBeGreaterThan(100)
    }
  })

  it('says in its job that no image was looked at', async ({ expect }) => {
    const image = await toFile(SMALL, 'a.png')
    const { response } = await openai.images.edit({ ...wanted, image }).withResponse()
    const url = `${gateway.url}/v1/jobs/${response.headers.get('x-darkroom-job')}`
    const { json } = await ask<NativeJob & { warnings: { param: string }[] }>(url, { key })
    expect(json.warnings).toMatchObject([{ param: 'image' }])
  })
})
