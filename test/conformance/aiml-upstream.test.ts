import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { AimlImages } from '../support/dialect-answers.ts'
import { encodePng } from '../upstreams/png.ts'
import { startUpstreams, type Upstreams } from '../upstreams/start.ts'
import { ask, download, openAccount, sha256 } from './client.ts'

const picture = (text: string): Buffer =>
  encodePng({ width: 64, height: 64, text, transparent: false, noisy: false, bytes: 0 })
const [T_REX, MUG] = [picture('a T-rex'), picture('a mug')]

/** Where the caller keeps one of its images. */
const store = createServer((_, res) => {
  res.writeHead(200, { 'content-type': 'image/png' }).end(T_REX)
})

let upstreams: Upstreams
let gateway: Gateway
let key: string
beforeAll(async () => {
  await once(store.listen(0, '127.0.0.1'), 'listening')
  upstreams = await startUpstreams()
  gateway = await startGateway({
    vars: {
      AIML_API_KEY: 'k',
      AIMLAPI_BASE_URL: `${upstreams.url}/aimlapi/v1`,
      // The store of this test has no public address.
      ALLOW_PRIVATE_URLS: 'true',
    },
  })
  key = (await openAccount(gateway.url)).key
})
afterAll(async () => {
  await gateway.stop()
  await upstreams.stop()
  store.close()
})

const prompt = 'a mill by the sea'
const SIDES = { width: 1024, height: 768 }

/** One of each family that the simulator has: as a client of the vendor asks, and what the vendor gets. */
const FAMILIES: [model: string, asked: object, gets: object][] = [
  [
    'flux/kontext-max/text-to-image',
    { aspect_ratio: '21:9', safety_tolerance: '6', guidance_scale: 3, num_images: 2, seed: 7 },
    { aspect_ratio: '21:9', safety_tolerance: '6', guidance_scale: 3, num_images: 2, seed: 7 },
  ],
  [
    'alibaba/qwen-image',
    { image_size: 'landscape_4_3', negative_prompt: 'boats', output_format: 'png' },
    { image_size: SIDES, negative_prompt: 'boats', output_format: 'png', num_images: 1 },
  ],
  [
    'flux/schnell',
    { image_size: { width: 512, height: 512 }, num_inference_steps: 4 },
    { image_size: { width: 512, height: 512 }, num_inference_steps: 4, num_images: 1 },
  ],
  [
    'bytedance/seedream-v4-text-to-image',
    { image_size: '2K', num_images: 2 },
    { image_size: { width: 2048, height: 2048 }, num_images: 2 },
  ],
  ['x-ai/grok-2-image', { n: 3, response_format: 'b64_json' }, { n: 3 }],
]

describe('a model of AI/ML API, asked for as at the vendor', () => {
  it.for(FAMILIES)('%s gets what was meant', async ([model, asked, gets], { expect }) => {
    upstreams.ledger.clear()
    const { status, json } = await ask<{ images: { url: string; width: number }[] }>(
      `${gateway.url}/aiml/v1/images/generations`,
      { key, body: { model, prompt, ...asked } },
    )
    expect([status, AimlImages.safeParse(json).error]).toEqual([200, undefined])
    const submitted = upstreams.ledger.requests.filter(({ method }) => method === 'POST')
    expect(submitted.map(({ body }) => body.json)).toEqual([{ model, prompt, ...gets }])
    const [image] = json.images
    expect((await download(image!.url)).status).toBe(200)
  })
})

describe('reference images of kontext', () => {
  it.for<[string, number]>([
    ['one link', 1],
    ['a link and a data URL', 2],
  ])('reach the vendor byte for byte: %s', async ([, count], { expect }) => {
    upstreams.ledger.clear()
    const link = `http://127.0.0.1:${(store.address() as AddressInfo).port}/t-rex.png`
    const images = [link, `data:image/png;base64,${MUG.toString('base64')}`].slice(0, count)
    const { status, json } = await ask<{ images: { width: number; height: number }[] }>(
      `${gateway.url}/aiml/v1/images/generations`,
      {
        key,
        body: {
          model: 'flux/kontext-max/image-to-image',
          prompt: 'Place this image with the t-rex on this mug from the second image as a print.',
          image_url: count === 1 ? link : images,
        },
      },
    )
    expect([status, json.images]).toMatchObject([200, [{ width: 1184, height: 880 }]])
    const [call] = upstreams.ledger.calls
    const bytes = [T_REX, MUG].slice(0, count)
    expect(call!.inputs.map((input) => input.sha256)).toEqual(bytes.map(sha256))
  })
})
