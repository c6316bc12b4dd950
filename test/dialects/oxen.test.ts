import fc from 'fast-check'
import { describe, it } from 'vitest'
import { GatewayError } from '../../src/core/error.ts'
import { StagedInput } from '../../src/core/staged-input.ts'
import type { ParseContext } from '../../src/dialects/dialect.ts'
import { oxenWords } from '../../src/dialects/oxen-errors.ts'
import { oxenImages } from '../../src/dialects/oxen-images.ts'
import { oxenQueue } from '../../src/dialects/oxen-queue.ts'

const context: ParseContext = {
  defaultModel: 'sketch-1',
  responseFormat: null,
  checkUrl: (url) => (url.startsWith('https://') ? null : 'expected https://.'),
}
const staged = new StagedInput({ r2: 'inputs/t/b/0', type: 'image/png', bytes: 70, sha256: 'ab' })

const parse = (body: Record<string, unknown>, dialect = oxenImages) =>
  dialect.parse({ model: 'flux-2-dev', prompt: 'a pier', ...body }, context)

/** The error that a body earns. */
function refusal(body: unknown, dialect = oxenImages) {
  try {
    dialect.parse(body, context)
  } catch (caught) {
    if (caught instanceof GatewayError) return caught.shown
    throw caught
  }
  return null
}

const METHODS = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf']

type Case = [body: Record<string, unknown>, request: Record<string, unknown>]

const MEANINGS: Case[] = [
  [{ aspect_ratio: '16:9' }, { aspect: { width: 16, height: 9 } }],
  [{ aspect_ratio: '19.5:9' }, { aspect: { width: 13, height: 6 } }],
  [{ size: 'landscape', aspect_ratio: '3:2' }, { aspect: { width: 3, height: 2 } }],
  [{ size: '2K', resolution: '2k' }, { resolution: '2K' }],
  [{ aspect_ratio: '2.35:1' }, { aspect: { width: 47, height: 20 } }],
  [{ aspect_ratio: 'auto' }, { aspect: null }],
  [
    { aspect_ratio: 'match_input_image' },
    {
      aspect: null,
      size: null,
      providerOptions: { aspect_ratio: 'match_input_image' },
    },
  ],
  [{ resolution: '1 MP' }, { resolution: '1K' }],
  [{ resolution: '0.5 MP' }, { resolution: '0.5 MP' }],
  [{ resolution: '2 mp' }, { resolution: '2 MP' }],
  [{ resolution: '2k' }, { resolution: '2K' }],
  [{ size: '4K' }, { resolution: '4K', size: null }],
  [{ size: 'auto' }, { resolution: null, size: null }],
  [{ size: 'square' }, { aspect: { width: 1, height: 1 } }],
  [{ size: 'portrait' }, { aspect: { width: 2, height: 3 } }],
  [{ size: 'landscape' }, { aspect: { width: 3, height: 2 } }],
  [{ size: '640x480' }, { size: { width: 640, height: 480 } }],
  [{ image_size: 'square_hd' }, { aspect: { width: 1, height: 1 } }],
  [{ image_size: 'landscape_16_9' }, { aspect: { width: 16, height: 9 } }],
  [{ image_size: 'portrait_4_3' }, { aspect: { width: 3, height: 4 } }],
  [{ image_size: 'optimize_for_quality' }, { size: null, quality: null }],
  [{ num_inference_steps: 28 }, { steps: 28 }],
  [{ guidance: 3 }, { guidance: 3 }],
  [{ guidance_scale: 2.5 }, { guidance: 2.5 }],
  [{ negative_prompt: 'fog' }, { negativePrompt: 'fog' }],
  [{ seed: 42 }, { seed: 42 }],
  [{ output_format: 'jpg' }, { format: 'jpeg' }],
  [{ output_format: 'jpeg' }, { format: 'jpeg' }],
  [{ output_quality: 'high' }, { quality: 'high', compression: null }],
  [{ output_quality: 80 }, { compression: 80, quality: null }],
  [{ quality: 'low' }, { quality: 'low' }],
  [{ disable_safety_checker: true }, { moderation: 'low' }],
  [{ enable_safety_checker: false }, { moderation: 'low' }],
  [{ disable_safety_checker: false, enable_safety_checker: true }, { moderation: null }],
  [{ input_image: 'https://a/x.png' }, { operation: 'edit', inputs: [{ url: 'https://a/x.png' }] }],
  [
    { input_image: ['https://a/x.png', staged] },
    { operation: 'edit', inputs: [{ url: 'https://a/x.png' }, staged.input] },
  ],
  [
    { input_image: staged, mask_url: 'https://a/m.png' },
    { operation: 'edit', mask: { url: 'https://a/m.png' } },
  ],
  [{ model: 'ideogram-v4', num_images: 3 }, { count: 3 }],
  [{ num_images: 3 }, { count: 1 }],
  [{ target_namespace: 'acme' }, { count: 1, operation: 'generate' }],
]

