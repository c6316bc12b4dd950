import { describe, it } from 'vitest'
import { CATALOGUE } from '../../src/models/catalogue/built-in.ts'
import { defaultModelOf, readDeployment } from '../../src/models/deployment.ts'
import { deploymentOf, planned } from './inputs.ts'

const models = (given: unknown, vars = {}) =>
  deploymentOf({ ...vars, MODELS: JSON.stringify(given) })

describe('an upstream', () => {
  it('is on when its secret is set and the gateway has its provider', ({ expect }) => {
    expect(deploymentOf({}).configured).toEqual(new Set(['sketch']))
    expect(deploymentOf({ OPENAI_API_KEY: '' }).configured).toEqual(new Set(['sketch']))
    const set = readDeployment(
      { OPENAI_API_KEY: 'k', FAL_KEY: 'k' },
      new Set(['sketch']),
      CATALOGUE,
    )
    expect([set.configured, set.spoken]).toEqual([new Set(['sketch']), new Set(['sketch'])])
  })
})

describe('a MAX server', () => {
  const vars = { MAX_BASE_URL: 'http://127.0.0.1:8000/v1' }
  const price = [{ unit: 'image', usd: 0.01 }]
  const MODELS = JSON.stringify({ lab: { base: 'black-forest-labs/FLUX.2-dev', price } })
  const secretOf = (given: Record<string, string>) =>
    planned({ model: 'lab' }, deploymentOf({ ...given, MODELS })).routes[0]!.secret

  it('is switched on by its address, and sent a key where there is one', ({ expect }) => {
    expect(deploymentOf({ MAX_API_KEY: 'k' }).configured).toEqual(new Set(['sketch']))
    expect(deploymentOf(vars).configured).toEqual(new Set(['sketch', 'max']))
    expect(secretOf(vars)).toBeNull()
    expect(secretOf({ ...vars, MAX_API_KEY: '' })).toBeNull()
    expect(secretOf({ ...vars, MAX_API_KEY: 'k' })).toBe('MAX_API_KEY')
  })
})

describe('a request without a model', () => {
  it('gets DEFAULT_MODEL, else sketch-1 in a demo, else nothing', ({ expect }) => {
    expect(defaultModelOf(deploymentOf({ DEFAULT_MODEL: 'gpt-image-2', DEMO: 'true' }))).toBe(
      'gpt-image-2',
    )
    expect(defaultModelOf(deploymentOf({ DEMO: 'true' }))).toBe('sketch-1')
    expect(defaultModelOf(deploymentOf({ DEMO: '1' }))).toBeNull()
  })

  it('is not left to a DEFAULT_MODEL that nobody has', ({ expect }) => {
    expect(() => deploymentOf({ DEFAULT_MODEL: 'gpt-9' })).toThrow(
      'DEFAULT_MODEL: there is no model "gpt-9"',
    )
  })
})

