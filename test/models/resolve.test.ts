import fc from 'fast-check'
import { describe, it } from 'vitest'
import { worstPrice } from '../../src/core/plan.ts'
import type { GenerationRequest } from '../../src/core/request.ts'
import {
  ALL_PROVIDERS,
  anyModel,
  anyRequest,
  demo,
  deploymentOf,
  photo,
  plan,
  planned,
  refused,
} from './inputs.ts'
import { CATALOGUE } from '../../src/models/catalogue/built-in.ts'
import { readDeployment } from '../../src/models/deployment.ts'

const openai = deploymentOf({ OPENAI_API_KEY: 'sk-1' })

describe('a plan', () => {
  it('asks each upstream call for at most what the model draws at once, and for all images', ({
    expect,
  }) => {
    fc.assert(
      fc.property(anyModel, anyRequest, ({ id, capabilities }, asked) => {
        const resolved = plan({ ...asked, model: id }, demo)
        if (!resolved.ok) return
        const { parts, routes } = resolved.plan
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(asked.count)
        expect(Math.min(...parts)).toBeGreaterThan(0)
        expect(routes.length).toBeGreaterThan(0)
        expect(Math.max(...parts)).toBeLessThanOrEqual(Math.max(1, capabilities.countMax))
      }),
    )
    expect(planned({ model: 'flux/kontext-max/text-to-image', count: 10 }, demo).parts).toEqual([
      4, 4, 2,
    ])
  })

  it('asks for one image per call where partial images will be sent', ({ expect }) => {
    const asked = { model: 'gpt-image-2', count: 3 }
    expect(planned({ ...asked, partials: 2 }, openai).parts).toEqual([1, 1, 1])
    expect(planned(asked, openai).parts).toEqual([3])
  })

  it.for<[string, Partial<GenerationRequest>, number]>([
    ['gpt-image-2', {}, 1536 * 1024],
    ['gpt-image-2', { size: { width: 1024, height: 1024 } }, 1024 * 1024],
    ['gpt-image-1.5', {}, 1536 * 1024],
    ['sketch-1', {}, 1024 * 1024],
    ['black-forest-labs/FLUX.2-dev', {}, 4096 * 4096],
    ['black-forest-labs/FLUX.2-dev', { aspect: { width: 1, height: 1 } }, 1024 * 1024],
    ['flux-2-pro', {}, 1360 * 768],
    ['flux-2-pro', { operation: 'edit', inputs: [photo] }, 1024 * 1024],
    ['flux-2-pro', { operation: 'edit', inputs: [photo], resolution: '2 MP' }, 1440 * 1440],
    [
      'flux-2-pro',
      { operation: 'edit', inputs: [photo], aspect: { width: 16, height: 9 } },
      1360 * 768,
    ],
  ])('counts the most pixels that an image of %s with %j may have', (row, { expect }) => {
    const [model, given, pixels] = row
    expect(planned({ model, ...given }, demo, { actor: { metered: false } }).pixels).toBe(pixels)
  })

  it('names the route, its provider and the upstream name of the model', ({ expect }) => {
    expect(planned({ model: 'gpt-image-2', seed: 7 }, openai)).toMatchObject({
      model: 'gpt-image-2',
      routes: [
        {
          upstream: 'openai',
          provider: 'openai',
          model: 'gpt-image-2',
          timeoutMs: 600_000,
          repeatable: false,
          stamp: null,
          overrides: { seed: null },
        },
      ],
      warnings: [{ param: 'seed' }],
    })
  })

  it('of sketch states size and format, and has no stamp', ({ expect }) => {
    const { routes, price, warnings } = planned({ model: 'sketch-1' }, deploymentOf({}))
    expect(routes).toMatchObject([
      {
        stamp: null,
        repeatable: true,
        overrides: { size: { width: 1024, height: 1024 }, format: 'png' },
      },
    ])
    expect(price).toMatchObject({ reserved: 0 })
    expect(warnings).toEqual([])
  })

  it('sends a simulated failure to sketch by its own name', ({ expect }) => {
    for (const id of ['sketch-slow', 'sketch-429', 'sketch-moderated'])
      expect(planned({ model: id }, demo).routes).toMatchObject([{ upstream: 'sketch', model: id }])
  })
})

