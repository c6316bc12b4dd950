import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { GenerationRequest } from '../../src/core/request.ts'
import { BUILT_IN_MODELS } from '../../src/models/catalogue/built-in.ts'
import { checkRequest } from '../../src/models/check.ts'
import { anyModel, anyRequest, photo, request } from './inputs.ts'

function capabilitiesOf(id: string) {
  const model = BUILT_IN_MODELS.find((one) => one.id === id)
  if (!model) throw new Error(`no model ${id}`)
  return model.capabilities
}

type Policy = Parameters<typeof checkRequest>[2]

const check = (model: string, given: Partial<GenerationRequest>, policy: Policy = 'warn') =>
  checkRequest(request({ model, ...given }), capabilitiesOf(model), policy)

const policies = fc.constantFrom('strict' as const, 'warn' as const, 'drop' as const)

describe('a checked request', () => {
  it('passes again with its overrides, with nothing left to change or to say', ({ expect }) => {
    let accepted = 0
    fc.assert(
      fc.property(anyModel, anyRequest, policies, ({ id, capabilities }, asked, policy) => {
        const first = checkRequest({ ...asked, model: id }, capabilities, policy)
        if (!first.ok) return
        accepted++
        const again = { ...asked, model: id, ...first.overrides }
        for (const any of ['strict', 'warn', 'drop'] as const)
          expect(checkRequest(again, capabilities, any)).toEqual({
            ok: true,
            overrides: {},
            warnings: [],
          })
      }),
      { numRuns: 5000 },
    )
    expect(accepted).toBeGreaterThan(20)
  })

  it('is refused with the field at fault and what would be accepted', ({ expect }) => {
    fc.assert(
      fc.property(anyModel, anyRequest, policies, ({ id, capabilities }, asked, policy) => {
        const checked = checkRequest({ ...asked, model: id }, capabilities, policy)
        if (checked.ok) return
        expect(checked.error).toMatchObject({ status: 400, type: 'invalid_request_error' })
        expect(checked.error.param).toMatch(/^[a-z_]+$/)
        expect(checked.error.message.length).toBeLessThan(500)
      }),
    )
  })

  it('keeps options of its provider where the model takes them, and says which it does not', ({
    expect,
  }) => {
    const providerOptions = { strength: 0.3, complexity: 'low', flow_shift: 2, frame_count: 4 }
    const left = (model: string) => {
      const checked = check(model, { providerOptions })
      if (!checked.ok) return []
      return [checked.overrides.providerOptions, checked.warnings.map(({ param }) => param)]
    }
    const max = 'black-forest-labs/FLUX.2-dev'
    expect(left(max)).toEqual([{ strength: 0.3, flow_shift: 2 }, ['complexity', 'frame_count']])
    expect(left('gpt-image-2.6-flare')[0]).toEqual({ complexity: 'low' })
    expect(left('gpt-image-2')).toEqual([{}, Object.keys(providerOptions)])
    expect(check('sketch-1', { providerOptions }, 'strict')).toMatchObject({
      ok: false,
      error: { param: 'strength', code: 'unsupported_parameter' },
    })
  })

  it('is silent under drop and refused under strict, where warn leaves something out', ({
    expect,
  }) => {
    const given = { seed: 1, negativePrompt: 'fog', quality: 'best' }
    const left = { seed: null, negativePrompt: null, quality: null }
    const warned = check('gpt-image-2', given)
    expect(warned).toMatchObject({ ok: true, overrides: left })
    expect(warned.ok && warned.warnings.map(({ param }) => param)).toEqual([
      'seed',
      'negative_prompt',
      'quality',
    ])
    expect(check('gpt-image-2', given, 'drop')).toEqual({ ok: true, overrides: left, warnings: [] })
    expect(check('gpt-image-2', given, 'strict')).toMatchObject({
      ok: false,
      error: { param: 'seed', code: 'unsupported_parameter' },
    })
  })
})

describe('what old clients send', () => {
  it.for([
    ['standard', 'medium'],
    ['hd', 'high'],
  ])('has quality %s understood as %s', ([asked = '', meant], { expect }) => {
    expect(check('gpt-image-2', { quality: asked }, 'strict')).toEqual({
      ok: true,
      overrides: { quality: meant },
      warnings: [],
    })
  })

  it('has a style left out with a warning', ({ expect }) => {
    expect(check('gpt-image-2', { style: 'vivid' })).toMatchObject({
      overrides: { style: null },
      warnings: [{ param: 'style' }],
    })
  })
})

