import OpenAI from 'openai'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { newKey } from '../../src/tenants/key.ts'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { listCharges, listJobs, openAccount, readBalance } from './client.ts'
import { ErrorResponse } from './schemas.ts'

const MODELS = JSON.stringify({
  'sketch-1': { price: [{ unit: 'image', usd: 0.04 }] },
  'sketch-unpriced': { base: 'sketch-1', price: null },
})
const PROMPT = 'a lighthouse'
const BODY = { model: 'sketch-1', prompt: PROMPT, size: '64x64' } as const

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ vars: { MODELS } })
})
afterAll(() => gateway.stop())

/** A stock client of a new tenant, and how many requests it has sent. */
async function newClient(balance: number | null = null) {
  const { tenant, key } = await openAccount(gateway.url, balance)
  let requests = 0
  const openai = new OpenAI({
    apiKey: key,
    baseURL: `${gateway.url}/v1`,
    fetch: (...args) => {
      requests++
      return fetch(...args)
    },
  })
  return { openai, tenant, key, requests: () => requests }
}

/** The error that a call of the client ends in. */
async function errorOf(call: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const caught: unknown = await call.then(
    () => null,
    (error: unknown) => error,
  )
  if (caught instanceof OpenAI.APIError) return caught
  throw new Error(`No error of the API: ${String(caught)}`)
}

type Call = (openai: OpenAI) => Promise<unknown>
const draw =
  (change: object, options: OpenAI.RequestOptions = {}): Call =>
  (openai) =>
    openai.images.generate({ ...BODY, ...change }, options)

// What waits comes first: tests of a block start in their order, five at a time.
describe.concurrent('an error of the upstream', () => {
  const { RateLimitError, InternalServerError } = OpenAI
  it.for<[string, kind: unknown, number, string, string, number, number]>([
    ['sketch-429', RateLimitError, 429, 'rate_limit_error', 'rate_limit_exceeded', 3, 3],
    ['sketch-quota', RateLimitError, 429, 'insufficient_quota', 'insufficient_quota', 1, 1],
    // A repeat after a 500 or 502 gets the end of the job that there is.
    ['sketch-500', InternalServerError, 500, 'server_error', 'internal_error', 3, 1],
    ['sketch-502', InternalServerError, 502, 'upstream_error', 'upstream_failed', 3, 1],
    ['sketch-503', InternalServerError, 503, 'server_error', 'no_upstream_available', 3, 3],
  ])(
    'of %s reaches the client',
    async ([model, kind, status, type, code, requests, jobs], { expect }) => {
      const client = await newClient()
      const error = await errorOf(draw({ model })(client.openai))
      expect(error.constructor).toBe(kind)
      expect(error).toMatchObject({ status, type, code, param: null })
      expect(ErrorResponse.safeParse({ error: error.error }).error).toBeUndefined()
      expect(client.requests()).toBe(requests)
      const listed = await listJobs(gateway.url, client.key)
      expect(listed.map((job) => job.status)).toEqual(Array(jobs).fill('failed'))
    },
  )

  it('that refuses a prompt is told as such and not repeated', async ({ expect }) => {
    const { openai, requests } = await newClient()
    const error = await errorOf(draw({ model: 'sketch-moderated' })(openai))
    expect(error).toBeInstanceOf(OpenAI.BadRequestError)
    expect(error).toMatchObject({ status: 400, code: 'moderation_blocked', param: null })
    expect(error.type).toBe('image_generation_user_error')
    expect(requests()).toBe(1)
  })
})

