import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, it } from 'vitest'
import { newJobId, parseJobId, showJobId } from '../../src/core/ids.ts'
import { SCOPES } from '../../src/core/tenant.ts'
import { readJob } from '../../src/jobs/rows.ts'
import { newKey, newTenantId, parseKey } from '../../src/tenants/key.ts'
import { account, admin, ask, call, generate } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'

afterAll(reset)

const small = { prompt: 'a red cube', size: '64x64' }

describe('a key', () => {
  it('that is junk is refused without any object', async ({ expect }) => {
    const { key } = await account()
    const flipped = key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a')
    resetCounts()
    for (const bad of ['junk', 'sk-123', 'dr_live_x', flipped, `${key}x`, 'x'.repeat(5000)]) {
      const answer = await generate(bad, small)
      expect([answer.status, answer.json.error.code]).toEqual([401, 'invalid_api_key'])
    }
    const none = await ask('/v1/images/generations', { body: small })
    expect(none.status).toBe(401)
    expect(counts().objectCalls).toEqual([])
  })

  it('that is well formed but unknown leaves nothing behind', async ({ expect }) => {
    resetCounts()
    const keys = await Promise.all(Array.from({ length: 100 }, () => newKey(newTenantId(), true)))
    for (const { text } of keys) expect((await generate(text, small)).status).toBe(401)
    expect(counts()).toMatchObject({ rowsWritten: { Tenant: 0 }, alarmWrites: {}, r2: [] })
  })

  it('may do what its scopes say', async ({ expect }) => {
    const { key } = await account({}, { scopes: ['jobs:read'] })
    expect((await ask('/v1/jobs', { key })).status).toBe(200)
    const answer = await generate(key, small)
    expect([answer.status, answer.json.error.code]).toEqual([403, 'permission_denied'])
    expect(answer.json.error.message).toContain('images:create')
  })

  it('may use the models that it names', async ({ expect }) => {
    const { key } = await account({}, { models: ['sketch-1'] })
    expect((await generate(key, small)).status).toBe(200)
    const answer = await generate(key, { ...small, model: 'sketch-slow' })
    expect([answer.status, answer.json.error.param]).toEqual([403, 'model'])
  })

  it('may use a model that tenant and key both allow, by whichever of its names', async ({
    expect,
  }) => {
    const dated = 'gpt-image-2-2026-04-21'
    const { key } = await account(
      { models: ['gpt-image-2', 'sketch-1'] },
      { models: [dated, 'sketch-slow'], test: true },
    )
    const plan = async (model: string) => {
      const body = { prompt: 'a red cube', model, gateway: { dry_run: true } }
      return (await generate(key, body)).status
    }
    expect(await Promise.all(['gpt-image-2', dated].map(plan))).toEqual([200, 200])
    expect(await Promise.all(['sketch-1', 'sketch-slow'].map(plan))).toEqual([403, 403])
  })

  it('starts nothing that costs once it is revoked, even while it is remembered', async ({
    expect,
  }) => {
    const { tenant, key } = await account()
    expect((await generate(key, small)).status).toBe(200)
    const keys = await admin(`/tenants/${tenant}/keys`)
    await admin(`/tenants/${tenant}/keys/${keys.json.data[0].id}`, undefined, 'DELETE')
    const answer = await generate(key, { ...small, prompt: 'another' })
    expect([answer.status, answer.json.error.code]).toEqual([401, 'invalid_api_key'])
  })

  it('leaves its lists of models out of the rows of its jobs', async ({ expect }) => {
    const { tenant, key } = await account({ retention_seconds: 3600 }, { models: ['sketch-1'] })
    const made = await generate(key, small)
    const job = env.JOBS.getByName(parseJobId(made.headers.get('x-darkroom-job')!)!)
    const { actor } = await runInDurableObject(job, (_, { storage }) => readJob(storage.sql)!.facts)
    expect(actor).toEqual({
      tenant,
      keyId: parseKey(key)!.keyId,
      livemode: true,
      retentionSeconds: 3600,
    })
  })

  it('for tests draws for nothing and keeps its jobs apart', async ({ expect }) => {
    const { tenant, key } = await account({ balance_usd: 0 })
    const made = await admin(`/tenants/${tenant}/keys`, { name: 'test', test: true })
    const test = made.json.key
    expect(test).toMatch(/^dr_test_/)
    const answer = await generate(test, { ...small, model: 'gpt-image-2', size: '1024x1024' })
    expect([answer.status, answer.headers.get('x-darkroom-provider')]).toEqual([200, 'sketch'])
    expect(answer.headers.get('x-darkroom-cost-usd')).toBe('0')
    const list = await ask('/v1/jobs', { key: test })
    expect(list.json.data).toHaveLength(1)
    expect(list.json.data[0].livemode).toBe(false)
    expect((await ask('/v1/jobs', { key })).json.data).toEqual([])
  })
})

