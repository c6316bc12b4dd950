import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { PNG, pngOf } from '../images/samples.ts'
import { account, ask, call, type Account, type Answer } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'
import { MessageResponse, ToolResponse } from './response-body.ts'
import { requestOf, stagedOf } from './staged.ts'

let me: Account
beforeAll(async () => {
  me = await account()
})
afterAll(reset)

const SMALL = { provider_options: { image: { width: 128, height: 128 } } }
const TOOLS = { tools: [{ type: 'image_generation', size: '128x128' }] }

const respond = (body: Record<string, unknown>, key = me.key): Promise<Answer> =>
  ask('/v1/responses', { key, body: { model: 'sketch-1', input: 'a red cube', ...body } })

const read = (path: string, key = me.key, method = 'GET'): Promise<Answer> =>
  ask(`/v1/responses/${path}`, { key, method })

const jobOf = ({ headers }: Answer): string => headers.get('x-darkroom-job')!
const decode = (base64: string) => Uint8Array.fromBase64(base64)
const dataUrl = (bytes: Uint8Array) => `data:image/png;base64,${bytes.toBase64()}`
const signature = (bytes: Uint8Array) => bytes.slice(0, 4).toHex()

describe('a response of Modular MAX', () => {
  it('holds the image in the first part of its message', async ({ expect }) => {
    const { status, json, headers } = await respond(SMALL)
    expect(status).toBe(200)
    expect(MessageResponse.safeParse(json).error).toBeUndefined()
    expect(json).toMatchObject({ status: 'completed', model: 'sketch-1', error: null, usage: null })
    const part = json.output[0].content[0]
    expect(part).toMatchObject({ type: 'output_image', format: 'png', width: 128, height: 128 })
    expect(signature(decode(part.image_data))).toBe('89504e47')
    expect(headers.get('x-request-id')).toMatch(/^req_/)
    const linked = await call(part.image_url)
    expect((await linked.bytes()).toBase64()).toBe(part.image_data)
    const content = await call(`/v1/images/${jobOf({ headers, json, status })}.0/content`, {
      key: me.key,
    })
    expect([content.status, (await content.bytes()).toBase64()]).toEqual([200, part.image_data])
  })

  it('holds several images in one message, each in the format that was asked for', async ({
    expect,
  }) => {
    const image = { ...SMALL.provider_options.image, num_images: 3, output_format: 'jpeg' }
    const { json } = await respond({ provider_options: { image } })
    expect(json.output).toHaveLength(1)
    const parts = json.output[0].content as { image_data: string; format: string }[]
    expect(parts.map(({ format }) => format)).toEqual(['jpeg', 'jpeg', 'jpeg'])
    for (const part of parts) expect(signature(decode(part.image_data))).toBe('ffd8ffe0')
    expect(new Set(parts.map((part) => part.image_data)).size).toBe(3)
  })

  it('holds links alone where that is asked for', async ({ expect }) => {
    const image = { ...SMALL.provider_options.image, response_format: 'url' }
    const { json } = await respond({ provider_options: { image } })
    expect(MessageResponse.safeParse(json).error).toBeUndefined()
    const [part] = json.output[0].content
    expect(part).not.toHaveProperty('image_data')
    expect((await call(part.image_url)).status).toBe(200)
    const again = await read(json.id)
    expect(again.json).toEqual(json)
  })

  it('edits an image that came with it, byte for byte', async ({ expect }) => {
    const large = pngOf(5_000_000)
    for (const bytes of [PNG, large]) {
      const content = [
        { type: 'input_image', image_url: dataUrl(bytes) },
        { type: 'input_text', text: 'as a watercolour' },
      ]
      const answer = await respond({ input: [{ role: 'user', content }], ...SMALL })
      expect(answer.status).toBe(200)
      const { operation, inputs, prompt } = await requestOf(jobOf(answer))
      expect([operation, prompt, inputs.length]).toEqual(['edit', 'as a watercolour', 1])
      const staged = await stagedOf(me.tenant)
      const [input] = inputs
      const isSame = 'r2' in input! && staged.get(input.r2)!.toBase64() === bytes.toBase64()
      expect(isSame).toBe(true)
    }
  })

  it.for([SMALL, { tools: [{ type: 'image_generation', size: '128x128' }] }])(
    'tells what it cost, in any form: %j',
    async (form, { expect }) => {
      const { json } = await respond({ ...form, model: 'sketch-priced', seed: 5 })
      const meta = { usage: { credits_used: 80_000, usd_spent: 0.04 } }
      expect(json.meta).toEqual(meta)
      expect((await read(json.id)).json).toEqual(json)
      const reused = await respond({ ...form, model: 'sketch-priced', seed: 5 })
      expect(reused.json).toMatchObject({
        id: json.id,
        meta: { usage: { credits_used: 0, usd_spent: 0 } },
      })
    },
  )

  it('tells again what was asked', async ({ expect }) => {
    const asked = {
      metadata: { order: '7' },
      temperature: 0.5,
      user: 'ada',
      store: false,
      instructions: 'x',
    }
    const { json } = await respond({ ...SMALL, ...asked })
    expect(json).toMatchObject(asked)
    expect((await ask(`/v1/jobs/${json.id}`, { key: me.key })).json.metadata).toEqual({
      order: '7',
    })
  })
})

