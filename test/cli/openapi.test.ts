import SwaggerParser from '@apidevtools/swagger-parser'
import { afterAll, beforeAll, describe, it, type ExpectStatic } from 'vitest'
import * as z from 'zod'
import { ask, openAccount } from '../conformance/client.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { ADMIN_KEY } from '../support/worker.ts'
import { encodePng } from '../upstreams/png.ts'

type Content = Record<string, { schema: z.core.JSONSchema.JSONSchema }>
interface Operation {
  security: Record<string, string[]>[]
  requestBody?: { content: Content }
  responses: Record<string, { content: Content }>
}
interface Description {
  paths: Record<string, Record<string, Operation>>
}

const SCOPES = ['images:create', 'jobs:read', 'jobs:cancel', 'usage:read', 'keys:admin']

let gateway: Gateway
let key: string
let answer: Response
let text: string
/** With its references replaced by what they lead to. */
let whole: Description
beforeAll(async () => {
  gateway = await startGateway()
  ;({ key } = await openAccount(gateway.url, null, [...SCOPES, 'webhooks:admin']))
  answer = await fetch(`${gateway.url}/openapi.json`)
  text = await answer.text()
  const dereferenced = await SwaggerParser.dereference(JSON.parse(text))
  whole = JSON.parse(JSON.stringify(dereferenced)) as Description
})
afterAll(() => gateway.stop())

const schemaOf = (content: Content | undefined) =>
  z.fromJSONSchema(content!['application/json']!.schema)
const answersOf = (path: string, method: string, status: string | number) =>
  schemaOf(whole.paths[path]![method]!.responses[status]!.content)

interface Sent {
  id: string
  generations?: { generation_id: string }[]
}

/** Sends requests whose answers must be as described. */
const toldBy =
  (expect: ExpectStatic) =>
  async (method: string, path: string, ids: string[], body?: object): Promise<Sent> => {
    const left = [...ids]
    const url = gateway.url + path.replaceAll(/\{\w+\}/g, () => left.shift()!)
    const isAdmin = whole.paths[path]![method]!.security.some((one) => 'admin' in one)
    const options = { key: isAdmin ? ADMIN_KEY : key, method: method.toUpperCase(), body }
    const { status, json } = await ask<Sent>(url, options)
    const name = `${method} ${path}: ${status} ${JSON.stringify(json)}`
    expect(status, name).toBeLessThan(300)
    expect(answersOf(path, method, status).safeParse(json).error, name).toBeUndefined()
    return json
  }

const IMAGES = '/v1/images/generations'
const small = { model: 'sketch-1', prompt: 'a pier', size: '64x64' }
const png = encodePng({
  width: 64,
  height: 64,
  text: 'a pier',
  transparent: false,
  noisy: false,
  bytes: 0,
})
const image_url = `data:image/png;base64,${png.toString('base64')}`
const BODIES: [string, object][] = [
  ['a prompt', small],
  ['fields of other APIs', { ...small, size: null, aspect_ratio: '1:1', seed: 7, steps: 4 }],
  ['a field that nobody knows', { ...small, a_new_field: true }],
  ['our own options', { ...small, gateway: { dry_run: true, metadata: { team: 'a' } } }],
  ['no prompt', { model: 'sketch-1' }],
  ['eleven images', { ...small, n: 11 }],
  ['an unknown format', { ...small, output_format: 'bmp' }],
  ['an option with a typing error', { ...small, gateway: { dryrun: true } }],
]

