import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { localKey } from '../../src/cli/local-key.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { ADMIN_KEY } from '../support/worker.ts'

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({})
})
afterAll(() => gateway.stop())

const newFile = (): string => join(mkdtempSync(join(tmpdir(), 'darkroom-')), 'state', 'local.json')

describe('the local key', () => {
  it('works, is kept for its owner only, and is the same at the next start', async ({ expect }) => {
    const file = newFile()
    const first = await localKey(gateway.url, ADMIN_KEY, file)

    const headers = { authorization: `Bearer ${first.key}` }
    expect((await fetch(`${gateway.url}/v1/balance`, { headers })).status).toBe(200)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ url: gateway.url, key: first.key })
    expect(first.isNew).toBe(true)
    expect(await localKey(gateway.url, ADMIN_KEY, file)).toEqual({ key: first.key, isNew: false })
  })

  it.for<[string, string]>([
    ['the gateway no longer knows', '{"url":"http://127.0.0.1:1","key":"dr_live_gone"}'],
    ['cannot be read', '{"url":'],
    ['is none', '{"key":7}'],
  ])('is made again when the kept one %s', async ([, kept], { expect }) => {
    const file = newFile()
    const { key } = await localKey(gateway.url, ADMIN_KEY, file)
    writeFileSync(file, kept)
    const again = await localKey(gateway.url, ADMIN_KEY, file)

    expect(again.isNew).toBe(true)
    expect(again.key).not.toBe(key)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ url: gateway.url, key: again.key })
  })

  it('says what the gateway answered when the admin key is wrong', async ({ expect }) => {
    await expect(localKey(gateway.url, 'wrong', newFile())).rejects.toThrow('/admin/tenants: 401')
  })
})
