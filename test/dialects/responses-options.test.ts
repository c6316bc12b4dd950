import { describe, it } from 'vitest'
import { StagedInput } from '../../src/core/staged-input.ts'
import {
  echoOf,
  faultOf,
  image,
  parse,
  staged,
  text,
  URL,
  user,
  withImage,
  withTool,
} from './parsed.ts'

describe('provider_options.image of Modular MAX', () => {
  it('is understood, and what only MAX knows is handed on under its name', ({ expect }) => {
    const own = {
      true_cfg_scale: 4,
      secondary_prompt: 'b',
      secondary_negative_prompt: 'c',
      strength: 0.6,
      cfg_normalization: true,
      cfg_truncation: 1,
      flow_shift: 3,
    }
    const all = { width: 1920, height: 1080, steps: 28, guidance_scale: 3.5, negative_prompt: 'd' }
    const { request, delivery } = parse({
      ...withImage({
        ...own,
        ...all,
        num_images: 3,
        output_format: 'webp',
        response_format: 'url',
      }),
      seed: 7,
    })
    expect(request).toMatchObject({
      size: { width: 1920, height: 1080 },
      steps: 28,
      guidance: 3.5,
      negativePrompt: 'd',
      count: 3,
      format: 'webp',
      seed: 7,
      providerOptions: own,
    })
    expect(delivery.format).toBe('url')
  })

  it('is base64 unless links are asked for, whatever else is said', ({ expect }) => {
    for (const options of [
      undefined,
      null,
      {},
      { max: {} },
      { max: { target_endpoint: 'a' } },
      { image: null },
    ])
      expect(parse({ provider_options: options }).delivery.format).toBe('both')
  })

  it('hands on which endpoint of MAX is meant', ({ expect }) => {
    const { request } = parse({ provider_options: { max: { target_endpoint: 'a' } } })
    expect(request.providerOptions).toEqual({ target_endpoint: 'a' })
  })

  it('leaves the count to n where it says nothing', ({ expect }) => {
    expect(parse({ n: 2 }).request.count).toBe(2)
    expect(parse({ n: 2, ...withImage({ num_images: 4 }) }).request.count).toBe(4)
  })

  // Boundary values of max-responses.md section 2.3, those inside first.
  it.for<[string, unknown[], unknown[]]>([
    ['steps', [1, null], [0, -1, 1.5, '1']],
    ['guidance_scale', [0, 1.01, 3.5], [-0.01, '1']],
    ['true_cfg_scale', [0.01, 1], [0, -1]],
    ['strength', [0.01, 1], [0, 1.01]],
    ['cfg_truncation', [0.5], [0]],
    ['flow_shift', [null, 0.5], [0]],
    ['cfg_normalization', [true, false], [1]],
    ['num_images', [1, 10], [0, 11]],
    ['output_format', ['jpeg', 'png', 'webp'], ['jpg', 'gif', 'PNG']],
    ['response_format', ['url', 'b64_json'], ['base64']],
    ['negative_prompt', ['', null], [5]],
    ['secondary_prompt', ['x', null], [[]]],
    ['foo', [], [1, null]],
  ])('accepts %s within its range and names it outside', ([name, good, bad], { expect }) => {
    for (const value of good)
      expect([value, faultOf(withImage({ [name]: value }))]).toEqual([value, null])
    for (const value of bad) {
      const fault = faultOf(withImage({ [name]: value }))
      expect([value, fault?.status]).toEqual([value, 400])
      expect(`${fault?.param} ${fault?.message}`).toContain(name)
    }
  })

  it.for([120, 513, 127, 20_008, 128.5, '512'])('has no side of %s', (side, { expect }) => {
    const fault = faultOf(withImage({ width: side, height: 512 }))
    expect(fault).toMatchObject({ status: 400, param: 'provider_options.image.width' })
  })

  it.for<[Record<string, unknown>, string]>([
    [{ provider_options: { foo: 1 } }, 'provider_options'],
    [{ provider_options: { max: { foo: 1 } } }, 'provider_options.max'],
    [{ provider_options: { video: {} } }, 'provider_options'],
    [withImage({ width: 512 }), 'provider_options.image.height'],
  ])('refuses %j', ([fields, param], { expect }) => {
    expect(faultOf(fields)).toMatchObject({ status: 400, param })
  })
})

describe('the image_generation tool', () => {
  it('says what is drawn, and by which model', ({ expect }) => {
    const tool = {
      model: 'gpt-image-1.5',
      size: '1536x1024',
      quality: 'high',
      background: 'opaque',
      output_format: 'webp',
      output_compression: 80,
      moderation: 'low',
      partial_images: 2,
      input_fidelity: 'high',
      input_image_mask: { image_url: new StagedInput(staged) },
    }
    const { request, delivery } = parse({ model: 'gpt-5.4', ...withTool(tool), stream: true })
    expect(request).toMatchObject({
      model: 'gpt-image-1.5',
      size: { width: 1536, height: 1024 },
      quality: 'high',
      background: 'opaque',
      format: 'webp',
      compression: 80,
      moderation: 'low',
      partials: 2,
      inputFidelity: 'high',
      mask: staged,
    })
    expect(delivery.mode).toBe('stream')
    expect(parse(withTool(tool)).request.partials).toBe(0)
  })

  it.for([
    ['gpt-5.4-mini', undefined, 'gpt-image-2'],
    ['o4-mini', undefined, 'gpt-image-2'],
    ['gpt-image-1.5', undefined, 'gpt-image-1.5'],
    ['chatgpt-image-latest', undefined, 'chatgpt-image-latest'],
    ['black-forest-labs/FLUX.2-dev', undefined, 'black-forest-labs/FLUX.2-dev'],
    ['gpt-5.4', 'sketch-1', 'sketch-1'],
  ] as const)('asked of %s with model %s draws with %s', ([model, own, drawn], { expect }) => {
    const submission = parse({ model, ...withTool(own ? { model: own } : {}) })
    expect(submission.request.model).toBe(drawn)
    expect(echoOf({ model, ...withTool() }).shown['model']).toBe(model)
  })

  it('takes the seed and the user from where they are said', ({ expect }) => {
    const said = { seed: 7, user: 'ada' }
    expect(parse(withTool(said)).request).toMatchObject({ seed: 7, endUser: 'ada' })
    const both = parse({ ...withTool(said), seed: 8, user: 'eve' }).request
    expect(both).toMatchObject({ seed: 8, endUser: 'eve' })
  })

  it('draws anew or edits as its action says', ({ expect }) => {
    const input = [user(text('x'), image(URL))]
    expect(parse({ input, ...withTool({ action: 'generate' }) }).request).toMatchObject({
      operation: 'generate',
      inputs: [],
    })
    expect(parse({ input, ...withTool({ action: 'auto' }) }).request.operation).toBe('edit')
    expect(parse(withTool({ action: 'edit' })).request.operation).toBe('edit')
  })

  it.for<[string, unknown]>([
    ['size', '1024'],
    ['quality', 'best'],
    ['output_format', 'svg'],
    ['output_compression', 101],
    ['partial_images', 4],
    ['background', 'red'],
    ['moderation', 'high'],
    ['action', 'draw'],
    ['input_fidelity', 'mid'],
    ['model', ''],
    ['svg', {}],
  ])('is refused with %s %j', ([name, value], { expect }) => {
    expect(faultOf(withTool({ [name]: value }))).toMatchObject({
      status: 400,
      param: `tools.0.${name}`,
    })
  })
})
