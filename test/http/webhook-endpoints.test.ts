import { reset } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { afterAll, afterEach, describe, it, vi } from 'vitest'
import { REFUSED } from '../outbound/refused-urls.ts'
import { account, admin, ask, generate, type Account } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'

afterEach(() => {
  vi.restoreAllMocks()
})
afterAll(reset)

const PATH = '/v1/webhook_endpoints'
const RECEIVER = 'https://hooks.pictures.com/darkroom'
const hooks = { scopes: ['webhooks:admin', 'images:create', 'jobs:read'] }

/** Takes the place of the network. */
const takeAll = () =>
  vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(null, { status: 204 }))

/** What an endpoint's owner asks. */
function owner({ key }: Account) {
  const post = (path: string, body?: unknown) =>
    ask(PATH + path, { key, method: 'POST', ...(body !== undefined && { body }) })
  return {
    create: (body: object = {}) => post('', { url: RECEIVER, ...body }),
    post,
    read: (path = '') => ask(PATH + path, { key }),
    remove: (id: string) => ask(`${PATH}/${id}`, { key, method: 'DELETE' }),
  }
}

describe('webhook endpoints', () => {
  it('show their secret when they are made, and never again', async ({ expect }) => {
    const ada = owner(await account({}, hooks))
    const made = await ada.create({ name: 'prod', event_types: ['image.job.failed'] })
    expect(made.json).toMatchObject({
      id: expect.stringMatching(/^whe_[a-z2-7]{26}$/),
      object: 'webhook_endpoint',
      name: 'prod',
      description: '',
      url: RECEIVER,
      event_types: ['image.job.failed'],
      status: 'enabled',
      disabled_reason: null,
      signing_secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    })
    const { signing_secret, ...shown } = made.json
    expect(shown.signing_secret_hint).toBe(`whsec_...${signing_secret.slice(-4)}`)
    expect((await ada.read(`/${made.json.id}`)).json).toEqual(shown)
    expect((await ada.read()).json).toEqual({
      object: 'list',
      data: [shown],
      has_more: false,
      first_id: shown.id,
      last_id: shown.id,
    })
  })

  it('are changed field by field, switched off and on, and deleted', async ({ expect }) => {
    const ada = owner(await account({}, hooks))
    const { json: made } = await ada.create({ name: 'a', event_types: ['image.job.failed'] })
    const url = 'https://other.pictures.com/'
    const moved = await ada.post(`/${made.id}`, { url, description: 'moved' })
    expect(moved.json).toMatchObject({ name: 'a', url, description: 'moved' })
    expect(moved.json.event_types).toEqual(['image.job.failed'])
    expect((await ada.post(`/${made.id}`, { event_types: null })).json.event_types).toEqual([])
    const off = await ada.post(`/${made.id}`, { enabled: false })
    expect(off.json).toMatchObject({ status: 'disabled', disabled_reason: 'asked' })
    const on = await ada.post(`/${made.id}`, { enabled: true })
    expect(on.json).toMatchObject({ status: 'enabled', disabled_reason: null })
    expect((await ada.remove(made.id)).json).toEqual({
      id: made.id,
      object: 'webhook_endpoint.deleted',
      deleted: true,
    })
    expect((await ada.read(`/${made.id}`)).status).toBe(404)
    expect((await ada.remove(made.id)).status).toBe(404)
  })

  it.for([true, false])(
    'list what was never sent to an address of a request (a test key: %s)',
    async (test, { expect }) => {
      const ada = await account({}, { scopes: [...hooks.scopes, 'jobs:cancel'], test })
      const gateway = { mode: 'async', webhook_url: RECEIVER }
      const made = await generate(ada.key, { prompt: 'a', model: 'sketch-slow', gateway })
      const gone = await ask(`/v1/jobs/${made.json.id}`, { key: ada.key, method: 'DELETE' })
      expect(gone.status).toBe(200)
      const { json } = await owner(ada).read('/request/deliveries')
      expect(json.data).toMatchObject([
        { type: 'image.job.cancelled', status: 'dead', attempts: 0 },
      ])
    },
  )

  it('that are switched off are not tested, and say why', async ({ expect }) => {
    const ada = owner(await account({}, hooks))
    const { json: made } = await ada.create()
    await ada.post(`/${made.id}`, { enabled: false })
    const { status, json } = await ada.post(`/${made.id}/test`)
    expect([status, json.error.message]).toEqual([400, expect.stringContaining('switched off')])
  })

  it('that are switched off or deleted are told nothing anew, and say why', async ({ expect }) => {
    const made = await account({}, hooks)
    const ada = owner(made)
    takeAll()
    const { json: hook } = await ada.create()
    const drawn = await generate(made.key, { prompt: 'a', model: 'sketch-1', size: '64x64' })
    const event = `evt_${drawn.headers.get('x-darkroom-job')!.slice(4)}_image_job_succeeded`
    const again = () => ada.post(`/${hook.id}/deliveries/${event}/redeliver`)
    await expect.poll(async () => (await again()).status).toBe(202)
    await ada.post(`/${hook.id}`, { enabled: false })
    const { status, json } = await again()
    expect([status, json.error.message]).toEqual([400, expect.stringContaining('switched off')])
    await ada.remove(hook.id)
    expect((await again()).status).toBe(404)
  })

  it.for<[string, Record<string, string>, string | undefined]>([
    ['neither type nor body', {}, undefined],
    ['a type and no body', { 'content-type': 'application/json' }, undefined],
    ['a type and an empty body', { 'content-type': 'application/json' }, ''],
    [
      'an empty body of a stated length',
      { 'content-type': 'text/plain', 'content-length': '0' },
      '',
    ],
  ])('take %s where nothing must be said', async ([, headers, body], { expect }) => {
    const made = await account({}, hooks)
    takeAll()
    const { json: hook } = await owner(made).create()
    for (const path of ['', '/rotate_secret', '/test']) {
      const answer = await exports.default.fetch(
        new Request(`https://darkroom.test${PATH}/${hook.id}${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${made.key}`, ...headers },
          ...(body !== undefined && { body }),
        }),
      )
      expect([path, answer.status]).toEqual([path, 200])
      await answer.body?.cancel()
    }
  })

  it('get a new secret when it is rotated', async ({ expect }) => {
    const ada = owner(await account({}, hooks))
    const { json: made } = await ada.create()
    const rotated = await ada.post(`/${made.id}/rotate_secret`)
    expect(rotated.json.signing_secret).toMatch(/^whsec_/)
    expect(rotated.json.signing_secret).not.toBe(made.signing_secret)
  })

  it('are at most 16', async ({ expect }) => {
    const ada = owner(await account({}, hooks))
    for (let n = 0; n < 16; n++) expect((await ada.create()).status).toBe(200)
    const { status, json } = await ada.create()
    expect([status, json.error.message]).toEqual([400, expect.stringContaining('16')])
    expect((await ada.read()).json.data).toHaveLength(16)
  })

  it('of one tenant, and of test keys, are not those of another', async ({ expect }) => {
    const mine = await account({}, hooks)
    const { json: made } = await owner(mine).create()
    const testKey = await admin(`/tenants/${mine.tenant}/keys`, {
      name: 'test',
      test: true,
      ...hooks,
    })
    for (const other of [
      owner(await account({}, hooks)),
      owner({ tenant: mine.tenant, key: testKey.json.key }),
    ]) {
      const asked = [
        other.read(`/${made.id}`),
        other.post(`/${made.id}`, { name: 'x' }),
        other.remove(made.id),
        other.post(`/${made.id}/rotate_secret`),
        other.post(`/${made.id}/test`),
        other.read(`/${made.id}/deliveries`),
      ]
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(asked.map(() => 404))
      expect((await other.read()).json.data).toEqual([])
    }
    expect((await owner(mine).read(`/${made.id}`)).status).toBe(200)
  })

  it('are for keys that may manage them', async ({ expect }) => {
    const { status, json } = await owner(await account()).read()
    expect([status, json.error.code]).toEqual([403, 'permission_denied'])
  })

  it.for<[string, object, string]>([
    ['without an address', { url: undefined }, 'url'],
    ['with an unknown event', { event_types: ['batch.completed'] }, 'event_types.0'],
    ['with an unknown field', { events: [] }, ''],
  ])('are refused %s', async ([, body, param], { expect }) => {
    const { status, json } = await owner(await account({}, hooks)).create(body)
    expect([status, json.error.param ?? '']).toEqual([400, param])
  })

  it('have addresses that may be called, and so have requests', async ({ expect }) => {
    const made = await account({ balance_usd: 1 }, hooks)
    const ada = owner(made)
    const { json: known } = await ada.create()
    resetCounts()
    for (const [trick, url] of REFUSED) {
      const [created, changed, asked] = await Promise.all([
        ada.create({ url }),
        ada.post(`/${known.id}`, { url }),
        generate(made.key, { prompt: 'x', gateway: { webhook_url: url } }),
      ])
      expect([created.status, created.json.error.param], trick).toEqual([400, 'url'])
      expect([changed.status, changed.json.error.param], trick).toEqual([400, 'url'])
      expect([asked.status, asked.json.error.param], trick).toEqual([400, 'gateway.webhook_url'])
    }
    expect(counts().upstream).toEqual([])
    expect(new Set(counts().objectCalls)).toEqual(new Set(['TENANTS.authenticate']))
  })

  it('have a place that stands for the addresses of requests, with a secret of its own', async ({
    expect,
  }) => {
    const ada = owner(await account({}, hooks))
    const first = await ada.read('/request')
    expect(first.json).toMatchObject({ id: 'request', url: null })
    expect(first.json.signing_secret).toMatch(/^whsec_/)
    expect((await ada.read('/request')).json).toEqual(first.json)
    const rotated = await ada.post('/request/rotate_secret')
    expect((await ada.read('/request')).json.signing_secret).toBe(rotated.json.signing_secret)
    expect((await ada.read()).json.data).toEqual([])
    const refused = [ada.remove('request'), ada.post('/request', {}), ada.post('/request/test')]
    expect((await Promise.all(refused)).map(({ status }) => status)).toEqual([404, 404, 404])
  })

  it('have another such place for test keys, with another secret', async ({ expect }) => {
    const live = await account({}, hooks)
    const made = await admin(`/tenants/${live.tenant}/keys`, { name: 't', test: true, ...hooks })
    const [ada, test] = [owner(live), owner({ ...live, key: made.json.key })]
    const secret = async (of: typeof ada) => (await of.read('/request')).json.signing_secret
    const before = await secret(ada)
    const shown = (await test.read('/request')).json
    expect(shown).toMatchObject({
      id: 'request',
      url: null,
      signing_secret: expect.stringMatching(/^whsec_/),
    })
    expect(shown.signing_secret).not.toBe(before)
    await test.post('/request/rotate_secret', { keep_old_secret_active_for_24_hours: false })
    expect(await secret(ada)).toBe(before)
    expect(await secret(test)).not.toBe(shown.signing_secret)
    for (const of of [ada, test]) expect((await of.read()).json.data).toEqual([])
  })

  it('know no delivery that was not made', async ({ expect }) => {
    const ada = owner(await account({}, hooks))
    const { json: made } = await ada.create()
    expect((await ada.read(`/${made.id}/deliveries`)).json.data).toEqual([])
    for (const id of ['x', 'evt_x', `evt_${'a'.repeat(26)}_image_job_failed`])
      expect((await ada.post(`/${made.id}/deliveries/${id}/redeliver`)).status, id).toBe(404)
  })
})
