import { describe, it } from 'vitest'
import { aimlImages } from '../../src/dialects/aiml-images.ts'
import { InputMark } from '../../src/core/upstream.ts'
import { httpProviders } from '../../src/providers/http-providers.ts'
import { order } from '../providers/orders.ts'
import { deploymentOf, planned, refused } from './inputs.ts'

const aimlapi = deploymentOf({ AIML_API_KEY: 'k' })
// It publishes no prices.
const unmetered = { actor: { metered: false } }
const URL_A = 'https://images.example.com/a.png'
const context = { defaultModel: null, responseFormat: null, checkUrl: () => null }

/** The request that a body of AI/ML API is read as. */
const read = (body: object) => aimlImages.parse({ prompt: 'a pier', ...body }, context)

/** What the upstream is sent for it, and what its caller is warned of. */
function sent(body: object) {
  const { request } = read(body)
  const { routes, warnings } = planned(request, aimlapi, unmetered)
  const [route] = routes
  const given = order(route!.model, { ...request, ...route!.overrides })
  const { body: out } = httpProviders.get('aimlapi')!.submit(given)
  const json = out && 'json' in out ? (out.json as Record<string, unknown>) : {}
  return { json, warnings: warnings.map(({ param }) => param) }
}

/** Every name of the vendor's table of 21 August 2026. */
const TABLE =
  `alibaba/qwen-image alibaba/qwen-image-2-0 alibaba/qwen-image-2-0-pro alibaba/qwen-image-3
alibaba/qwen-image-3-edit alibaba/qwen-image-edit alibaba/wan-2-6-image alibaba/wan-2-7-image
alibaba/wan-2-7-image-pro alibaba/wan2.2-t2i-flash alibaba/wan2.2-t2i-plus alibaba/wan2.5-t2i-preview
alibaba/z-image-turbo alibaba/z-image-turbo-lora beeble/switchx-image-to-image blackforestlabs/flux-2
blackforestlabs/flux-2-edit blackforestlabs/flux-2-lora blackforestlabs/flux-2-lora-edit
blackforestlabs/flux-2-max blackforestlabs/flux-2-pro blackforestlabs/flux-2-pro-edit
bytedance/dola-seedream-5-0-pro bytedance/dreamina-creative-upscale bytedance/seededit-3.0-i2i
bytedance/seedream-3.0 bytedance/seedream-4-5 bytedance/seedream-5-0-lite-preview
bytedance/seedream-5-0-pro bytedance/seedream-v4-edit bytedance/seedream-v4-text-to-image bytedance/uso
dall-e-2 dall-e-3 flux-pro flux-pro/v1.1 flux-pro/v1.1-ultra flux-realism flux/dev
flux/dev/image-to-image flux/kontext-max/image-to-image flux/kontext-max/text-to-image
flux/kontext-pro/image-to-image flux/kontext-pro/text-to-image flux/schnell flux/srpo
flux/srpo/image-to-image google/gemini-2.5-flash-image google/gemini-3-1-flash-lite-image
google/gemini-3-pro-image-edit google/imagen-4.0-fast-generate-001 google/imagen-4.0-generate-001
google/imagen-4.0-ultra-generate-001 google/imagen4/preview google/nano-banana-2
google/gemini-3-1-flash-image-preview google/nano-banana-edit google/nano-banana-pro
google/gemini-3-pro-image-preview hunyuan/hunyuan-image-v3-text-to-image imagen-3.0-generate-002
imagen-4.0-ultra-generate-preview-06-06 klingai/image-o1 luma/uni-1 luma/uni-1-max
microsoft/mai-image-2.5 openai/gpt-image-1 openai/gpt-image-1-5 openai/gpt-image-1-mini
openai/gpt-image-2 recraft-v3 reve/create-image reve/edit-image reve/remix-edit-image
stabilityai/stable-diffusion-xl-base-1.0 stable-diffusion-v3-medium stable-diffusion-v35-large
topaz-labs/sharpen topaz-labs/sharpen-gen x-ai/grok-2-image x-ai/grok-imagine-image
x-ai/grok-imagine-image-pro`.split(/\s+/)

const edit = { image_url: URL_A }
const list = { image_urls: [URL_A] }