describe('a response of the image tool', () => {
  it('holds an image in each item', async ({ expect }) => {
    const { status, json } = await respond({ ...TOOLS, n: 2, model: 'sketch-1' })
    expect(status).toBe(200)
    expect(ToolResponse.safeParse(json).error).toBeUndefined()
    expect(json.output).toHaveLength(2)
    for (const item of json.output) {
      expect(item).toMatchObject({ action: 'generate', size: '128x128', output_format: 'png' })
      expect(signature(decode(item.result))).toBe('89504e47')
    }
    expect((await read(json.id)).json).toEqual(json)
  })

  it('may be drawn by a model that the tool names', async ({ expect }) => {
    const tools = [{ type: 'image_generation', model: 'sketch-1', size: '128x128' }]
    const answer = await respond({ model: 'gpt-5.4', tools })
    expect(answer.json).toMatchObject({ model: 'gpt-5.4', tools })
    expect(answer.headers.get('x-darkroom-model')).toBe('sketch-1')
  })
})

const image = (fields: object) => ({ provider_options: { image: fields } })
const pictured = (image_url: string) => ({
  input: [
    {
      role: 'user',
      content: [
        { type: 'input_image', image_url },
        { type: 'input_text', text: 'x' },
      ],
    },
  ],
})
const tool = (fields: object) => ({
  tools: [{ type: 'x' }, { type: 'image_generation', ...fields }],
})

