import { describe, it } from 'vitest'
import { CATALOGUE } from '../../src/models/catalogue/built-in.ts'
import { readDeployment } from '../../src/models/deployment.ts'
import { ALL_PROVIDERS, deploymentOf, planned } from './inputs.ts'

const lab = {
  id: 'lab',
  base_url: 'http://10.0.0.5:8000/v1/',
  key_env: 'LAB_KEY',
  dialect: 'openai',
  models: ['one'],
}
const servers = (given: unknown, vars = {}) =>
  deploymentOf({ ...vars, UPSTREAMS: JSON.stringify(given) })

const responsesAt = (vars: Record<string, unknown>) =>
  deploymentOf(vars).upstreams.get('openai-responses')?.baseUrl

describe('a base URL', () => {
  it('is the own of the vendor, or what <ID>_BASE_URL says', ({ expect }) => {
    expect(deploymentOf({}).upstreams.get('openai')?.baseUrl).toBe('https://api.openai.com/v1')
    const moved = deploymentOf({
      OPENAI_BASE_URL: 'http://127.0.0.1:9/openai/v1//',
      AIMLAPI_BASE_URL: 'https://proxy.example',
    }).upstreams
    expect(moved.get('openai')?.baseUrl).toBe('http://127.0.0.1:9/openai/v1')
    expect(moved.get('aimlapi')?.baseUrl).toBe('https://proxy.example')
    expect(moved.get('oxen')?.baseUrl).toBe('https://hub.oxen.ai/api')
  })

  it('of OpenAI holds for both of its APIs unless the second has its own', ({ expect }) => {
    const OPENAI_BASE_URL = 'https://eu.example/v1'
    const OPENAI_RESPONSES_BASE_URL = 'https://us.example/v1'
    expect(responsesAt({})).toBe('https://api.openai.com/v1')
    expect(responsesAt({ OPENAI_BASE_URL })).toBe(OPENAI_BASE_URL)
    expect(responsesAt({ OPENAI_BASE_URL, OPENAI_RESPONSES_BASE_URL })).toBe(
      OPENAI_RESPONSES_BASE_URL,
    )
  })

  it.for([
    'ftp://example.com',
    'not a url',
    'https://user:pw@example.com',
    'https://a.example?x=1',
  ])('%s is refused by the name of its variable', (OXEN_BASE_URL, { expect }) => {
    expect(() => deploymentOf({ OXEN_BASE_URL })).toThrow('OXEN_BASE_URL: Not an http(s) URL')
  })
})

describe('UPSTREAMS', () => {
  it('adds a server whose models carry its name', ({ expect }) => {
    const deployment = servers([lab], { LAB_KEY: 'k' })
    expect(deployment.upstreams.get('lab')).toEqual({
      id: 'lab',
      provider: 'openai',
      secret: 'LAB_KEY',
      baseUrl: 'http://10.0.0.5:8000/v1',
      auth: 'bearer',
      repeatable: false,
    })
    expect(planned({ model: 'lab/one' }, deployment, { actor: { metered: false } })).toMatchObject({
      model: 'lab/one',
      routes: [{ upstream: 'lab', provider: 'openai', model: 'one' }],
      price: null,
    })
  })

  it('needs its key only where it names one', ({ expect }) => {
    const { key_env: _key, ...open } = { ...lab, id: 'open.lab' }
    expect(servers([lab, open]).configured).toEqual(new Set(['sketch', 'open.lab']))
    expect(servers([lab], { LAB_KEY: ' ' }).configured.has('lab')).toBe(false)
    expect(servers([open]).upstreams.get('open.lab')?.auth).toBe('none')
  })

  it('can be moved by <ID>_BASE_URL like any upstream', ({ expect }) => {
    const given = [{ ...lab, id: 'my-lab.eu' }]
    const moved = servers(given, { MY_LAB_EU_BASE_URL: 'http://localhost:1' })
    expect(moved.upstreams.get('my-lab.eu')?.baseUrl).toBe('http://localhost:1')
  })

  it('takes full records: base, limits, price, timing', ({ expect }) => {
    const timing = { usualSeconds: 4, timeoutSeconds: 60 }
    const limits = { countMax: 2 }
    const price = [{ unit: 'image', usd: 0.01 }]
    const record = { name: 'own/model', base: 'gpt-image-2', limits, price, timing, hidden: true }
    const model = servers([{ ...lab, models: [record] }]).models.get('lab/own/model')
    expect(model).toMatchObject({
      routes: [{ upstream: 'lab', model: 'own/model' }],
      capabilities: { countMax: 2, mask: true },
      price,
      timing,
      hidden: true,
      aliases: [],
    })
  })

  it('gives a model what its kind of server understands', ({ expect }) => {
    const UPSTREAMS = JSON.stringify([{ ...lab, dialect: 'vllm-omni' }])
    const { models } = readDeployment(
      { UPSTREAMS },
      new Set([...ALL_PROVIDERS, 'vllm-omni']),
      CATALOGUE,
    )
    expect(models.get('lab/one')?.capabilities).toMatchObject({
      size: { mode: 'free' },
      steps: { min: 1, max: 200 },
      seed: { min: 0 },
    })
  })

  it('comes before MODELS, which may change what it adds', ({ expect }) => {
    const MODELS = JSON.stringify({ 'lab/one': { aliases: ['house'] } })
    expect(servers([lab], { MODELS }).names.get('house')).toBe('lab/one')
  })

  it.for<[unknown, string]>([
    [{ ...lab, id: 'Lab' }, 'UPSTREAMS: 0.id: Not an id'],
    [{ ...lab, id: 'openai' }, 'UPSTREAMS: 0.id: There is an upstream "openai" already'],
    [{ ...lab, base_url: 'lab' }, 'UPSTREAMS: 0.base_url: Not an http(s) URL'],
    [{ ...lab, key_env: 'lab key' }, 'UPSTREAMS: 0.key_env: Not the name'],
    [{ ...lab, key_env: 'ADMIN_KEY' }, "UPSTREAMS: 0.key_env: The gateway's own secret"],
    [{ ...lab, dialect: 'sketch' }, 'UPSTREAMS: 0.dialect: No such dialect. Known: openai, '],
    [{ ...lab, models: [] }, 'UPSTREAMS: 0.models: '],
    [{ ...lab, models: ['one', 'one'] }, 'UPSTREAMS: 0.models.1: There is a model "lab/one"'],
    [
      { ...lab, models: [{ name: 'a', base: 'dall-e-3' }] },
      'UPSTREAMS: 0.models.0.base: No such living model',
    ],
    [
      { ...lab, models: [{ name: 'a', limits: { mask: true } }] },
      'UPSTREAMS: 0.models.0.limits.mask: ',
    ],
    [{ ...lab, url: 'x' }, "UPSTREAMS: 0: unknown key 'url'"],
  ])('with a mistake is refused by its path: %j', ([given, message], { expect }) => {
    expect(() => servers([given])).toThrow(message)
  })

  it('that is no list, or not JSON, is refused', ({ expect }) => {
    expect(() => servers({})).toThrow('UPSTREAMS: expected array')
    expect(() => deploymentOf({ UPSTREAMS: '[' })).toThrow('UPSTREAMS: Not JSON')
  })
})
