import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { GenerationRequest } from '../../src/core/request.ts'
import { formatSize, parseRatio, parseSize } from '../../src/core/size.ts'
import { BUILT_IN_MODELS } from '../../src/models/catalogue/built-in.ts'
import { checkRequest } from '../../src/models/check.ts'
import { anyModel, anyRequest, request } from './inputs.ts'

const size = (text: string) => ({ size: parseSize(text) })
const aspect = (text: string) => ({ aspect: parseRatio(text) })

function check(model: string, given: Partial<GenerationRequest>) {
  const found = BUILT_IN_MODELS.find((one) => one.id === model)
  if (!found) throw new Error(`no model ${model}`)
  return checkRequest(request({ model, ...given }), found.capabilities, 'warn')
}

/** The laws of the size rules once more, written without the code under test. */
function breaksRule({ size: asked, aspect: ratio }: GenerationRequest, model: string): boolean {
  const rule = BUILT_IN_MODELS.find((one) => one.id === model)?.capabilities.size
  if (!rule) return true
  if (rule.mode === 'ratio')
    return (
      asked !== null ||
      (ratio !== null &&
        !Object.keys(rule.pixels).some((key) => {
          const [width = 0, height = 0] = (key.split('@')[0] ?? '').split(':').map(Number)
          return width * ratio.height === height * ratio.width
        }))
    )
  if (ratio !== null) return true
  if (asked === null) return false
  if (rule.mode === 'list') return !rule.sizes.includes(`${asked.width}x${asked.height}`)
  const { width, height } = asked
  return (
    Math.min(width, height) < rule.minSide ||
    Math.max(width, height) > rule.maxSide ||
    width % rule.multiple > 0 ||
    height % rule.multiple > 0 ||
    width > height * rule.maxRatio ||
    height > width * rule.maxRatio ||
    width * height > (rule.maxPixels ?? Infinity)
  )
}

describe('the size', () => {
  it('is never accepted outside the rule of the model', ({ expect }) => {
    fc.assert(
      fc.property(anyModel, anyRequest, ({ id }, asked) => {
        // Whatever else is wrong with the request shall not hide a wrong size.
        const { size: pixels, aspect: ratio, resolution } = asked
        const images = BUILT_IN_MODELS.find((one) => one.id === id)?.capabilities.operations
        const plain = images?.includes('generate')
          ? {}
          : { operation: 'edit' as const, inputs: [{ url: 'https://example.com/a.png' }] }
        const given = { size: pixels, aspect: ratio, resolution, ...plain }
        const checked = check(id, given)
        if (checked.ok)
          expect(breaksRule({ ...request(given), ...checked.overrides }, id)).toBe(false)
      }),
      { numRuns: 3000 },
    )
  })

  it('that is legal is left as it is', ({ expect }) => {
    for (const text of ['1024x1024', '1536x1024', '1792x1024', '3840x2160', '2160x3840'])
      expect(check('gpt-image-2', size(text))).toEqual({ ok: true, overrides: {}, warnings: [] })
  })

  it.for<[string, string, string]>([
    ['gpt-image-2', '1000x1000', 'multiples of 16'],
    ['gpt-image-2', '1000x1000', 'the nearest is 1008x1008'],
    ['gpt-image-2', '3856x2160', '480 to 3840'],
    ['gpt-image-2', '3072x1008', 'at most 3:1'],
    ['gpt-image-2', '3840x3840', '8294400 pixels'],
    ['gpt-image-1.5', '512x512', '1024x1024, 1536x1024, 1024x1536 or auto'],
    ['sketch-1', '4096x4096', 'the nearest is 2048x2048'],
    ['black-forest-labs/FLUX.2-dev', '120x512', '128 to 4096'],
    ['black-forest-labs/FLUX.2-dev', '513x512', 'multiples of 8'],
    ['flux/kontext-max/text-to-image', '1500x500', '21:9, 16:9'],
  ])('of %s cannot be %s, and the message says %s', ([model, text, words], { expect }) => {
    const checked = check(model, size(text))
    expect(checked).toMatchObject({ ok: false, error: { param: 'size', status: 400 } })
    expect(!checked.ok && checked.error.message).toContain(words)
    expect(!checked.ok && checked.error.message).toContain(text)
  })

  it('becomes the ratio of a model that draws ratios, and the difference is said', ({ expect }) => {
    const checked = check('flux/kontext-max/text-to-image', size('1920x1080'))
    expect(checked).toMatchObject({
      ok: true,
      overrides: { size: null, aspect: { width: 16, height: 9 } },
      warnings: [{ param: 'size', message: expect.stringContaining('1392x752') }],
    })
  })

  it('that a ratio gives exactly is said nothing about', ({ expect }) => {
    expect(check('gemini-3.1-flash-image', size('1024x1024'))).toEqual({
      ok: true,
      overrides: { size: null, aspect: { width: 1, height: 1 } },
      warnings: [],
    })
    expect(check('flux/kontext-max/text-to-image', size('1568x672'))).toMatchObject({
      overrides: { aspect: { width: 21, height: 9 } },
      warnings: [],
    })
  })

  it('takes the smallest tier that covers it', ({ expect }) => {
    expect(check('gemini-3-pro-image', size('2000x2000'))).toMatchObject({
      overrides: { size: null, aspect: { width: 1, height: 1 }, resolution: '2K' },
      warnings: [{ param: 'size' }],
    })
  })

  it('that a model calls 16:9 goes with that ratio, though its pixels are not', ({ expect }) => {
    expect(
      check('flux/kontext-max/text-to-image', { ...size('1392x752'), ...aspect('16:9') }),
    ).toEqual({ ok: true, overrides: { size: null }, warnings: [] })
  })

  it('and a ratio that contradict each other are refused', ({ expect }) => {
    expect(check('sketch-1', { ...size('1024x1024'), ...aspect('16:9') })).toMatchObject({
      ok: false,
      error: { param: 'aspect_ratio' },
    })
    expect(check('sketch-1', { ...size('1024x1024'), resolution: '4K' })).toMatchObject({
      ok: false,
      error: { param: 'resolution' },
    })
  })
})