describe('a refusal', () => {
  it.for<[string, string, Partial<GenerationRequest>, string, string]>([
    [
      'guidance below its range',
      'flux/kontext-max/text-to-image',
      { guidance: 0.5 },
      'guidance_scale',
      'from 1 to 20',
    ],
    [
      'guidance above its range',
      'flux/kontext-max/text-to-image',
      { guidance: 21 },
      'guidance_scale',
      'from 1 to 20',
    ],
    [
      'a seed of 0 where 1 is the least',
      'flux/kontext-max/text-to-image',
      { seed: 0 },
      'seed',
      'whole number from 1',
    ],
    ['half a step', 'black-forest-labs-flux-2-klein-4b', { steps: 1.5 }, 'steps', 'from 1 to 50'],
    [
      'compression above 100',
      'gpt-image-2',
      { compression: 101, format: 'jpeg' },
      'output_compression',
      'from 0 to 100',
    ],
    [
      'a prompt that is too long',
      'flux/kontext-max/text-to-image',
      { prompt: 'x'.repeat(4001) },
      'prompt',
      'at most 4000',
    ],
    ['an empty prompt', 'sketch-1', { prompt: '' }, 'prompt', 'empty'],
    ['eleven images', 'sketch-1', { count: 11 }, 'n', 'from 1 to 10'],
    [
      'an edit by a model that only generates',
      'flux/kontext-max/text-to-image',
      { operation: 'edit', inputs: [photo] },
      'image',
      'a prompt without images',
    ],
    ['an edit without images', 'gpt-image-2', { operation: 'edit' }, 'image', 'at least one image'],
    [
      'no image for a model that only edits',
      'flux/kontext-max/image-to-image',
      {},
      'image',
      'at least one image',
    ],
    [
      'five images where four are the most',
      'flux/kontext-max/image-to-image',
      { operation: 'edit', inputs: Array.from({ length: 5 }, () => photo) },
      'image',
      'at most 4',
    ],
    [
      'a mask that the model cannot use',
      'gemini-3-pro-image',
      { operation: 'edit', inputs: [photo], mask: photo },
      'mask',
      'images without a mask',
    ],
    [
      'a format that is not offered',
      'flux/kontext-max/text-to-image',
      { format: 'webp' },
      'output_format',
      'jpeg or png',
    ],
    ['gif', 'gpt-image-2', { format: 'gif' }, 'output_format', 'png, jpeg or webp'],
    [
      'transparency that the model lacks',
      'sketch-1',
      { background: 'transparent' },
      'background',
      'opaque or auto',
    ],
    [
      'transparency in a jpeg',
      'gpt-image-2',
      { background: 'transparent', format: 'jpeg' },
      'background',
      'png or webp',
    ],
  ])('names the field and what is accepted: %s', ([, model, given, param, words], { expect }) => {
    const checked = check(model, given)
    expect(checked).toMatchObject({ ok: false, error: { status: 400, param } })
    expect(!checked.ok && checked.error.message).toContain(words)
  })
})

describe('what makes no difference', () => {
  it.for<[string, string, Partial<GenerationRequest>]>([
    ['auto where the parameter is unknown', 'sketch-1', { quality: 'auto', moderation: 'auto' }],
    ['an opaque background where there is no other', 'sketch-1', { background: 'opaque' }],
    ['partial images that do not come', 'gemini-3-pro-image', { partials: 2 }],
  ])('is accepted without a word, even under strict: %s', ([, model, given], { expect }) => {
    expect(check(model, given, 'strict')).toMatchObject({ ok: true, warnings: [] })
  })

  it('is compression of a png, which is said', ({ expect }) => {
    expect(check('gpt-image-2', { compression: 50 })).toMatchObject({
      overrides: { compression: null },
      warnings: [{ param: 'output_compression' }],
    })
    expect(check('gpt-image-2', { compression: 50, format: 'webp' })).toMatchObject({
      overrides: {},
      warnings: [],
    })
  })
})