describe('another tenant', () => {
  it('sees the same 404 for foreign, unknown and malformed ids', async ({ expect }) => {
    const [mine, other] = [await account(), await account()]
    const made = await generate(mine.key, small)
    const id = made.headers.get('x-darkroom-job')!
    const bodies = []
    for (const job of [id, showJobId(newJobId()), 'job_x']) {
      for (const [method, path] of [
        ['GET', `/v1/jobs/${job}`],
        ['POST', `/v1/jobs/${job}/cancel`],
        ['DELETE', `/v1/jobs/${job}`],
      ]) {
        const answer = await ask(path!, { key: other.key, method: method! })
        expect(answer.status).toBe(404)
        bodies.push(answer.json)
      }
      const image = await ask(`/v1/images/${job}.0/content`, { key: other.key })
      expect(image.status).toBe(404)
    }
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1)
    expect((await ask(`/v1/jobs/${id}`, { key: mine.key })).status).toBe(200)
  })

  it('cannot fill the disk by probing ids', async ({ expect }) => {
    const { key } = await account()
    await ask('/v1/balance', { key })
    resetCounts()
    for (let i = 0; i < 100; i++)
      expect((await ask(`/v1/jobs/${showJobId(newJobId())}`, { key })).status).toBe(404)
    expect(counts()).toMatchObject({ rowsWritten: { Job: 0 }, alarmWrites: {}, r2: [] })
  })
})

/** What a job's owner may ask of it, in any dialect. */
const WAYS: [string, string, object?][] = [
  ['GET', '/v1/jobs/ID'],
  ['GET', '/v1/jobs/ID?wait=1'],
  ['GET', '/v1/jobs/ID/events'],
  ['GET', '/v1/jobs/ID/receipt'],
  ['GET', '/v1/images/ID.0/content'],
  ['GET', '/v1/responses/ID'],
  ['GET', '/v1/responses/ID?stream=true'],
  ['GET', '/v1/responses/ID/input_items'],
  ['GET', '/api/ai/queue/ID'],
  ['POST', '/v1/responses', { model: 'sketch-1', input: 'again', previous_response_id: 'ID' }],
  ['POST', '/v1/jobs/ID/cancel'],
  ['POST', '/v1/responses/ID/cancel'],
  ['DELETE', '/api/ai/queue/ID'],
  ['DELETE', '/v1/responses/ID'],
  ['DELETE', '/v1/jobs/ID'],
]

describe('a key of the other mode', () => {
  it.for([true, false])('knows no job of its tenant (a test key: %s)', async (test, { expect }) => {
    const scopes = [...SCOPES]
    const mine = await account({}, { test: !test, scopes })
    const made = await admin(`/tenants/${mine.tenant}/keys`, { name: 'other', test, scopes })
    const other = made.json.key
    const image = await generate(mine.key, small)
    const [url] = image.json.data.map((drawn: { url: string }) => drawn.url)
    const answered = await ask('/v1/responses', {
      key: mine.key,
      body: { model: 'sketch-1', input: 'a red cube', store: true },
    })
    const queued = await ask('/api/ai/queue', {
      key: mine.key,
      body: { model: 'sketch-1', prompt: 'a pier' },
    })
    const ids = [
      image.headers.get('x-darkroom-job')!,
      answered.json.id,
      queued.json.generations[0].generation_id,
    ]
    for (const id of ids) {
      const fill = (text: string) => text.replace('ID', id)
      for (const [method, path, body] of WAYS) {
        const options = body && { body: JSON.parse(fill(JSON.stringify(body))) }
        const answer = await ask(fill(path), { key: other, method, ...options })
        expect([path, answer.status]).toEqual([path, 404])
      }
      expect((await ask(`/v1/jobs/${id}?wait=5`, { key: mine.key })).json.status).toBe('succeeded')
    }
    // A link is for whoever holds it.
    expect((await call(url)).status).toBe(200)
    const content = `/v1/images/${ids[0]}.0/content`
    expect((await call(content, { key: mine.key })).status).toBe(200)
  })
})

describe('the admin API', () => {
  it('does not exist for a wrong key, and is no place for tenants', async ({ expect }) => {
    const { key } = await account()
    for (const bad of ['', 'x', key]) {
      const answer = await ask('/admin/tenants', { key: bad, method: 'GET' })
      expect([answer.status, answer.json.error.code]).toEqual([401, 'invalid_api_key'])
    }
  })
})
