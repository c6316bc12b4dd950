import { createExecutionContext, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, it } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import { account, admin } from '../support/client.ts'

afterAll(reset)

const DEADLINE_SECONDS = 100

/** How long after its deadline a job is kept, seconds; else the answer's error. */
async function kept(key: string, vars: Partial<Env>, gateway: Record<string, unknown> = {}) {
  const request = new Request('https://darkroom.test/v1/images/generations', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      prompt: 'a red cube',
      size: '64x64',
      model: 'sketch-1',
      gateway: { mode: 'async', deadline_s: DEADLINE_SECONDS, ...gateway },
    }),
  })
  const answer = await createApp().fetch(request, { ...env, ...vars }, createExecutionContext())
  // oxlint-disable-next-line typescript/no-explicit-any -- as in support/client.ts
  const json = (await answer.json()) as any
  return json.error ?? json.expires_at - json.created_at - DEADLINE_SECONDS
}

describe('a job is kept', () => {
  it('as long as its request says, else its tenant, else the deployment, else 7 days', async ({
    expect,
  }) => {
    const day = { RETENTION_SECONDS: '86400' }
    const { key } = await account()
    expect(await kept(key, {})).toBe(604_800)
    expect(await kept(key, day)).toBe(86_400)
    expect(await kept(key, day, { retention_seconds: 300 })).toBe(300)
    const brief = await account({ retention_seconds: 3600 })
    expect(await kept(brief.key, day)).toBe(3600)
    expect(await kept(brief.key, day, { retention_seconds: 90_000 })).toBe(90_000)
  })

  it('never longer than the deployment allows', async ({ expect }) => {
    const hour = { MAX_RETENTION_SECONDS: '3600' }
    const { key } = await account({ retention_seconds: 7200 })
    expect(await kept(key, hour)).toBe(3600)
    expect(await kept(key, hour, { retention_seconds: 3600 })).toBe(3600)
    expect(await kept(key, hour, { retention_seconds: 3601 })).toMatchObject({
      code: 'invalid_value',
      param: 'gateway.retention_seconds',
      message: expect.stringContaining('3600'),
    })
  })

  it.for(['a week', '0', '299', '1e9', '1.5'])(
    'for no time at all when the operator wrote %s',
    async (RETENTION_SECONDS, { expect }) => {
      const { key } = await account()
      expect(await kept(key, { RETENTION_SECONDS })).toMatchObject({ code: 'internal_error' })
    },
  )

  it('is shown to the operator, null for what the deployment says', async ({ expect }) => {
    const [plain, brief] = [await account(), await account({ retention_seconds: 3600 })]
    expect((await admin(`/tenants/${plain.tenant}`)).json.retention_seconds).toBeNull()
    expect((await admin(`/tenants/${brief.tenant}`)).json.retention_seconds).toBe(3600)
  })

  it('as the deployment says again when the tenant is set to null, as are its other settings', async ({
    expect,
  }) => {
    const { tenant, key } = await account({
      retention_seconds: 3600,
      multiplier: 2,
      usage_tags: ['team'],
    })
    const none = { retention_seconds: null, multiplier: null, usage_tags: null }
    const changed = await admin(`/tenants/${tenant}`, none, 'PATCH')
    expect(changed.json).toMatchObject({ retention_seconds: null, multiplier: 1, usage_tags: [] })
    expect((await admin(`/tenants/${tenant}`)).json).toEqual(changed.json)
    expect(await kept(key, {})).toBe(604_800)
  })
})
