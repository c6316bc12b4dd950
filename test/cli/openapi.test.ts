import SwaggerParser from '@apidevtools/swagger-parser'
import { afterAll, beforeAll, describe, it } from 'vitest'
import * as z from 'zod'
import { ask, openAccount } from '../conformance/client.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { ADMIN_KEY } from '../support/worker.ts'

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

const IMAGES = '/v1/images/generations'
const small = { model: 'sketch-1', prompt: 'a pier', size: '64x64' }
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
      const isAdmin = get.security.some((it) => 'admin' in it)
      const url = `${gateway.url}${path}${path.endsWith('/search') ? '?search=sketch' : ''}`
      const { status, json } = await ask(url, { key: isAdmin ? ADMIN_KEY : key })
      expect(status, path).toBe(200)
      expect(answersOf(path, 'get', 200).safeParse(json).error, path).toBeUndefined()
      seen.push(path)
    }
    expect(seen).toEqual(expect.arrayContaining(['/v1/jobs', '/api/ai/queue', '/admin/tenants']))
  })
})
