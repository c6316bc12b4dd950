import { reset } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { afterAll, describe, it } from 'vitest'
import { ROUTES } from '../../src/http/routes.ts'
import { account, generate } from '../support/client.ts'

afterAll(reset)

const ask = (path: string, method: string, headers: Record<string, string>) =>
  exports.default.fetch(`https://darkroom.test${path}`, { method, headers })

const page = { origin: 'https://app.example.com' }

describe('a page of another origin', () => {
  it('may send a key and a JSON body', async ({ expect }) => {
    const answer = await ask('/v1/images/generations', 'OPTIONS', {
      ...page,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    })
    expect(answer.status).toBe(204)
    expect(await answer.text()).toBe('')
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET,HEAD,POST,PATCH,DELETE',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-max-age': '86400',
      vary: 'access-control-request-headers',
    })
  })

  it('is let pass by every route but those of the operator', async ({ expect }) => {
    for (const { path, method, access } of ROUTES) {
      const filled = path.replaceAll(/:\w+(\{[^}]*\})?/g, 'x')
      const answer = await ask(filled, 'OPTIONS', {
        ...page,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,idempotency-key',
      })
      const open = access !== 'admin'
      const { headers } = answer
      const place = `${method} ${path}`
      expect([place, answer.status === 204]).toEqual([place, open])
      expect([place, headers.get('access-control-allow-origin')]).toEqual([
        place,
        open ? '*' : null,
      ])
      const allowed = headers.get('access-control-allow-methods')?.split(',') ?? []
      expect([place, allowed.includes(method)]).toEqual([place, open])
      await answer.body?.cancel()
    }
  })

  it('may read errors and answers, with their headers', async ({ expect }) => {
    for (const path of [
      '/v1/models',
      '/v1/nothing',
      '/aiml/v1/nothing',
      '/.well-known/jwks.json',
    ]) {
      const { headers } = await ask(path, 'GET', page)
      expect(headers.get('access-control-allow-origin'), path).toBe('*')
      const exposed = headers.get('access-control-expose-headers')?.split(',')
      const ours = ['x-request-id', 'x-darkroom-cost-usd', 'x-inference-id']
      const vendors = ['x-aimlapi-credits-used', 'x-aimlapi-usd-spent', 'x-client-request-id']
      expect(exposed, path).toEqual(expect.arrayContaining([...ours, ...vendors]))
      expect(headers.get('access-control-allow-methods'), path).toBeNull()
    }
  })

  it('may read an image, with all that is told of it', async ({ expect }) => {
    const { key } = await account()
    const made = await generate(key, { prompt: 'a pier', size: '64x64' })
    const { headers, status } = await ask(
      made.json.data[0].url.replace('https://darkroom.test', ''),
      'GET',
      page,
    )
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, '*'])
    const exposed = headers.get('access-control-expose-headers')?.split(',')
    for (const name of ['content-disposition', 'accept-ranges', 'content-length', 'etag']) {
      expect(headers.has(name), name).toBe(true)
      expect(exposed, name).toContain(name)
    }
  })

  it('may not call the admin API', async ({ expect }) => {
    for (const method of ['OPTIONS', 'GET']) {
      const { headers } = await ask('/admin/tenants', method, page)
      expect(headers.get('access-control-allow-origin'), method).toBeNull()
    }
  })
})