describe('a body of Oxen.ai', () => {
  it.for(MEANINGS)('%j asks for %j', ([body, request], { expect }) => {
    const parsed = parse(body)
    expect(parsed.request).toMatchObject(request)
    expect(parsed.delivery).toEqual({ format: 'url', mode: 'wait', waitMs: null })
    expect(parsed.warnings.map(({ param }) => param)).toEqual(
      'num_images' in body && !('model' in body) ? ['num_images'] : [],
    )
  })

  it('means the same where a field is null or left out', ({ expect }) => {
    for (const name of ['input_image', 'seed', 'aspect_ratio', 'output_quality', 'watermark'])
      expect(parse({ [name]: null })).toEqual(parse({}))
  })

  it('is refused by the name of the field that was sent', ({ expect }) => {
    const named: [Record<string, unknown>, string][] = [
      [{ input_image: 'http://a' }, 'input_image'],
      [{ input_image: ['https://a', 'http://a'] }, 'input_image.1'],
      [{ guidance: -1 }, 'guidance'],
      [{ guidance_scale: -1 }, 'guidance_scale'],
      [{ image_size: 'vast' }, 'image_size'],
      [{ size: 'vast' }, 'size'],
      [{ output_quality: 'best' }, 'output_quality'],
      [{ mask_url: 3 }, 'mask_url'],
      [{ seed: 1.5 }, 'seed'],
      [{ prompt: '' }, 'prompt'],
      [{ gateway: { mood: 1 } }, 'gateway'],
    ]
    for (const [body, param] of named) {
      const refused = refusal({ model: 'flux-2-dev', prompt: 'a pier', ...body })
      expect([refused?.param, refused?.status], JSON.stringify(body)).toEqual([param, 400])
      if (param !== 'prompt') expect(refused!.message).toContain(`'${param}'`)
    }
  })

  it.for<[Record<string, unknown>, string, string]>([
    [{ size: 'landscape', aspect_ratio: '1:1' }, 'aspect_ratio', 'size'],
    [{ aspect_ratio: '1:1', size: 'landscape' }, 'size', 'aspect_ratio'],
    [{ image_size: 'square_hd', aspect_ratio: 'match_input_image' }, 'aspect_ratio', 'image_size'],
    [{ size: '2K', resolution: '1K' }, 'resolution', 'size'],
    [{ size: '640x480', image_size: '480x640' }, 'image_size', 'size'],
    [{ guidance: 3, guidance_scale: 4 }, 'guidance_scale', 'guidance'],
    [{ quality: 'low', output_quality: 'high' }, 'quality', 'output_quality'],
  ])('that says two things is refused by both names: %j', ([body, param, other], { expect }) => {
    const refused = refusal({ model: 'flux-2-dev', prompt: 'a pier', ...body })
    expect(refused).toMatchObject({ status: 400, param })
    expect(refused!.message).toContain(`'${param}'`)
    expect(refused!.message).toContain(`'${other}'`)
  })

  it('may have fields that are called as methods of objects are', ({ expect }) => {
    for (const name of METHODS) {
      const body = { model: 'flux-2-dev', prompt: 'a pier', [name]: 1 }
      expect(parse({ [name]: 1 }).warnings).toEqual([
        { param: name, message: `Left out: '${name}' is not understood.` },
      ])
      const refused = refusal({ ...body, gateway: { params: 'strict' } })!
      expect(oxenWords(refused, 'm')).toBe(`Unsupported parameter: '${name}'.`)
    }
  })

  it('whatever it holds, is understood or a 400', ({ expect }) => {
    const names = ['model', 'prompt', 'input_image', 'size', 'seed', 'gateway', 'num_generations']
    const key = fc.oneof(
      fc.constantFrom(...names, ...METHODS, 'output_quality', 'image_size'),
      fc.string(),
    )
    const body = fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue()))
    fc.assert(
      fc.property(body, fc.constantFrom(oxenImages, oxenQueue), (json, dialect) => {
        const refused = refusal(json, dialect)
        if (!refused) return
        expect(refused.status).toBe(400)
        const error = { requestId: 'r', path: '/', now: 0, model: null, echo: undefined }
        expect(JSON.stringify(dialect.renderError(refused, error))).toContain('"message":"')
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a queued body', () => {
  it('with a fault is accepted, with the fault to be told later', ({ expect }) => {
    const late = parse({ seed: 'x', num_generations: 2 }, oxenQueue)
    expect(late.invalid).toMatchObject({ param: 'seed', status: 400 })
    expect(late.request).toMatchObject({ model: 'flux-2-dev', inputs: [], seed: null })
    expect(JSON.parse(late.echo)).toMatchObject({ seed: 'x', prompt: 'a pier', num_generations: 2 })
    expect(parse({}, oxenQueue).invalid).toBeUndefined()
  })

  it('is repeated in short: no bytes, no options of ours, no endless text', ({ expect }) => {
    const prompt = 'p'.repeat(20_000)
    const text = 'x'.repeat(5000)
    const { echo } = parse(
      { prompt, note: text, input_image: staged, gateway: { params: 'drop' } },
      oxenQueue,
    )
    expect(JSON.parse(echo)).toEqual({
      model: 'flux-2-dev',
      prompt: 'p'.repeat(16_000),
      note: 'x'.repeat(1000),
      input_image: 'data:image/png;base64,',
      num_generations: 1,
    })
    const lines = Array.from({ length: 70 }, () => text)
    expect(refusal({ model: 'm', prompt, lines }, oxenQueue)?.message).toContain('64 KiB')
  })
})
