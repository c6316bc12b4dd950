import { listDurableObjectIds, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { account, ask, call, generate, type Account } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
const prompt = 'a red cube'

let me: Account

beforeAll(async () => {
  me = await account({ balance_usd: 1 })
  await generate(me.key, { prompt: 'warm up', size: '64x64' })
})
afterAll(reset)

const CHUNK = 65_536

function endless(count: (bytes: number) => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      count(CHUNK)
      controller.enqueue(new Uint8Array(CHUNK).fill(32))
    },
  })
}

type Case = [what: string, body: unknown, status: number, param: string | null, code: string]

const BAD: Case[] = [
  ['no prompt', {}, 400, 'prompt', 'missing_required_parameter'],
  ['an empty prompt', { prompt: '' }, 400, 'prompt', 'string_below_min_length'],
  [
    'a prompt of 32,001 characters',
    { prompt: 'x'.repeat(32_001) },
    400,
    'prompt',
    'string_above_max_length',
  ],
  ['a prompt that is a number', { prompt: 7 }, 400, 'prompt', 'invalid_type'],
  ['n: 0', { prompt, n: 0 }, 400, 'n', 'integer_below_min_value'],
  ['n: 11', { prompt, n: 11 }, 400, 'n', 'integer_above_max_value'],
  ['n: 1.5', { prompt, n: 1.5 }, 400, 'n', 'invalid_type'],
  [
    'n and num_images that differ',
    { prompt, n: 1, num_images: 2 },
    400,
    'num_images',
    'invalid_value',
  ],
  ['size: big', { prompt, size: 'big' }, 400, 'size', 'invalid_value'],
  ['size: 32x32', { prompt, size: '32x32' }, 400, 'size', 'invalid_value'],
  ['a width without a height', { prompt, width: 512 }, 400, 'height', 'invalid_value'],
  ['quality: best', { prompt, quality: 'best' }, 400, 'quality', 'invalid_value'],
  ['svg: true', { prompt, svg: true }, 400, 'svg', 'invalid_value'],
  ['output_format: svg', { prompt, output_format: 'svg' }, 400, 'output_format', 'invalid_value'],
  [
    'response_format: png',
    { prompt, response_format: 'png' },
    400,
    'response_format',
    'invalid_value',
  ],
  [
    'partial_images: 4',
    { prompt, partial_images: 4 },
    400,
    'partial_images',
    'integer_above_max_value',
  ],
  ['an unknown model', { prompt, model: 'sketch-2' }, 404, 'model', 'model_not_found'],
  [
    'an unknown gateway option',
    { prompt, gateway: { mood: 'wait' } },
    400,
    'gateway',
    'unknown_parameter',
  ],
  [
    'a bad gateway option',
    { prompt, gateway: { mode: 'later' } },
    400,
    'gateway.mode',
    'invalid_value',
  ],
  [
    'an input image at an address of nobody',
    { prompt, image_url: 'https://a.test/x.png' },
    400,
    'image_url',
    'invalid_value',
  ],
  ['an array', [], 400, null, 'invalid_type'],
  ['no JSON', '{"prompt":', 400, null, 'invalid_json'],
  ['an empty body', '', 400, null, 'invalid_json'],
  ['17 levels', { prompt, extra: deep(17) }, 400, null, 'json_too_deep'],
  [
    '2,001 values',
    { prompt, extra: Array.from({ length: 2001 }, () => 1) },
    400,
    null,
    'json_too_large',
  ],
  ['__proto__', '{"prompt":"a","x":{"__proto__":{"n":2}}}', 400, '__proto__', 'invalid_value'],
  ['not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400, null, 'invalid_json'],
  ['more than 2 MiB', { prompt, extra: 'x'.repeat(2 * 1024 * 1024) }, 413, null, 'body_too_large'],
]

describe('a request that cannot be done', () => {
  it.for(BAD)('is refused with the reason: %s', async (row, { expect }) => {
    const [, body, status, param, code] = row
    const objects = await Promise.all([
      listDurableObjectIds(env.JOBS),
      listDurableObjectIds(env.TENANTS),
    ])
    resetCounts()
    const answer = await ask('/v1/images/generations', { key: me.key, method: 'POST', body })

    expect([answer.status, answer.json.error.param, answer.json.error.code]).toEqual([
      status,
      param,
      code,
    ])
    expect(Object.keys(answer.json.error).toSorted()).toEqual(['code', 'message', 'param', 'type'])
    expect(answer.json.error.type).toBe('invalid_request_error')
    if (param) expect(answer.json.error.message).toContain(param)
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
    expect(counts()).toMatchObject({ objectCalls: [], started: [], r2: [], upstream: [] })
    const after = await Promise.all([
      listDurableObjectIds(env.JOBS),
      listDurableObjectIds(env.TENANTS),
    ])
    expect(after).toEqual(objects)
  })

  it('says what would be accepted', async ({ expect }) => {
    const n = await generate(me.key, { prompt, n: 0 })
    expect(n.json.error.message).toBe(
      "Invalid 'n': expected a whole number from 1 to 10, received 0.",
    )
    const quality = await generate(me.key, { prompt, quality: 'best' })
    expect(quality.json.error.message).toContain("'low', 'medium', 'high'")
    const metadata = { ['k'.repeat(65)]: 'v' }
    const key = await generate(me.key, { prompt, gateway: { metadata } })
    expect(key.json.error.message).toContain(
      'a key that does not fit: expected at most 64 characters',
    )
    const model = await generate(me.key, { prompt, model: 'gpt-imagine-2' })
    expect(model.json.error.message).toContain('gpt-image-2')
  })

  it('is told by its type, however long its body is', async ({ expect }) => {
    let sent = 0
    const body = endless((bytes) => (sent += bytes))
    const headers = { 'content-type': 'text/plain' }
    const answer = await call('/v1/images/generations', { key: me.key, body, headers })
    expect(answer.status).toBe(415)
    expect(sent).toBeLessThan(1024 * 1024)
  })

  it('is cut off at the cap when its length is not told', async ({ expect }) => {
    let sent = 0
    const body = endless((bytes) => (sent += bytes))
    const answer = await call('/v1/images/generations', { key: me.key, body })
    expect(answer.status).toBe(413)
    expect(sent).toBeLessThan(3 * 1024 * 1024)
  })
})

describe('a path that is not there', () => {
  it.for<[string, string, number, string]>([
    ['GET', '/v1/nothing', 404, 'not_found'],
    ['GET', '/v1/images/generations', 405, 'method_not_supported'],
    ['PUT', '/v1/jobs', 405, 'method_not_supported'],
    ['POST', '/healthz', 405, 'method_not_supported'],
  ])('%s %s is %i', async ([method, path, status, code], { expect }) => {
    const answer = await ask(path, { key: me.key, method })
    expect([answer.status, answer.json.error.code]).toEqual([status, code])
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
  })
})
