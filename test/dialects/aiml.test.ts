import { describe, it } from 'vitest'
import { aimlImages } from '../../src/dialects/aiml-images.ts'
import type { ParseContext } from '../../src/dialects/dialect.ts'
import { openaiImages } from '../../src/dialects/openai-images.ts'

const context: ParseContext = { defaultModel: null, responseFormat: null, checkUrl: () => null }
const MODEL = 'alibaba/qwen-image'
const URL_A = 'https://images.example.com/a.png'

const asked = (body: object) =>
  [aimlImages, openaiImages].map(
    (dialect) => dialect.parse({ model: MODEL, prompt: 'a mill', ...body }, context).request,
  )

describe('a field of AI/ML API', () => {
  it.for<[string, object, object]>([
    ['pixels', { image_size: { width: 640, height: 512 } }, { size: { width: 640, height: 512 } }],
    ['square_hd', { image_size: 'square_hd' }, { size: { width: 1024, height: 1024 } }],
    ['square', { image_size: 'square' }, { size: { width: 512, height: 512 } }],
    ['portrait_4_3', { image_size: 'portrait_4_3' }, { size: { width: 768, height: 1024 } }],
    ['portrait_16_9', { image_size: 'portrait_16_9' }, { size: { width: 576, height: 1024 } }],
    ['landscape_4_3', { image_size: 'landscape_4_3' }, { size: { width: 1024, height: 768 } }],
    ['landscape_16_9', { image_size: 'landscape_16_9' }, { size: { width: 1024, height: 576 } }],
    ['a tier as a size', { image_size: '2K' }, { size: null, resolution: '2K' }],
    ['a tier', { resolution: '1k' }, { size: null, resolution: '1K' }],
    ['n', { n: 2 }, { count: 2 }],
    ['num_images', { num_images: 4 }, { count: 4 }],
    ['a ratio', { aspect_ratio: '21:9' }, { aspect: { width: 7, height: 3 } }],
    ['a negative prompt', { negative_prompt: 'boats' }, { negativePrompt: 'boats' }],
    ['steps', { num_inference_steps: 4 }, { steps: 4 }],
    ['guidance', { guidance_scale: 3.5 }, { guidance: 3.5 }],
    ['a tolerance', { safety_tolerance: '6' }, { moderation: '6' }],
    ['a seed', { seed: 7 }, { seed: 7 }],
    ['a format', { output_format: 'png' }, { format: 'png' }],
    ['one URL', { image_url: URL_A }, { inputs: [{ url: URL_A }], operation: 'edit' }],
    [
      'four URLs',
      { image_url: [URL_A, URL_A, URL_A, URL_A] },
      { inputs: [{ url: URL_A }, { url: URL_A }, { url: URL_A }, { url: URL_A }] },
    ],
    ['image_urls', { image_urls: [URL_A, URL_A] }, { inputs: [{ url: URL_A }, { url: URL_A }] }],
  ])('means the same here and at the main path: %s', ([, body, request], { expect }) => {
    for (const read of asked(body)) expect(read).toMatchObject(request)
    const [here, main] = asked(body)
    expect(here).toEqual(main)
  })

  it('style may be any word: a model that does not know it is drawn with a warning', ({
    expect,
  }) => {
    const style = 'digital_illustration/pixel_art'
    const body = { model: 'recraft-v3', prompt: 'a mill', style }
    expect(aimlImages.parse(body, context).request.style).toBe(style)
  })

  it('image is an image', ({ expect }) => {
    expect(asked({ image: URL_A })[0]).toMatchObject({ inputs: [{ url: URL_A }] })
  })

  it('that only streams have is left out', ({ expect }) => {
    const body = { model: MODEL, prompt: 'a mill', stream: true, partial_images: 3 }
    const { request, delivery } = aimlImages.parse(body, context)
    expect([request.partials, delivery.mode]).toEqual([0, 'wait'])
  })
})

describe('what an answer holds', () => {
  it.for<[string | undefined, 'url' | 'b64_json' | null, string]>([
    [undefined, null, 'url'],
    ['url', null, 'url'],
    ['b64_json', null, 'b64'],
    [undefined, 'b64_json', 'b64'],
    ['url', 'b64_json', 'url'],
  ])('is asked for, the tenant’s wish, or links: %s, %s', ([asks, tenant, format], { expect }) => {
    const body = { model: 'gpt-image-2', prompt: 'a mill', response_format: asks }
    for (const images of [{}, { image_url: URL_A }]) {
      const whole = { ...context, responseFormat: tenant }
      const { delivery } = aimlImages.parse({ ...body, ...images }, whole)
      expect(delivery.format).toBe(format)
    }
  })
})