describe.concurrent('an error of the OpenAI client', () => {
  const { BadRequestError, NotFoundError, APIError } = OpenAI
  it.for<[string, Call, kind: unknown, number, string, string | null]>([
    ['a size that is none', draw({ size: '12' }), BadRequestError, 400, 'invalid_value', 'size'],
    [
      'a size beyond the model',
      draw({ size: '9000x9000' }),
      BadRequestError,
      400,
      'invalid_value',
      'size',
    ],
    ['no image at all', draw({ n: 0 }), BadRequestError, 400, 'integer_below_min_value', 'n'],
    ['too many images', draw({ n: 11 }), BadRequestError, 400, 'integer_above_max_value', 'n'],
    ['a number as text', draw({ n: '2' }), BadRequestError, 400, 'invalid_type', 'n'],
    [
      'no prompt',
      draw({ prompt: undefined }),
      BadRequestError,
      400,
      'missing_required_parameter',
      'prompt',
    ],
    [
      'an empty prompt',
      draw({ prompt: '' }),
      BadRequestError,
      400,
      'string_below_min_length',
      'prompt',
    ],
    [
      'a long prompt',
      draw({ prompt: 'x'.repeat(32_001) }),
      BadRequestError,
      400,
      'string_above_max_length',
      'prompt',
    ],
    [
      'an unknown model',
      draw({ model: 'sketch-9' }),
      NotFoundError,
      404,
      'model_not_found',
      'model',
    ],
    [
      'an unknown model to show',
      (openai) => openai.models.retrieve('no/such'),
      NotFoundError,
      404,
      'model_not_found',
      'model',
    ],
    ['an unknown route', (openai) => openai.get('/nothing'), NotFoundError, 404, 'not_found', null],
    [
      'another method',
      (openai) => openai.get('/images/generations'),
      APIError,
      405,
      'method_not_supported',
      null,
    ],
    [
      'text instead of JSON',
      draw({}, { headers: { 'content-type': 'text/plain' } }),
      APIError,
      415,
      'unsupported_media_type',
      null,
    ],
    [
      'a body with more than 2 MiB of text',
      draw({ prompt: 'x'.repeat(2 ** 21) }),
      APIError,
      413,
      'body_too_large',
      null,
    ],
  ])('names what is wrong with %s', async ([, call, kind, status, code, param], { expect }) => {
    const { openai, key, requests } = await newClient()
    const error = await errorOf(call(openai))
    expect(error.constructor).toBe(kind)
    expect(error).toMatchObject({ status, code, param, type: 'invalid_request_error' })
    expect(error.requestID).toMatch(/^req_\w{32}$/)
    expect(ErrorResponse.safeParse({ error: error.error }).error).toBeUndefined()
    expect(requests()).toBe(1)
    expect(await listJobs(gateway.url, key)).toEqual([])
  })

  it('says that a key is none, altered or unknown', async ({ expect }) => {
    const { openai, key } = await newClient()
    const altered = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')
    const unknown = await newKey('0123456789', true)
    for (const apiKey of ['no-key', altered, unknown.text]) {
      const error = await errorOf(openai.withOptions({ apiKey }).images.generate(BODY))
      expect(error).toBeInstanceOf(OpenAI.AuthenticationError)
      expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', param: null })
      expect(error.type).toBe('invalid_request_error')
      expect(ErrorResponse.safeParse({ error: error.error }).error).toBeUndefined()
    }
  })

  it('is 402 before anything is drawn when the balance is too small', async ({ expect }) => {
    const { openai, tenant, key, requests } = await newClient(0)
    const error = await errorOf(openai.images.generate(BODY))
    expect(error.constructor).toBe(OpenAI.APIError)
    expect(error).toMatchObject({ status: 402, code: 'insufficient_balance', param: null })
    expect(error.type).toBe('insufficient_balance')
    expect(error.message).toContain('$0.04')
    expect(requests()).toBe(1)
    expect(await listJobs(gateway.url, key)).toEqual([])
    expect(await listCharges(gateway.url, tenant)).toEqual([])
    expect(await readBalance(gateway.url, key)).toEqual({ balance_usd: 0, reserved_usd: 0 })
  })

  it('is 403 when a tenant with a balance asks for a model without a price', async ({ expect }) => {
    const { openai } = await newClient(1)
    const error = await errorOf(draw({ model: 'sketch-unpriced' })(openai))
    expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError)
    expect(error).toMatchObject({ status: 403, code: 'permission_denied', param: 'model' })
  })

  it('is 422 when an idempotency key comes with another body', async ({ expect }) => {
    const { openai } = await newClient()
    const options = { headers: { 'Idempotency-Key': 'once' } }
    await draw({}, options)(openai)
    const error = await errorOf(draw({ prompt: 'a windmill' }, options)(openai))
    expect(error).toBeInstanceOf(OpenAI.UnprocessableEntityError)
    expect(error).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
    expect(error.type).toBe('idempotency_error')
  })
})

describe('the schema of OpenAI', () => {
  it('refuses what is no error', ({ expect }) => {
    const error = { message: '', type: '', param: null }
    const wrong = [{}, { error: {} }, { error }, { error: { ...error, code: 1 } }]
    expect(wrong.filter((body) => ErrorResponse.safeParse(body).success)).toEqual([])
  })
})