describe('a response that cannot be given', () => {
  it.for<[Record<string, unknown>, number, string, string | null]>([
    [{ model: 'sketch-unknown' }, 404, 'model_not_found', 'model'],
    [{ input: [] }, 400, 'empty_array', 'input'],
    [
      { provider_options: { image: { width: 513, height: 512 } } },
      400,
      'invalid_value',
      'provider_options.image.width',
    ],
    [
      { provider_options: { image: { foo: 1 } } },
      400,
      'unknown_parameter',
      'provider_options.image',
    ],
    [{ conversation: 'c' }, 400, 'unsupported_parameter', 'conversation'],
    [
      { previous_response_id: 'resp_1' },
      404,
      'previous_response_not_found',
      'previous_response_id',
    ],
    [{ model: 'sketch-moderated', ...SMALL }, 400, 'moderation_blocked', null],
    [{ model: 'sketch-quota', ...SMALL }, 429, 'insufficient_quota', null],
    [{ model: 'sketch-502', ...SMALL }, 502, 'upstream_failed', null],
  ])('is an error in the envelope: %j', async ([body, status, code, param], { expect }) => {
    const answer = await respond(body)
    expect([answer.status, answer.json]).toEqual([
      status,
      { error: { message: expect.any(String), type: expect.any(String), code, param } },
    ])
    if (code === 'insufficient_quota') expect(answer.headers.get('x-should-retry')).toBe('false')
  })

  it.for<[string, Record<string, unknown>]>([
    ['provider_options.image.width', image({ width: 16_384, height: 16_384 })],
    ['provider_options.image.height', image({ width: 512 })],
    ['provider_options.image.width', { ...tool({}), ...image({ height: 512 }) }],
    ['tools.1.size', tool({ size: '16384x16384' })],
    ['tools.1.size', { ...tool({ size: '256x256' }), ...image({ width: 128, height: 256 }) }],
    ['tools.1.aspect_ratio', tool({ aspect_ratio: 'wide' })],
    ['input', { input: 'x'.repeat(40_000) }],
    ['input', tool({ input_image_mask: { image_url: dataUrl(PNG) } })],
    [
      'provider_options.image.strength',
      { ...image({ strength: 0.5 }), gateway: { params: 'strict' } },
    ],
    [
      'provider_options.max.target_endpoint',
      { provider_options: { max: { target_endpoint: 'a' } }, gateway: { params: 'strict' } },
    ],
    ['input.0.content.0.image_url', pictured('http://10.0.0.1/a.png')],
    ['input.0.content.0.image_url', pictured('ftp://images.example.com/a.png')],
    ['tools.1.complexity', { ...tool({ complexity: 'low' }), gateway: { params: 'strict' } }],
  ])('names what its caller wrote: %s', async ([param, body], { expect }) => {
    resetCounts()
    const { status, json } = await respond({ model: 'sketch-1', ...body })
    expect([status, json.error.param]).toEqual([400, param])
    expect(counts().objectCalls).not.toContain('JOBS.create')
    expect(counts().upstream).toEqual([])
    expect(json.error.message).not.toMatch(/^Invalid '(size|image|prompt|width|height|mask)'/)
  })

  it('counts an image once that is named twice', async ({ expect }) => {
    const first = await respond({ model: 'sketch-1', ...TOOLS, n: 10 })
    const items = first.json.output.map(({ id }: { id: string }) => ({
      type: 'item_reference',
      id,
    }))
    const body = {
      model: 'sketch-1',
      input: [...items, { role: 'user', content: 'x' }],
      previous_response_id: first.json.id,
      gateway: { dry_run: true },
    }
    expect((await respond(body)).status).toBe(200)
  })

  it.for(['[]', 'null', '{', '"x"'])('has a body that is none: %s', async (body, { expect }) => {
    const answer = await ask('/v1/responses', { key: me.key, body })
    expect([answer.status, answer.json.error.param]).toEqual([400, null])
  })

  it('leaves nothing behind that came with it', async ({ expect }) => {
    const { key, tenant } = await account()
    const content = [
      { type: 'input_text', text: 'x' },
      { type: 'input_image', image_url: dataUrl(PNG) },
    ]
    const input = [{ role: 'user', content }]
    expect((await respond({ input, n: 99 }, key)).status).toBe(400)
    const first = await respond(SMALL, key)
    const { id } = first.json
    const unknown = await respond({ input, model: 'nobody', previous_response_id: id }, key)
    expect(unknown.status).toBe(404)
    expect([...(await stagedOf(tenant)).keys()]).toEqual([])
  })

  it.for([
    ['GET', '/v1/responses/', 405],
    ['POST', '/v1/responses/', 415],
    ['GET', '/v1/responses', 405],
    ['PATCH', '/v1/responses/resp_1', 405],
    ['GET', '/v1/responses/resp_1', 404],
    ['GET', '/v1/responses/resp_1/input_items', 404],
    ['POST', '/v1/responses/resp_1/cancel', 404],
    ['DELETE', '/v1/responses/resp_1', 404],
  ] as const)('by path: %s %s is %i', async ([method, path, status], { expect }) => {
    const answer = await ask(path, { key: me.key, method })
    expect([answer.status, answer.json.error.type]).toEqual([status, 'invalid_request_error'])
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('an answer that is put back by its id', () => {
  it('is asked for once however often it is named, and no more than 16 images are', async ({
    expect,
  }) => {
    const asked = vi.spyOn(env.JOBS, 'getByName')
    const putBack = async (ids: string[]) => {
      asked.mockClear()
      const input = [...ids.map((id) => ({ id })), { role: 'user', content: 'in blue' }]
      const answer = await respond({ ...TOOLS, input, gateway: { dry_run: true } })
      return { ...answer, calls: asked.mock.calls.length }
    }
    const first = await respond({ ...TOOLS, n: 2 })
    const [a, b] = first.json.output.map(({ id }: { id: string }) => id)
    const often = await putBack(Array.from({ length: 1000 }, (_, i) => (i % 2 ? a : b)))
    expect([often.status, often.calls]).toEqual([200, 1])
    const others = await Promise.all(Array.from({ length: 15 }, () => respond(TOOLS)))
    const ids = [a, ...others.map(({ json }) => json.output[0].id)]
    expect(await putBack(ids)).toMatchObject({ status: 200, calls: 16 })
    const tooMany = await putBack([...ids, a, b])
    expect([tooMany.status, tooMany.json.error.param, tooMany.calls]).toEqual([
      400,
      'input.17.id',
      16,
    ])
    asked.mockRestore()
  })
})