/** As an object of older code tells it. */
const only = (...models: string[]) => ({ actor: { models } })

describe('a name', () => {
  it.for([
    ['dall-e-3', 'gpt-image-2', 'retired'],
    ['gpt-image-1', 'gpt-image-1.5', 'retired'],
    ['imagen-3', 'gemini-3.1-flash-image', 'retired'],
    ['gpt-image-2-2026-04-21', 'gpt-image-2', 'as it is today'],
  ])('%s is answered by %s, with a warning', ([asked = '', answers = '', words], { expect }) => {
    const { model, warnings } = planned(
      { model: asked },
      deploymentOf({ OPENAI_API_KEY: 'k', GOOGLE_API_KEY: 'k' }),
    )
    expect(model).toBe(answers)
    expect(warnings[0]?.param).toBe('model')
    expect(warnings[0]?.message).toContain(asked)
    expect(warnings[0]?.message).toContain(words)
  })

  it('is understood with the upstream before it', ({ expect }) => {
    expect(planned({ model: 'openai/gpt-image-2' }, openai)).toMatchObject({
      model: 'gpt-image-2',
      warnings: [],
    })
    expect(planned({ model: 'max/black-forest-labs/FLUX.2-dev' }, demo).model).toBe(
      'black-forest-labs/FLUX.2-dev',
    )
  })

  it('with the upstream before it means that upstream only', ({ expect }) => {
    const MODELS = JSON.stringify({
      'gpt-image-2': {
        routes: [
          { upstream: 'openai', model: 'gpt-image-2' },
          { upstream: 'oxen', model: 'gpt-image-2' },
        ],
      },
    })
    const both = deploymentOf({ OPENAI_API_KEY: 'k', OXEN_API_KEY: 'k', MODELS })
    expect(planned({ model: 'gpt-image-2' }, both).routes).toHaveLength(2)
    expect(planned({ model: 'oxen/gpt-image-2' }, both).routes).toMatchObject([
      { upstream: 'oxen' },
    ])
  })

  it('that nobody has is a 404 with near names', ({ expect }) => {
    const error = refused({ model: 'gpt-image-3' }, openai)
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' })
    expect(error.message).toContain('gpt-image-2')
    expect(error.message.split(',').length).toBeLessThanOrEqual(3)
    const kontext = refused({ model: 'flux-kontext-max' }, openai).message
    expect(kontext).toContain('flux/kontext-max/text-to-image, flux/kontext-max/image-to-image')
    expect(kontext).not.toContain('aimlapi/')
    const longer = refused({ model: 'vendor/gpt-image-2-best' }, openai).message
    expect(longer).toMatch(/Near names: .*gpt-image-2[,.]/)
    const pinned = refused({ model: 'openai/gpt-imag-2' }, openai).message
    expect(pinned).toMatch(/Near names: .*gpt-image-2[,.]/)
    // Of a long name more may be mistyped, however short what stands behind its slash.
    expect(refused({ model: 'fl-pro/1.1' }, openai).message).toContain('flux-pro/v1.1')
    // Names that lists do not show are not told here either.
    expect(refused({ model: 'sketch-428' }, openai).message).not.toContain('sketch-429')
    expect(refused({ model: 'x'.repeat(1_000_000) }, openai).message.length).toBeLessThan(200)
  })

  it('that the key may not use is a 403, unless the key names it in another form', ({ expect }) => {
    expect(refused({ model: 'gpt-image-2' }, openai, only('sketch-1'))).toMatchObject({
      status: 403,
      code: 'permission_denied',
      param: 'model',
    })
    for (const name of ['gpt-image-2', 'openai/gpt-image-2', 'dall-e-3'])
      expect(plan({ model: 'gpt-image-2' }, openai, only(name)).ok).toBe(true)
    const lists = (...modelLists: string[][]) =>
      plan({ model: 'gpt-image-2' }, openai, { actor: { models: [], modelLists } }).ok
    expect(lists(['gpt-image-2'], ['dall-e-3', 'sketch-1'])).toBe(true)
    expect(lists(['gpt-image-2'], ['sketch-1'])).toBe(false)
    expect(lists(['gpt-image-2'], [])).toBe(false)
  })

  it('near to a wrong one is told only to keys that may use it', ({ expect }) => {
    const { message } = refused({ model: 'gpt-image-3' }, openai, {
      actor: { models: ['sketch-1'] },
    })
    expect(message).not.toContain('gpt-image-2')
  })
})