describe('MODELS', () => {
  it('replaces what it names and leaves the rest', ({ expect }) => {
    const before = deploymentOf({}).models.get('gpt-image-2')
    const after = models({
      'gpt-image-2': {
        price: [{ unit: 'image', usd: 0.25 }],
        hidden: true,
        limits: { countMax: 1 },
      },
    }).models.get('gpt-image-2')
    expect(after).toEqual({
      ...before,
      price: [{ unit: 'image', usd: 0.25 }],
      hidden: true,
      capabilities: { ...before?.capabilities, countMax: 1 },
    })
  })

  it('gives a model other names', ({ expect }) => {
    const deployment = models({ 'gpt-image-2': { aliases: ['house'] } }, { OPENAI_API_KEY: 'k' })
    expect(planned({ model: 'house' }, deployment)).toMatchObject({
      model: 'gpt-image-2',
      warnings: [],
    })
    expect(deployment.names.has('gpt-image-2-2026-04-21')).toBe(false)
  })

  it('adds a model on the base of another, with routes and price or with its own', ({ expect }) => {
    const deployment = models({
      poster: { base: 'gpt-image-2', limits: { aspect: false } },
      own: { base: 'gpt-image-2', routes: [{ upstream: 'openai', model: 'ft:1' }] },
      plain: { routes: [{ upstream: 'max', model: 'plain' }] },
    })
    expect(deployment.models.get('poster')).toMatchObject({
      id: 'poster',
      aliases: [],
      price: deployment.models.get('gpt-image-2')!.price,
      routes: [{ upstream: 'openai', model: 'gpt-image-2' }],
      capabilities: { aspect: false, countMax: 10 },
    })
    expect(deployment.models.get('own')).toMatchObject({
      price: null,
      routes: [{ model: 'ft:1', priority: 1, weight: 1 }],
    })
    expect(deployment.models.get('plain')).toMatchObject({
      capabilities: { operations: ['generate'] },
    })
    expect(deployment.names.get('openai/gpt-image-2')).toBe('gpt-image-2')
  })

  it('brings a retired model back to life by routes', ({ expect }) => {
    const deployment = models(
      {
        'gpt-image-1': {
          routes: [{ upstream: 'openai', model: 'gpt-image-1' }],
          price: [{ unit: 'image', usd: 0.1 }],
        },
      },
      { OPENAI_API_KEY: 'k' },
    )
    expect(planned({ model: 'gpt-image-1' }, deployment)).toMatchObject({
      model: 'gpt-image-1',
      warnings: [],
    })
  })

  it.for<[unknown, string]>([
    [
      { 'gpt-image-2': { price: [{ unit: 'image', usd: -1 }] } },
      'MODELS: gpt-image-2.price.0.usd: ',
    ],
    [
      { 'gpt-image-2': { price: [{ unit: 'image', usd: 0.0000001 }] } },
      'MODELS: gpt-image-2.price.0.usd: ',
    ],
    [{ 'gpt-image-2': { prise: null } }, "MODELS: gpt-image-2: unknown key 'prise'"],
    [
      { 'gpt-image-2': { price: [{ unit: 'token', of: 'image_out', usd: 30 }] } },
      'MODELS: gpt-image-2.price.0',
    ],
    [
      {
        'gpt-image-2': {
          price: [
            { unit: 'image', usd: 1 },
            { unit: 'hour', usd: 1 },
          ],
        },
      },
      'MODELS: gpt-image-2.price.1.unit: ',
    ],
    ...['soon', '2026-99-99', '2026-02-30', '20260101', '2026'].map(
      (effective_from): [object, string] => [
        { 'gpt-image-2': { price: [{ unit: 'image', usd: 1, effective_from }] } },
        'MODELS: gpt-image-2.price.0.effective_from: Not a day',
      ],
    ),
    ...(
      [
        [{ quality: 'hgih' }, 'quality: The model has no such quality. Known: low, medium, high.'],
        [{ quality: 'auto' }, 'quality: The model has no such quality.'],
        [{ size: '1024' }, 'size: Not a size such as 1024x1024.'],
        [
          { resolution: '4k' },
          "resolution: expected one of '512', '0.5 MP', '1K', '1.5K', '2 MP', '2K', '4K'",
        ],
      ] as const
    ).map(([when, message]): [unknown, string] => [
      { 'gpt-image-2': { price: [{ unit: 'image', usd: 1, when }] } },
      `MODELS: gpt-image-2.price.0.when.${message}`,
    ]),
    [
      {
        mine: {
          routes: [{ upstream: 'openai', model: 'm' }],
          price: [{ unit: 'token', of: 'image_out', usd_per_million: 30 }],
        },
      },
      'MODELS: mine.price: A price per token needs "tokens"',
    ],
    [
      { 'gpt-image-2': { limits: { seeds: false } } },
      "MODELS: gpt-image-2.limits: unknown key 'seeds'",
    ],
    [
      { 'gpt-image-2': { price: [{ unit: 'image', usd: '1' }] } },
      'MODELS: gpt-image-2.price.0.usd: expected number',
    ],
    [
      { 'gpt-image-2': { price: [{ unit: 'image' }] } },
      'MODELS: gpt-image-2.price.0.usd: Missing.',
    ],
    [
      { 'gpt 2': {} },
      'MODELS: gpt 2: a key that does not fit: Not a name: 1 to 200 visible ASCII characters.',
    ],
    [
      { 'gpt-image-2': { limits: { operations: ['paint'] } } },
      "MODELS: gpt-image-2.limits.operations.0: expected one of 'generate', 'edit'",
    ],
    [{ 'gpt-image-2': { limits: { inputs: false } } }, 'MODELS: gpt-image-2.limits.inputs: '],
    [
      { 'gpt-image-2': { routes: [{ upstream: 'nowhere', model: 'm' }] } },
      'MODELS: gpt-image-2.routes.0.upstream: ',
    ],
    [
      { 'gpt-image-2': { routes: [{ upstream: 'openai', model: 'm', credential: 'OTHER' }] } },
      'MODELS: gpt-image-2.routes.0.credential: ',
    ],
    [{ 'gpt-image-2': { aliases: ['gpt-image-1.5'] } }, 'MODELS: gpt-image-2.aliases.0: '],
    [{ 'gpt-image-2': { base: 'sketch-1' } }, 'MODELS: gpt-image-2.base: '],
    [{ nobody: {} }, 'MODELS: nobody: '],
    [{ nobody: { base: 'nothing' } }, 'MODELS: nobody.base: '],
    [[], 'MODELS: '],
  ])('with a mistake is refused by its path: %j', ([given, message], { expect }) => {
    expect(() => models(given)).toThrow(message)
  })

  it('that is not JSON is refused', ({ expect }) => {
    expect(() => deploymentOf({ MODELS: '{' })).toThrow('MODELS: Not JSON')
  })
})