const drawn = (model: string, given: Partial<GenerationRequest>) => {
  const checked = check(model, given)
  return checked.ok && checked.overrides.size ? formatSize(checked.overrides.size) : checked
}

describe('the aspect ratio', () => {
  it('becomes a legal size of about the default number of pixels', ({ expect }) => {
    expect(drawn('gpt-image-2', aspect('16:9'))).toBe('1280x720')
    expect(drawn('gpt-image-2', aspect('1:1'))).toBe('1024x1024')
    expect(drawn('sketch-1', aspect('16:9'))).toBe('1360x765')
    expect(drawn('gpt-image-1.5', aspect('3:2'))).toBe('1536x1024')
  })

  it('is scaled by resolution', ({ expect }) => {
    expect(drawn('gpt-image-2', { ...aspect('1:1'), resolution: '2K' })).toBe('2048x2048')
    expect(drawn('gpt-image-2', { ...aspect('16:9'), resolution: '4K' })).toBe('3840x2160')
    expect(check('gpt-image-1.5', { ...aspect('1:1'), resolution: '4K' })).toMatchObject({
      ok: false,
      error: { param: 'resolution', message: expect.stringContaining('expected 1K') },
    })
  })

  // Sizes of a list, ratios of two vendors, and sides from 512 to 1536.
  it.for([
    'gpt-image-1.5',
    'black-forest-labs-flux-2-klein-4b',
    'flux/kontext-max/text-to-image',
    'flux/dev',
  ])('is not scaled to what %s does not draw', (model, { expect }) => {
    const tiers = ['0.5 MP', '1.5K', '2 MP', '4K'] as const
    const taken = tiers.filter((resolution) => check(model, { ...aspect('1:1'), resolution }).ok)
    expect(taken).toEqual(model === 'flux/dev' ? ['0.5 MP', '1.5K', '2 MP'] : [])
    for (const resolution of tiers)
      expect(check(model, { ...size('1024x1024'), resolution })).toMatchObject({
        ok: false,
        error: { param: 'resolution' },
      })
  })

  it('within 3 % of an offered one is accepted with a warning, farther off refused', ({
    expect,
  }) => {
    expect(check('flux/kontext-max/text-to-image', aspect('100:101'))).toMatchObject({
      ok: true,
      overrides: { aspect: { width: 1, height: 1 } },
      warnings: [{ param: 'aspect_ratio' }],
    })
    const far = check('flux/kontext-max/text-to-image', aspect('5:4'))
    expect(far).toMatchObject({ ok: false, error: { param: 'aspect_ratio' } })
    expect(!far.ok && far.error.message).toContain(
      '21:9, 16:9, 4:3, 3:2, 1:1, 2:3, 3:4, 9:16 or 9:21',
    )
  })

  it('reaches the upstream as the upstream spells it', ({ expect }) => {
    for (const [text, spelled] of [
      ['16:9', {}],
      ['21:9', { aspect: { width: 21, height: 9 } }],
      ['9:21', { aspect: { width: 9, height: 21 } }],
      ['7:3', { aspect: { width: 21, height: 9 } }],
    ] as const)
      expect(check('flux/kontext-max/text-to-image', aspect(text))).toEqual({
        ok: true,
        overrides: spelled,
        warnings: [],
      })
  })

  it('beyond the longest that a model draws is refused', ({ expect }) => {
    expect(check('gpt-image-2', aspect('4:1'))).toMatchObject({
      ok: false,
      error: { param: 'aspect_ratio', message: expect.stringContaining('at most 3:1') },
    })
  })
})
