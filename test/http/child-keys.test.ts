import { reset } from 'cloudflare:test'
import { afterAll, describe, it } from 'vitest'
import { account, admin, ask, generate } from '../support/client.ts'

afterAll(reset)

const small = { prompt: 'a red cube', size: '64x64', model: 'sketch-priced' }
const SCOPES = ['images:create', 'jobs:read', 'keys:admin']

const minter = (key: Record<string, unknown> = {}, tenant: Record<string, unknown> = {}) =>
  account(tenant, { scopes: SCOPES, ...key })
const mint = (key: string, body: Record<string, unknown> = {}) => ask('/v1/keys', { key, body })
const listed = async (key: string): Promise<string[]> =>
  (await ask('/v1/keys', { key })).json.data.map(({ id }: { id: string }) => id)

describe('a key minted for a browser', () => {
  it('is shown once, draws, and ends within the hour', async ({ expect }) => {
    const { key, tenant } = await minter()
    const child = await mint(key)
    expect(child.json).toMatchObject({ object: 'key', scopes: ['images:create'], livemode: true })
    // Two machines read their clocks, and each time is rounded down to a second.
    const lives = child.json.expires_at - child.json.created_at
    expect(lives).toBeLessThanOrEqual(3600)
    expect(lives).toBeGreaterThan(3570)
    expect((await generate(child.json.key, small)).status).toBe(200)
    const list = await ask('/v1/keys?limit=1', { key })
    expect(list.json).toMatchObject({ has_more: true, data: [{ id: child.json.id }] })
    expect(JSON.stringify(list.json)).not.toContain(child.json.key)
    const rest = await ask(`/v1/keys?after=${list.json.last_id}`, { key })
    expect(rest.json).toMatchObject({ has_more: false, data: [{ parent: null }] })
    const seen = await admin(`/tenants/${tenant}/keys`)
    expect(seen.json.data).toHaveLength(2)
  })

  it('makes n images and spends max_usd, to the image and the cent', async ({ expect }) => {
    const { key } = await minter({}, { balance_usd: 10 })
    const child = await mint(key, { n: 3, max_usd: 0.1 })
    expect((await generate(child.json.key, { ...small, n: 2 })).status).toBe(200)
    const dear = await generate(child.json.key, { ...small, prompt: 'one more' })
    expect([dear.status, dear.json.error.code]).toEqual([402, 'insufficient_balance'])
    expect(dear.json.error.message).toContain('$0.02 more of its $0.1')
    const free = { ...small, model: 'sketch-1' }
    expect((await generate(child.json.key, { ...free, n: 2 })).json.error.message).toContain(
      '1 more images of its 3',
    )
    const freeIsUnpriced = await generate(child.json.key, free)
    expect(freeIsUnpriced.status).toBe(200)
    const list = await ask('/v1/keys', { key })
    expect(list.json.data[0]).toMatchObject({ n: 3, used_n: 3, max_usd: 0.1, used_usd: 0.08 })
  })

  it('gets back what an image that failed had held', async ({ expect }) => {
    const { key } = await minter({}, { balance_usd: 10 })
    const child = await mint(key, { n: 1, max_usd: 0.04 })
    const failed = await generate(child.json.key, { ...small, model: 'sketch-moderated-priced' })
    expect(failed.status).toBe(400)
    expect((await generate(child.json.key, small)).status).toBe(200)
  })

  it('mints no keys itself', async ({ expect }) => {
    const { key } = await minter()
    const wish = await mint(key, { scopes: ['keys:admin'] })
    expect([wish.status, wish.json.error.param]).toEqual([403, 'scopes'])
    const child = await mint(key)
    expect((await mint(child.json.key)).status).toBe(403)
  })

  it('may be given what its parent may use, by whichever name, and no more', async ({ expect }) => {
    const { key } = await minter(
      { models: ['gpt-image-2'] },
      { models: ['gpt-image-2', 'sketch-1'] },
    )
    const models = ['gpt-image-2-2026-04-21']
    expect((await mint(key, { models })).json).toMatchObject({ models })
    for (const name of ['sketch-1', 'unknown']) {
      const refused = await mint(key, { models: [...models, name] })
      expect([refused.status, refused.json.error.param]).toEqual([403, 'models'])
      expect(refused.json.error.message).toContain(name)
    }
  })

  it('draws nothing once its parent is revoked', async ({ expect }) => {
    const { key, tenant } = await minter()
    const child = await mint(key)
    expect((await generate(child.json.key, small)).status).toBe(200)
    await admin(`/tenants/${tenant}/keys/${child.json.parent}`, undefined, 'DELETE')
    const answer = await generate(child.json.key, { ...small, prompt: 'another' })
    expect([answer.status, answer.json.error.code]).toEqual([401, 'invalid_api_key'])
  })

  it('is revoked by its parent', async ({ expect }) => {
    const { key } = await minter()
    const child = await mint(key)
    const path = `/v1/keys/${child.json.id}`
    const revoked = await ask(path, { key, method: 'DELETE' })
    expect(revoked.json.revoked_at).not.toBeNull()
    expect((await ask(path, { key, method: 'DELETE' })).json).toEqual(revoked.json)
    expect((await generate(child.json.key, small)).status).toBe(401)
    expect((await ask('/v1/keys/x', { key, method: 'DELETE' })).status).toBe(404)
  })

  it('of a test key sees and makes test keys only', async ({ expect }) => {
    const { key, tenant } = await minter()
    const made = await admin(`/tenants/${tenant}/keys`, { name: 't', test: true, scopes: SCOPES })
    const test = made.json.key
    expect((await mint(test)).json.key).toMatch(/^dr_test_/)
    expect((await mint(test, { test: false })).json.error.param).toBe('test')
    expect((await ask('/v1/keys', { key: test })).json.data).toHaveLength(2)
    const live = (await ask('/v1/keys', { key })).json.data[0].id
    expect((await ask(`/v1/keys/${live}`, { key: test, method: 'DELETE' })).status).toBe(404)
  })
  it('for tests is seen and revoked by the live key that minted it', async ({ expect }) => {
    const { tenant, key } = await minter()
    const child = await mint(key, { test: true })
    const other = await admin(`/tenants/${tenant}/keys`, { name: 'other', scopes: SCOPES })
    expect(await listed(key)).toContain(child.json.id)
    expect(await listed(other.json.key)).not.toContain(child.json.id)
    const revoke = (by: string) => ask(`/v1/keys/${child.json.id}`, { key: by, method: 'DELETE' })
    expect((await revoke(other.json.key)).status).toBe(404)
    expect((await revoke(key)).json.revoked_at).not.toBeNull()
  })
})

