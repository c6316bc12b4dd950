import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, afterEach, describe, it, vi } from 'vitest'
import { account } from '../support/client.ts'
import { Deployment } from './deployed.ts'
import { deployToObjects, LAB, Peers } from './rotation-peers.ts'

afterEach(async () => {
  vi.restoreAllMocks()
  await deployToObjects({ LAB_KEY: undefined })
})
afterAll(reset)

const ADMIN_KEY = 'admin-key-of-health-0123456789abcdef0123456789'
const LAB_KEY = 'a secret of the lab'
// Of its own: the isolate remembers for a while that it failed.
const UPSTREAMS = JSON.stringify([
  { id: 'ailing', base_url: LAB, key_env: 'LAB_KEY', dialect: 'openai', models: ['one'] },
])

/** A gateway with a server that takes none of its keys. */
function newGateway(): Deployment {
  new Peers().start()
  const gateway = new Deployment()
  gateway.deploy({ UPSTREAMS, LAB_KEY, ADMIN_KEY })
  return gateway
}

const healthOf = (gateway: Deployment, key = ADMIN_KEY) => gateway.read('/admin/upstreams', key)

describe('the health of upstreams', () => {
  it('tells the operator of one that fails, and of one that does not', async ({ expect }) => {
    const gateway = newGateway()
    await deployToObjects({ LAB_KEY })
    const quiet = { open_until: null, pace_until: null, last_errors: [] }
    const sketch = { id: 'sketch', provider: 'sketch', health: quiet }
    const ailing = { id: 'ailing', provider: 'openai', health: quiet }
    expect((await healthOf(gateway)).json.data).toEqual([sketch, ailing])

    const { key } = await account()
    const asked = { prompt: 'a cube', model: 'ailing/one' }
    const began = Math.floor(Date.now() / 1000)
    expect((await gateway.read('/v1/images/generations', key, asked)).status).toBe(502)
    const { json } = await healthOf(gateway)
    const { health } = json.data[1]
    const at = expect.any(Number)
    expect(json.data).toEqual([
      sketch,
      { ...ailing, health: { ...quiet, open_until: at, last_errors: [{ at, kind: 'auth' }] } },
    ])
    const failedAt = health.last_errors[0].at
    expect(failedAt).toBeGreaterThanOrEqual(began)
    // An account that does not take our key is left alone for a minute.
    expect(health.open_until - failedAt).toBe(60)
    expect(JSON.stringify(json)).not.toContain(LAB_KEY)
    expect(gateway.faults).toEqual([])
  })

  it.for([
    ['does not answer', () => new Promise<never>(() => {})],
    ['breaks', () => Promise.reject(new Error('gone'))],
  ] as const)('is unknown, not good, where the gate %s', async ([, state], { expect }) => {
    const gateway = newGateway()
    const getByName = (id: string) => (id === 'ailing' ? { state } : env.GATES.getByName(id))
    const gates = new Proxy(env.GATES, {
      get: (real, name: keyof Env['GATES']) => (name === 'getByName' ? getByName : real[name]),
    })
    gateway.deploy({ GATES: gates })
    const { json } = await healthOf(gateway)
    expect(json.data).toMatchObject([
      { id: 'sketch', health: { last_errors: [] } },
      { id: 'ailing', health: null },
    ])
    expect(gateway.faults).toEqual([])
  })

  it('is nobody else’s business', async ({ expect }) => {
    const gateway = newGateway()
    const { key } = await account()
    expect((await healthOf(gateway, key)).status).toBe(401)
    gateway.deploy({ ADMIN_KEY: '' })
    expect((await healthOf(gateway)).status).toBe(404)
  })
})