const without = (vars: object) =>
  readDeployment({ OPENAI_API_KEY: 'k', ...vars }, new Set(['sketch']), CATALOGUE)

describe('a model without an upstream', () => {
  it('is a 404 that names the missing secret', ({ expect }) => {
    const error = refused({ model: 'gpt-image-2' }, deploymentOf({}))
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' })
    expect(error.message).toContain('OPENAI_API_KEY is not set')
  })

  it('says so when the gateway does not speak to that upstream, whatever its secret', ({
    expect,
  }) => {
    expect(refused({ model: 'gpt-image-2' }, without({})).message).toContain(
      'openai cannot be called yet',
    )
    expect(planned({ model: 'gpt-image-2' }, without({ DEMO: 'true' })).routes[0]?.stamp).toBe(
      'drawn by sketch: openai cannot be called yet',
    )
  })
})

const price = (usd: number, multiplier: number) =>
  planned(
    { model: 'gpt-image-2', count: 3 },
    deploymentOf({
      OPENAI_API_KEY: 'k',
      MODELS: JSON.stringify({ 'gpt-image-2': { price: [{ unit: 'image', usd }] } }),
    }),
    { actor: { multiplier } },
  )

const limit = (maxCostUsd: number) => ({ gateway: { maxCostUsd } })

describe('money', () => {
  it('is the price times the multiplier in whole micro-dollars, never nothing', ({ expect }) => {
    expect(worstPrice(price(0.04, 1.5))).toBe(180_000)
    expect(worstPrice(price(0.000001, 0.1))).toBe(1)
    expect(worstPrice(price(0.1, 1 / 3))).toBe(100_000)
    expect(worstPrice(price(0, 2))).toBe(0)
    expect(worstPrice(price(1, 1e-12))).toBe(1)
  })

  it('of an unpriced model is refused for a tenant with a balance only', ({ expect }) => {
    const max = deploymentOf({ MAX_BASE_URL: 'http://localhost:8000/v1' })
    const given = { model: 'black-forest-labs/FLUX.2-dev' }
    expect(refused(given, max)).toMatchObject({ status: 403, param: 'model' })
    expect(planned(given, max, { actor: { metered: false } }).price).toBeNull()
  })

  it("above the caller's own limit is a 402", ({ expect }) => {
    const given = { model: 'flux/kontext-max/text-to-image', count: 2 }
    const aimlapi = deploymentOf({ AIML_API_KEY: 'k' })
    expect(plan(given, aimlapi, limit(0.16)).ok).toBe(true)
    expect(refused(given, aimlapi, limit(0.159999))).toMatchObject({
      status: 402,
      code: 'insufficient_balance',
      param: 'gateway.max_cost_usd',
    })
  })
})

describe('a test key', () => {
  it('is answered by sketch at no cost, whatever is configured', ({ expect }) => {
    const { routes, price: free } = planned({ model: 'gpt-image-2' }, openai, {
      actor: { livemode: false },
    })
    expect(routes).toMatchObject([
      { upstream: 'sketch', model: 'sketch-1', stamp: 'drawn by sketch: test key' },
    ])
    expect(free).toMatchObject({ reserved: 0 })
  })

  it('gets the simulated failures as they are', ({ expect }) => {
    const { routes } = planned({ model: 'sketch-429' }, openai, { actor: { livemode: false } })
    expect(routes).toMatchObject([{ model: 'sketch-429', stamp: null }])
  })

  it('gets edits that were drawn blind, and is told so', ({ expect }) => {
    const edit = { model: 'gpt-image-2', operation: 'edit' as const, inputs: [photo] }
    const { routes, warnings } = planned(edit, openai, { actor: { livemode: false } })
    expect(routes).toMatchObject([{ upstream: 'sketch', stamp: 'drawn by sketch: test key' }])
    expect(warnings.find(({ param }) => param === 'image')?.message).toContain('does not look')
    expect(planned(edit, openai).warnings).toEqual([])
  })
})

it('the providers of the tests are those of the built-in upstreams', ({ expect }) => {
  expect(new Set([...openai.upstreams.values()].map(({ provider }) => provider))).toEqual(
    ALL_PROVIDERS,
  )
})
