import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import { account, type Account } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'

const app = createApp()
const real = (): Promise<Response> => env.ASSETS.fetch('https://assets/build/catalogue.json')

let me: Account
beforeAll(async () => {
  me = await account()
})
afterAll(reset)

/** A gateway in an isolate that has read nothing, and how often it asked for an asset. */
function coldGateway(...answers: (() => Promise<Response>)[]) {
  const fetch = vi.fn<() => Promise<Response>>(real)
  for (const answer of answers) fetch.mockImplementationOnce(answer)
  const bindings = Object.assign({}, env, { ASSETS: { fetch } })
  const headers = { authorization: `Bearer ${me.key}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ model: 'sketch-1', prompt: 'a red cube', size: '64x64' })
  const draw = () =>
    app.request('/v1/images/generations', { method: 'POST', headers, body }, bindings)
  const list = () => app.request('/v1/models', { headers }, bindings)
  return { fetch, draw, list }
}

describe('the catalogue', () => {
  it('is read once, however many requests come', async ({ expect }) => {
    const { fetch, draw, list } = coldGateway()
    for (const answer of [await draw(), await list(), await draw()]) expect(answer.status).toBe(200)
    expect(fetch).toHaveBeenCalledOnce()
  })

  it.for<[string, string, () => Promise<Response>]>([
    ['is missing', '404', () => Promise.resolve(new Response(null, { status: 404 }))],
    ['cannot be asked for', 'lost', () => Promise.reject(new Error('lost'))],
    ['is cut off', 'JSON', async () => new Response((await (await real()).text()).slice(0, 1000))],
    [
      'is of another build',
      'version 1',
      async () => Response.json({ ...(await (await real()).json<object>()), version: '1' }),
    ],
  ])(
    'answers 500 while it %s, starts nothing, and asks again',
    async ([, why, answer], { expect }) => {
      const { draw } = coldGateway(answer)
      const log = vi.spyOn(console, 'log')
      resetCounts()
      const failed = await draw()
      const lines = log.mock.calls.map(([line]) => String(line))
      log.mockRestore()

      expect(failed.status).toBe(500)
      expect(await failed.json()).toMatchObject({ error: { code: 'internal_error' } })
      expect(counts().started).not.toContain('Job')
      expect(lines.find((line) => line.includes('"event":"request"'))).toContain(why)
      expect((await draw()).status).toBe(200)
    },
  )
})
