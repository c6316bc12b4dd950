import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, it } from 'vitest'
import { account, admin, ask, type Answer } from '../support/client.ts'

afterAll(reset)

const HASH = /^[0-9a-f]{64}$/
const rowsOf = async (tenant: string, query = '') =>
  (await admin(`/tenants/${tenant}/audit${query}`)).json
const idOf = ({ headers }: Answer) => headers.get('x-request-id')

describe('the audit of a tenant', () => {
  it('tells who changed what, when and by which request, newest first', async ({ expect }) => {
    const made = await admin('/tenants', { name: 'Ada', balance_usd: 1 })
    const tenant = made.json.id
    const minter = await admin(`/tenants/${tenant}/keys`, { name: 'm', scopes: ['keys:admin'] })
    const credit = await admin(`/tenants/${tenant}/credit`, { amount_usd: 1, reference: 'r 1' })
    const child = await ask('/v1/keys', { key: minter.json.key, body: { scopes: [], n: 1 } })
    expect(child.status).toBe(400)
    const revoked = await admin(`/tenants/${tenant}/keys/${minter.json.id}`, undefined, 'DELETE')
    const { data } = await rowsOf(tenant)
    expect(data).toMatchObject([
      { act: 'key.revoke', who: 'admin', target: minter.json.id, request: idOf(revoked) },
      { act: 'tenant.credit', who: 'admin', target: 'r 1', request: idOf(credit) },
      { act: 'key.create', who: 'admin', target: minter.json.id, request: idOf(minter) },
      { act: 'tenant.create', who: 'admin', target: tenant, request: idOf(made) },
    ])
    for (const row of data) {
      expect(row.after).toMatch(HASH)
      expect(Math.abs(row.at - Date.now() / 1000)).toBeLessThan(60)
    }
    expect([data[3].before, data[2].before]).toEqual([null, null])
    // What was made is what was revoked: nobody changed the key in between.
    expect(data[0].before).toBe(data[2].after)
    expect(data[0].before).not.toBe(data[0].after)
  })

  it("holds what the tenant's own keys did", async ({ expect }) => {
    const scopes = ['keys:admin', 'images:create']
    const { tenant, key } = await account({}, { scopes })
    const child = await ask('/v1/keys', { key, body: {} })
    await ask(`/v1/keys/${child.json.id}/rotate`, { key, body: {} })
    const { data } = await rowsOf(tenant)
    const parent = child.json.parent
    expect(data.slice(0, 3)).toMatchObject([
      { act: 'key.rotate', who: parent, target: child.json.id },
      { act: 'key.create', who: parent },
      { act: 'key.create', who: parent, target: child.json.id },
    ])
  })

  it('has no row for what changed nothing or was refused', async ({ expect }) => {
    const { tenant } = await account({ balance_usd: 1 })
    const give = (amount_usd: number) =>
      admin(`/tenants/${tenant}/credit`, { amount_usd, reference: 'r' })
    for (const usd of [1, 1, 2]) await give(usd)
    await give(-50)
    const keys = await admin(`/tenants/${tenant}/keys`)
    for (let times = 0; times < 2; times++)
      await admin(`/tenants/${tenant}/keys/${keys.json.data[0].id}`, undefined, 'DELETE')
    const { data } = await rowsOf(tenant)
    expect(data.map(({ act }: { act: string }) => act)).toEqual([
      'key.revoke',
      'tenant.credit',
      'key.create',
      'tenant.create',
    ])
  })

  it('tells who made, changed and deleted webhook endpoints, and nothing of a reading', async ({
    expect,
  }) => {
    const { tenant, key } = await account({}, { scopes: ['webhooks:admin'] })
    const path = '/v1/webhook_endpoints'
    const { json: made } = await ask(path, { key, body: { url: 'https://hooks.pictures.com/' } })
    const target = made.id
    await ask(`${path}/${target}`, { key })
    await ask(`${path}/${target}`, { key, body: { name: 'prod' } })
    await ask(`${path}/${target}`, { key, body: { name: 'prod' } })
    await ask(`${path}/${target}/rotate_secret`, { key, method: 'POST' })
    await ask(`${path}/${target}`, { key, method: 'DELETE' })
    const who = key.slice('dr_live_'.length, 'dr_live_'.length + 16)
    const { data } = await rowsOf(tenant)
    expect(data.slice(0, 4)).toMatchObject(
      ['delete', 'rotate', 'update', 'create'].map((act) => ({
        act: `webhook_endpoint.${act}`,
        who,
        target,
      })),
    )
    expect(JSON.stringify(data)).not.toContain(made.signing_secret)
  })

  it('is read page by page', async ({ expect }) => {
    const { tenant } = await account()
    const first = await rowsOf(tenant, '?limit=1')
    expect(first).toMatchObject({ has_more: true, data: [{ act: 'key.create' }] })
    const second = await rowsOf(tenant, `?limit=1&after=${first.last_id}`)
    expect(second).toMatchObject({ has_more: false, data: [{ act: 'tenant.create' }] })
    expect((await admin('/tenants/0000000000/audit')).status).toBe(404)
  })

  it('can neither be changed nor deleted', async ({ expect }) => {
    const { tenant } = await account()
    await runInDurableObject(env.TENANTS.getByName(tenant), (_, { storage }) => {
      expect(() => storage.sql.exec(`UPDATE audit SET who = 'nobody'`)).toThrow('never changed')
      expect(() => storage.sql.exec('DELETE FROM audit')).toThrow('kept')
    })
  })

  it('holds no key, and no answer of it does', async ({ expect }) => {
    const { tenant, key } = await account()
    expect(JSON.stringify(await rowsOf(tenant))).not.toContain(key.slice(25, 57))
  })
})

describe('the audit of the gateway', () => {
  it('tells which tenants were made', async ({ expect }) => {
    const made = await admin('/tenants', { name: 'Ada' })
    const { json } = await admin('/audit?limit=1')
    expect(json.data).toMatchObject([
      {
        act: 'tenant.create',
        who: 'admin',
        target: made.json.id,
        request: idOf(made),
        before: null,
      },
    ])
  })

  it('tells a new name apart from a new tenant', async ({ expect }) => {
    const { tenant } = await account()
    await admin(`/tenants/${tenant}`, { name: 'Grace' }, 'PATCH')
    const { json } = await admin('/audit?limit=2')
    expect(json.data.map(({ act }: { act: string }) => act)).toEqual([
      'tenant.update',
      'tenant.create',
    ])
  })

  it('tells who deleted a tenant, whose own audit is gone', async ({ expect }) => {
    const { tenant } = await account()
    const deleted = await admin(`/tenants/${tenant}`, undefined, 'DELETE')
    await expect
      .poll(async () => (await admin('/audit?limit=1')).json.data[0])
      .toMatchObject({ act: 'tenant.delete', target: tenant, who: 'admin', request: idOf(deleted) })
    expect((await admin(`/tenants/${tenant}/audit`)).status).toBe(404)
  })
})
