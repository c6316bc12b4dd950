import fc from 'fast-check'
import { describe, it } from 'vitest'
import { formatSize, parseRatio, parseSize } from '../../src/core/size.ts'
import { BUILT_IN_MODELS } from '../../src/models/catalogue/built-in.ts'
import { checkRequest } from '../../src/models/check.ts'
import { anyModel, anyRequest, demo, photo, plan, planned, refused, request } from './inputs.ts'

/** Every model that the published examples of the five client systems name. */
const NAMES_IN_EXAMPLES = [
  'black-forest-labs/FLUX.2-dev',
  'black-forest-labs-flux-2-klein-4b',
  'imagen-3',
  'flux/kontext-max/text-to-image',
  'flux/kontext-pro/text-to-image',
  'flux/dev',
]
const EDITORS_IN_EXAMPLES = ['flux/kontext-max/image-to-image', 'flux/kontext-pro/image-to-image']

const sizeOf = (given: Parameters<typeof planned>[0]) => {
  const size = planned(given, demo).routes[0]?.overrides.size
  return size && formatSize(size)
}

const format = (name: string) => planned({ model: name }, demo).routes[0]?.overrides.format

describe('sketch in the place of a model', () => {
  it.for(NAMES_IN_EXAMPLES)('draws %s', (model, { expect }) => {
    const { routes, price, warnings } = planned({ model }, demo)
    expect(routes).toMatchObject([{ upstream: 'sketch', model: 'sketch-1', repeatable: true }])
    expect(routes[0]?.stamp).toMatch(/^drawn by sketch: [A-Z_]+ is not set$/)
    expect(price).toMatchObject({ reserved: 0 })
    expect(warnings.map(({ message }) => message).join()).toContain('by sketch')
  })

  it.for(EDITORS_IN_EXAMPLES)('draws %s, and says that it saw no image', (model, { expect }) => {
    const edit = { model, operation: 'edit' as const, inputs: [photo] }
    const params = planned(edit, demo).warnings.map(({ param }) => param)
    expect(params).toEqual(['model', 'image'])
    expect(sizeOf(edit)).toBe('1184x880')
  })

  it('draws the size and format that the model would give', ({ expect }) => {
    const model = 'flux/kontext-max/text-to-image'
    expect(sizeOf({ model })).toBe('1024x1024')
    expect(sizeOf({ model, aspect: parseRatio('21:9') })).toBe('1568x672')
    expect(sizeOf({ model: 'gpt-image-2', size: parseSize('1536x1024') })).toBe('1536x1024')
    expect(sizeOf({ model: 'gemini-3-pro-image', resolution: '2K' })).toBe('2048x2048')
    expect([format(model), format('gpt-image-2'), format('sketch-1')]).toEqual([
      'jpeg',
      'png',
      'png',
    ])
  })

  it('says when it has to draw smaller, in the same ratio', ({ expect }) => {
    const given = { model: 'gpt-image-2', size: parseSize('3840x2160') }
    expect(sizeOf(given)).toBe('2048x1152')
    expect(planned(given, demo).warnings).toContainEqual({
      param: 'size',
      message: 'sketch draws 2048x1152 in place of 3840x2160.',
    })
  })

  it('says when it has to draw another format or an opaque background', ({ expect }) => {
    const given = { model: 'gpt-image-2', format: 'webp', background: 'transparent' } as const
    const { routes, warnings } = planned(given, demo)
    expect(routes[0]?.overrides).toMatchObject({ format: 'png', background: null })
    expect(warnings.map(({ param }) => param)).toEqual(['model', 'output_format', 'background'])
  })

  it('holds to the rules of the model: what that refuses is refused here too', ({ expect }) => {
    expect(refused({ model: 'gpt-image-2', size: parseSize('1000x1000') }, demo)).toMatchObject({
      status: 400,
      param: 'size',
    })
    fc.assert(
      fc.property(anyModel, anyRequest, ({ id, status, capabilities }, asked) => {
        if (status === 'retired') return
        const own = checkRequest({ ...asked, model: id }, capabilities, 'warn')
        if (!own.ok) expect(plan({ ...asked, model: id }, demo)).toEqual(own)
      }),
    )
  })

  it('gets requests that it can draw, with nothing left open or to say', ({ expect }) => {
    const sketch = BUILT_IN_MODELS.find(({ id }) => id === 'sketch-1')
    fc.assert(
      fc.property(anyModel, anyRequest, ({ id }, asked) => {
        const resolved = plan({ ...asked, model: id }, demo)
        const overrides = resolved.ok ? resolved.plan.routes[0]?.overrides : undefined
        if (!overrides || !sketch) return
        const drawn = request({ ...asked, ...overrides, model: 'sketch-1' })
        expect(drawn.size).not.toBeNull()
        expect(drawn.format).not.toBeNull()
        expect(checkRequest(drawn, sketch.capabilities, 'strict')).toEqual({
          ok: true,
          overrides: {},
          warnings: [],
        })
      }),
      { numRuns: 1000 },
    )
  })
})
