import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { AimlImages } from '../support/dialect-answers.ts'
import { startUpstreams, type Upstreams } from '../upstreams/start.ts'
import { ask, download, openAccount } from './client.ts'

let upstreams: Upstreams
let gateway: Gateway
let key: string
beforeAll(async () => {
  upstreams = await startUpstreams()
  gateway = await startGateway({
    vars: { AIML_API_KEY: 'k', AIMLAPI_BASE_URL: `${upstreams.url}/aimlapi/v1` },
  })
  key = (await openAccount(gateway.url)).key
})
afterAll(async () => {
  await gateway.stop()
  await upstreams.stop()
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