describe('a key', () => {
  it('rotates itself and its children, and no other: that would give it more', async ({
    expect,
  }) => {
    const { tenant, key } = await minter({ scopes: ['keys:admin'] })
    const other = await admin(`/tenants/${tenant}/keys`, { name: 'strong' })
    const stolen = await ask(`/v1/keys/${other.json.id}/rotate`, { key, body: {} })
    expect(stolen.status).toBe(403)
    const own = (await ask('/v1/keys', { key })).json.data.at(-1).id
    const heir = await ask(`/v1/keys/${own}/rotate`, { key, body: { overlap_s: 60 } })
    expect(heir.json).toMatchObject({ scopes: ['keys:admin'], expires_at: null })
    const old = (await ask('/v1/keys', { key: heir.json.key })).json.data.at(-1)
    expect(old).toMatchObject({ id: own, replaced_by: heir.json.id })
    expect(Math.abs(old.expires_at - Date.now() / 1000 - 60)).toBeLessThan(30)
  })

  it('whose answers of rotation were lost rotates what took its place', async ({ expect }) => {
    const { key } = await minter()
    await mint(key)
    const own = (await ask('/v1/keys', { key })).json.data.at(-1).id
    const rotate = (id: string) => ask(`/v1/keys/${id}/rotate`, { key, body: {} })
    let heir = (await rotate(own)).json
    for (let lost = 1; lost <= 2; lost++) {
      expect((await rotate(own)).json.error.message).toContain(heir.id)
      heir = (await rotate(heir.id)).json
    }
    const { data } = (await ask('/v1/keys', { key: heir.key })).json
    expect(data.find(({ id }: { id: string }) => id === own).replaced_by).toBe(heir.id)
    expect(data.filter(({ parent }: { parent: string }) => parent === heir.id)).toHaveLength(1)
  })

  it.for([
    ['is revoked', 401, (own: string) => admin(own, undefined, 'DELETE')],
    [
      'lives, and the other was used',
      403,
      (_: string, heir: string) => ask('/v1/balance', { key: heir }),
    ],
  ] as const)(
    'that %s does not rotate what took its place',
    async ([, status, happen], { expect }) => {
      const { tenant, key } = await minter({ scopes: ['keys:admin', 'usage:read'] })
      const own = (await ask('/v1/keys', { key })).json.data.at(-1).id
      const path = `/tenants/${tenant}/keys/${own}`
      const heir = (await admin(`${path}/rotate`, {})).json
      expect((await happen(path, heir.key)).status).toBe(200)
      const stolen = await ask(`/v1/keys/${heir.id}/rotate`, { key, body: { overlap_s: 0 } })
      expect(stolen.status).toBe(status)
      expect((await ask('/v1/balance', { key: heir.key })).status).toBe(200)
    },
  )

  it('that leaked is rotated without overlap, and what was minted with it draws no more', async ({
    expect,
  }) => {
    const { key } = await minter()
    const minted = await mint(key, { scopes: ['images:create', 'jobs:read'] })
    const own = (await ask('/v1/keys', { key })).json.data.at(-1).id
    const rotate = (body: object) => ask(`/v1/keys/${own}/rotate`, { key, body })
    const heir = await rotate({ overlap_s: 0 })
    for (const old of [key, minted.json.key]) expect((await generate(old, small)).status).toBe(401)
    const { data } = (await ask('/v1/keys', { key: heir.json.key })).json
    expect(data.find(({ id }: { id: string }) => id === minted.json.id)).toMatchObject({
      parent: own,
      expires_at: data.at(-1).expires_at,
    })
    expect((await generate(heir.json.key, small)).status).toBe(200)
  })

  it.for([{}, { 'content-type': 'application/json' }, { 'content-type': 'text/plain' }])(
    'is rotated without a body, with %o, and lives a day more',
    async (headers, { expect }) => {
      const { tenant, key } = await minter()
      const own = (await ask('/v1/keys', { key })).json.data.at(-1).id
      const heir = await ask(`/v1/keys/${own}/rotate`, { key, method: 'POST', headers })
      const next = await admin(`/tenants/${tenant}/keys/${heir.json.id}/rotate`, undefined, 'POST')
      expect([heir.status, next.status]).toEqual([200, 200])
      const old = (await ask('/v1/keys', { key: next.json.key })).json.data.slice(1)
      for (const { expires_at } of old)
        expect(Math.abs(expires_at - Date.now() / 1000 - 86_400)).toBeLessThan(30)
    },
  )

  it('is used from its ranges and origins only', async ({ expect }) => {
    const { key } = await account(
      {},
      { cidrs: ['203.0.113.0/24', '2001:db8::/32'], origins: ['https://app.example.com'] },
    )
    const from = async (address: string, origin?: string) => {
      const headers = { 'cf-connecting-ip': address, ...(origin && { origin }) }
      const answer = await ask('/v1/jobs', { key, headers })
      return [answer.status, answer.json.error?.message]
    }
    expect(await from('203.0.113.9')).toEqual([200, undefined])
    expect(await from('2001:db8::9', 'https://app.example.com')).toEqual([200, undefined])
    expect(await from('198.51.100.1')).toEqual([403, 'This key may not be used from this address.'])
    expect(await from('203.0.113.9', 'https://evil.example')).toEqual([
      403,
      'This key may not be used from this origin.',
    ])
  })

  it('is changed by the operator, setting by setting', async ({ expect }) => {
    const { tenant, key } = await minter({ cidrs: ['10.0.0.0/8'], models: ['sketch-1'] })
    const change = async (body: object) => {
      const own = (await admin(`/tenants/${tenant}/keys`)).json.data.at(-1).id
      return (await admin(`/tenants/${tenant}/keys/${own}`, body, 'PATCH')).json
    }
    const before = await change({})
    const changed = await change({ name: 'page', origins: ['https://app.example.com'] })
    expect(changed).toEqual({ ...before, name: 'page', origins: ['https://app.example.com'] })
    const opened = await change({ cidrs: null, origins: null, scopes: ['usage:read'] })
    expect(opened).toEqual({ ...before, name: 'page', cidrs: null, scopes: ['usage:read'] })
    expect((await mint(key)).status).toBe(403)
    const ending = await change({ expires_in: 60 })
    expect(Math.abs(ending.expires_at - Date.now() / 1000 - 60)).toBeLessThan(30)
    for (const [param, body] of Object.entries({
      scopes: { scopes: null },
      expires_in: { expires_in: null },
      'cidrs.0': { cidrs: ['x'] },
    }))
      expect((await change(body)).error.param).toBe(param)
  })

  it('that has ended or was replaced is not brought back by a later end', async ({ expect }) => {
    const { tenant, key } = await minter()
    const path = `/tenants/${tenant}/keys/${key.split('_')[2]!}`
    const change = async (expires_in: number) =>
      (await admin(path, { expires_in }, 'PATCH')).json.error?.param
    await admin(`${path}/rotate`, { overlap_s: 60 })
    expect([await change(3600), await change(30)]).toEqual(['expires_in', undefined])
    await admin(path, undefined, 'DELETE')
    expect(await change(3600)).toBe('expires_in')
  })

  it('that is changed stays within its parent, and its children within it', async ({ expect }) => {
    const { tenant, key } = await minter()
    const { json: child } = await mint(key, { scopes: ['images:create', 'jobs:read'] })
    const path = `/tenants/${tenant}/keys`
    const change = async (id: string, body: object) =>
      (await admin(`${path}/${id}`, body, 'PATCH')).json
    for (const scope of ['usage:read', 'keys:admin'])
      expect((await change(child.id, { scopes: [scope] })).error.param).toBe('scopes')
    await change(child.parent, { scopes: ['images:create', 'keys:admin'] })
    expect((await mint(key, { scopes: ['jobs:read'] })).status).toBe(403)
    // Not yet looked up in this isolate.
    expect((await ask('/v1/jobs', { key: child.key })).status).toBe(403)
    expect((await change(child.id, { name: 'renamed' })).name).toBe('renamed')
    const parent = await change(child.parent, { expires_in: 60 })
    expect((await change(child.id, { expires_in: 3600 })).expires_at).toBe(parent.expires_at)
    await change(child.parent, { expires_in: 30 })
    const [{ expires_at: end }, { expires_at: parents }] = (await admin(path)).json.data
    expect(end).toBe(parents)
  })

  it.for([
    ['cidrs.1', { cidrs: ['10.0.0.0/8', '10.0.0.1/8'] }],
    ['cidrs.0', { cidrs: ['2001:db8::/129'] }],
    ['origins.0', { origins: ['https://app.example.com/'] }],
    ['max_usd', { max_usd: 0.000_000_1 }],
    ['n', { n: -1 }],
    ['cidrs', { cidrs: [] }],
  ] as const)('is not made with a bad %s', async ([param, fields], { expect }) => {
    const { tenant, key } = await minter()
    for (const answer of [
      await admin(`/tenants/${tenant}/keys`, { name: 'k', ...fields }),
      await mint(key, fields),
    ])
      expect([answer.status, answer.json.error.param]).toEqual([400, param])
  })
})