describe('GET /openapi.json', () => {
  it('is a valid OpenAPI 3.1 document, for pages of any origin', async ({ expect }) => {
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(JSON.parse(text)).toMatchObject({ openapi: '3.1.1', info: { title: 'Darkroom' } })
    await SwaggerParser.validate(JSON.parse(text))
  })

  it('lists what clients of images call', ({ expect }) => {
    for (const path of [IMAGES, '/v1/images/edits', '/v1/responses', '/aiml/v1/images/generations'])
      expect(Object.keys(whole.paths[path] ?? {}), path).toContain('post')
  })

  it.for(BODIES)(
    'takes what it calls valid, and nothing else: %s',
    async ([, body], { expect }) => {
      const { requestBody } = whole.paths[IMAGES]!['post']!
      const isValid = schemaOf(requestBody?.content).safeParse(body).success
      const { status, json } = await ask(gateway.url + IMAGES, { key, body })
      expect(status).toBe(isValid ? 200 : 400)
      const told = answersOf(IMAGES, 'post', isValid ? 200 : 'default').safeParse(json)
      expect(told.error).toBeUndefined()
    },
  )

  it('tells what is answered at each path that needs no id', async ({ expect }) => {
    const seen: string[] = []
    for (const [path, { get }] of Object.entries(whole.paths)) {
      if (path.includes('{') || !get?.responses['200']?.content['application/json']) continue
      const isAdmin = get.security.some((one) => 'admin' in one)
      const url = `${gateway.url}${path}${path.endsWith('/search') ? '?search=sketch' : ''}`
      const { status, json } = await ask(url, { key: isAdmin ? ADMIN_KEY : key })
      expect(status, path).toBe(200)
      expect(answersOf(path, 'get', 200).safeParse(json).error, path).toBeUndefined()
      seen.push(path)
    }
    expect(seen).toEqual(expect.arrayContaining(['/v1/jobs', '/api/ai/queue', '/admin/tenants']))
  })

  it('tells what is answered about images, in the words of each API', async ({ expect }) => {
    const expectTold = toldBy(expect)
    const oxen = '/api/ai/queue/{id}'
    for (const path of [
      '/v1/images/edits',
      '/modelmax/v1/images/generations',
      '/aiml/v1/images/generations',
      '/api/ai/images/generate',
    ])
      await expectTold('post', path, [], { ...small, ...(path.endsWith('edits') && { image_url }) })
    const queued = await expectTold('post', '/api/ai/queue', [], { ...small, model: 'sketch-slow' })
    const ids = queued.generations!.map(({ generation_id }) => generation_id)
    await expectTold('get', '/api/ai/queue', [])
    await expectTold('get', oxen, ids)
    await expectTold('delete', oxen, ids)

    const later = { ...small, model: 'sketch-slow', gateway: { mode: 'async' } }
    const { id } = await expectTold('post', IMAGES, [], later)
    await expectTold('get', '/v1/jobs/{id}', [id])
    await expectTold('post', '/v1/jobs/{id}/cancel', [id])
    await expectTold('get', '/v1/jobs/{id}/receipt', [id])
    await expectTold('delete', '/v1/jobs/{id}', [id])

    const input = { model: 'sketch-1', input: 'a pier', store: true }
    const { id: response } = await expectTold('post', '/v1/responses', [], input)
    for (const path of ['/v1/responses/{id}', '/v1/responses/{id}/input_items'])
      await expectTold('get', path, [response])
    await expectTold('delete', '/v1/responses/{id}', [response])
  })

  it('tells what is answered about accounts', async ({ expect }) => {
    const expectTold = toldBy(expect)
    const url = 'https://example.com/hook'
    const { id: hook } = await expectTold('post', '/v1/webhook_endpoints', [], { url })
    const one = '/v1/webhook_endpoints/{id}'
    await expectTold('get', one, [hook])
    await expectTold('post', one, [hook], { name: 'a' })
    await expectTold('post', `${one}/rotate_secret`, [hook])
    await expectTold('get', `${one}/deliveries`, [hook])
    await expectTold('delete', one, [hook])

    const { id: child } = await expectTold('post', '/v1/keys', [], { n: 1, scopes: ['jobs:read'] })
    const { id: rotated } = await expectTold('post', '/v1/keys/{key}/rotate', [child], {
      overlap_s: 0,
    })
    await expectTold('delete', '/v1/keys/{key}', [rotated])

    const { id: tenant } = await expectTold('post', '/admin/tenants', [], {
      name: 'a',
      balance_usd: 1,
    })
    const admin = '/admin/tenants/{id}'
    await expectTold('patch', admin, [tenant], { status: 'active' })
    const { id: its } = await expectTold('post', `${admin}/keys`, [tenant], { name: 'a' })
    await expectTold('patch', `${admin}/keys/{key}`, [tenant, its], { models: null })
    await expectTold('post', `${admin}/credit`, [tenant], { amount_usd: 1, reference: 'a' })
    for (const end of ['', '/keys', '/audit', '/ledger', '/usage'])
      await expectTold('get', admin + end, [tenant])
    await expectTold('delete', `${admin}/keys/{key}`, [tenant, its])
    await expectTold('delete', admin, [tenant])
  })
})