/** Values of the table and what becomes of them. */
const VALUES: [model: string, body: Record<string, unknown>, json?: Record<string, unknown>][] = [
  ...['1K', '2K', '4K'].flatMap((resolution): typeof VALUES => [
    ['google/nano-banana-pro', { resolution, aspect_ratio: '4:5' }],
    ['google/nano-banana-2', { resolution }],
    ['google/gemini-3-1-flash-lite-image', { resolution, enable_web_search: true }],
    ['google/gemini-3-pro-image-edit', { resolution, ...list }, { resolution }],
  ]),
  ['klingai/image-o1', { resolution: '2K', aspect_ratio: '21:9', ...list }, { resolution: '2K' }],
  ['x-ai/grok-imagine-image', { resolution: '2k', aspect_ratio: '19.5:9' }],
  ['x-ai/grok-imagine-image', { resolution: '1k', aspect_ratio: '9:19.5' }],
  ['bytedance/dreamina-creative-upscale', { resolution: '4k', scale: 20, ...edit }],
  [
    'bytedance/seedream-5-0-pro',
    { image_size: '1.5K' },
    { image_size: { width: 1536, height: 1536 } },
  ],
  ['recraft-v3', { style: 'vector_illustration/line_art' }],
  ['luma/uni-1', { style: 'manga', type: 'image', web_search: true, aspect_ratio: '3:1' }],
  ['flux/dev/image-to-image', { strength: 0.4, enable_safety_checker: false, ...edit }],
  ['flux/srpo/image-to-image', { strength: 0.4, acceleration: 'high', ...edit }],
  ['alibaba/wan-2-7-image', { watermark: true, enhance_prompt: false }],
  ['google/imagen-4.0-generate-001', { person_generation: 'dont_allow', add_watermark: true }],
  ['microsoft/mai-image-2.5', { temperature: 0.5, max_tokens: 100 }],
  ['topaz-labs/sharpen', { mode: 'Lens Blur V2', minor_denoise: 0.2, ...edit }],
  ['stabilityai/stable-diffusion-xl-base-1.0', { n: 1, size: '512x512' }],
]

describe('the models of AI/ML API', () => {
  it('are known by every name of its table', ({ expect }) => {
    const { models, names } = deploymentOf({ AIML_API_KEY: 'k', OPENAI_API_KEY: 'k' })
    expect(TABLE.filter((name) => !models.has(name) && !names.has(name))).toEqual([])
  })

  it.for(VALUES)('%s takes %j, and passes it on', ([model, body, json], { expect }) => {
    const { json: out, warnings } = sent({ model, ...body })
    expect(warnings).toEqual([])
    const { image_url: _one, image_urls: _many, ...fields } = body
    expect(out).toMatchObject(json ?? fields)
  })

  it('are given one image, or a list, in the field that they have', ({ expect }) => {
    const mark = new InputMark(0, 'reference')
    for (const [model, field] of [
      ['bytedance/seededit-3.0-i2i', { image: mark }],
      ['topaz-labs/sharpen-gen', { image_url: mark }],
      ['blackforestlabs/flux-2-lora-edit', { image_urls: [mark] }],
    ] as const)
      expect(sent({ model, ...edit }).json).toMatchObject(field)
    expect(sent({ model: 'topaz-labs/sharpen', ...edit }).json).not.toHaveProperty('prompt')
  })

  it('are warned of what they do not have, and strict refuses it', ({ expect }) => {
    const body = { model: 'flux/dev', strength: 0.5, foo: 1, enable_safety_checker: true }
    const { json, warnings } = sent(body)
    expect(warnings).toEqual(['strength', 'foo'])
    expect(json['enable_safety_checker']).toBe(true)
    expect(json).not.toHaveProperty('foo')
    const { request } = read(body)
    const strict = refused(request, aimlapi, { ...unmetered, gateway: { params: 'strict' } })
    expect(strict).toMatchObject({ status: 400, code: 'unsupported_parameter', param: 'strength' })
    // What is no plain value is never passed on.
    const lora = read({ model: 'alibaba/z-image-turbo-lora', loras: [{ path: URL_A }] })
    expect(lora.warnings.map(({ param }) => param)).toEqual(['loras'])
  })
})
