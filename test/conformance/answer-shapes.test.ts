import { describe, it } from 'vitest'
import { faultOf, watchEvents } from '../support/answer-shapes.ts'

const answer = (json: unknown, status = 200): Response =>
  new Response(JSON.stringify(json), { status, headers: { 'content-type': 'application/json' } })

const at = (path: string): string => `http://127.0.0.1${path}`

const faultAt = (method: string, path: string, json: unknown) =>
  faultOf(method, at(path), answer(json))

describe('the shapes that every answer of the tests is held against', () => {
  it.for([
    ['/v1/images/generations', { created: 1, data: [{ url: 7 }] }],
    ['/v1/images/edits', { data: [] }],
    ['/v1/models', { object: 'list', data: [{ id: 'a' }] }],
    ['/v1/models/a/b', { id: 'a/b', object: 'model' }],
    ['/v1/jobs', { object: 'list', data: [{}], has_more: false, last_id: null }],
    ['/v1/jobs/job_a', { id: 'job_a', object: 'image.job' }],
    ['/v1/responses', { id: 'resp_a', object: 'response', output: [] }],
    ['/v1/responses/resp_a', { id: 'resp_a', output: [{ type: 'message' }] }],
    ['/v1/responses/resp_a/input_items', { object: 'list', data: [{}] }],
    ['/modelmax/v1/images/generations', { created: 1, data: [{ url: 'https://a.b/c' }] }],
    ['/aiml/v1/images/generations', { data: [], images: [] }],
    ['/aiml/v1/models', { object: 'list', data: [{}] }],
    ['/api/ai/images/generate', { model: 'a', images: [] }],
    ['/api/ai/images/generate/', { model: 'a', images: [] }],
    ['/api/ai/queue', { count: 1, generations: [{}] }],
    ['/api/ai/queue', { generations: [{ generation_id: 'a' }] }],
    ['/api/ai/queue/a', { status: 'success' }],
    ['/api/ai/queue/a', { model_name: 'a' }],
    ['/api/ai/models', { object: 'list', data: [{}] }],
    ['/api/ai/models/search', { object: 'list' }],
    ['/api/ai/models/a', { id: 'a' }],
    ['/modelmax/v1/config', { balance: '1' }],
  ] as const)('refuse a success at %s that lacks something', async ([path, json], { expect }) => {
    expect(await faultOf('POST', at(path), answer(json))).toContain('out of shape')
  })

  it.for(['/v1/images/generations', '/modelmax/v1/x', '/aiml/v1/x', '/api/ai/x', '/admin/tenants'])(
    'refuse an error at %s without a message',
    async (path, { expect }) => {
      const wrong = answer({ error: { type: 'server_error', param: null, code: null } }, 500)
      expect(await faultOf('POST', at(path), wrong)).toContain('out of shape')
    },
  )

  it('refuse a success that the OpenAPI document does not know, and what it says otherwise', async ({
    expect,
  }) => {
    expect(await faultAt('GET', '/v1/nothing', {})).toContain('not described')
    expect(await faultAt('PATCH', '/v1/balance', {})).toContain('not described')
    expect(await faultAt('GET', '/v1/balance', { balance_usd: '1' })).toContain('out of shape')
    const balance = { balance_usd: null, reserved_usd: 0 }
    expect(await faultAt('GET', '/v1/balance', balance)).toBeNull()
  })

  it('refuse a wrong image in a large answer', async ({ expect }) => {
    const json = { created: 1, data: [{ b64_json: 'A'.repeat(1_000_000) }, { b64_json: 7 }] }
    expect(await faultOf('POST', at('/v1/images/generations'), answer(json))).toContain('b64_json')
  })

  const part = { type: 'output_image', format: 'png', width: 1, height: 1 }
  const inPart = { item_id: 'a', output_index: 0, content_index: 0, sequence_number: 1 }
  it.for<[string, object]>([
    ['/v1/responses', { type: 'x' }],
    ['/v1/responses', { type: 'response.content_part.done', ...inPart, part }],
    ['/v1/responses', { type: 'error', code: null, message: 'm', param: null, sequence_number: 1 }],
    ['/v1/images/generations', { type: 'error', error: { message: 'm' } }],
    ['/v1/jobs/job_a/events', { type: 'partial', job: 'job_a', at: 1 }],
    ['/watch/a/b', { type: 'queued' }],
    ['/api/events', { type: 'x' }],
  ])('refuse an event of %s that nobody knows: %j', async ([path, event], { expect }) => {
    const faults: string[] = []
    const sent = new Response(`event: x\ndata: ${JSON.stringify(event)}\n\n`, {
      headers: { 'content-type': 'text/event-stream' },
    })
    const watch = watchEvents(at(path), sent, (fault) => faults.push(fault))!
    await new Response(sent.body!.pipeThrough(watch)).text()
    expect(faults).toHaveLength(1)
  })
})
