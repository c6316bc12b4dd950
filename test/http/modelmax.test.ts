import { reset } from 'cloudflare:test'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { account, ask, call, type Account, type Answer } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'
import { ModelmaxError, ModelmaxImages } from '../support/dialect-answers.ts'
import { requestOf } from './staged.ts'

const PATH = '/modelmax/v1/images/generations'
const LAKE = 'A watercolor painting of a mountain lake'

let me: Account
beforeAll(async () => {
  me = await account()
})
afterAll(reset)

const post = (body: object, key = me.key): Promise<Answer> => ask(PATH, { key, body })
const small = { model: 'sketch-1', prompt: 'a mill', size: '64x64' }

describe('an image of ModelMax', () => {
  it('is a link, as the vendor’s own example has it', async ({ expect }) => {
    const { status, json } = await post({
      model: 'imagen-3',
      prompt: LAKE,
      n: 1,
      size: '1024x1024',
    })
    expect(status).toBe(200)
    expect(ModelmaxImages.safeParse(json).error).toBeUndefined()
    expect(json.usage).toEqual({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })
    expect(Object.keys(json.data[0])).toEqual(['url'])
    const { pathname, search } = new URL(json.data[0].url)
    const image = await call(pathname + search)
    expect(image.headers.get('content-type')).toMatch(/^image\//)
    await image.body?.cancel()
    expect(Math.abs(json.created - Date.now() / 1000)).toBeLessThan(600)
  })

  it('is base64 when asked for', async ({ expect }) => {
    const { json } = await post({ ...small, response_format: 'b64_json' })
    expect(ModelmaxImages.safeParse(json).error).toBeUndefined()
    expect(Object.keys(json.data[0])).toEqual(['b64_json'])
    expect(Uint8Array.fromBase64(json.data[0].b64_json).subarray(1, 4)).toEqual(
      new TextEncoder().encode('PNG'),
    )
  })

  it('is only a link for names whose clients expect base64 elsewhere', async ({ expect }) => {
    const { json } = await post({ model: 'gpt-image-2', prompt: 'a mill' })
    expect(Object.keys(json.data[0])).toEqual(['url'])
  })

  it('comes as often as asked', async ({ expect }) => {
    expect((await post({ ...small, n: 2 })).json.data).toHaveLength(2)
  })

  it('is not streamed', async ({ expect }) => {
    const { json } = await post({ ...small, stream: true, partial_images: 2 })
    expect(ModelmaxImages.safeParse(json).error).toBeUndefined()
  })

  it.for<[string, object, object, number]>([
    ['standard', { quality: 'standard' }, { quality: 'standard' }, 1],
    ['hd and vivid', { quality: 'hd', style: 'vivid' }, { quality: 'hd', style: 'vivid' }, 2],
    ['words of nobody', { quality: 'ultra', style: 'noir' }, { quality: 'ultra' }, 2],
    ['auto', { quality: 'auto', style: null }, { quality: 'auto', style: null }, 0],
  ])(
    'is drawn whatever quality and style say, with a warning: %s',
    async ([, body, asked, warnings], { expect }) => {
      const { status, headers } = await post({ ...small, ...body })
      expect([status, headers.get('x-darkroom-warnings')]).toEqual([200, String(warnings)])
      expect(await requestOf(headers.get('x-darkroom-job')!)).toMatchObject(asked)
    },
  )
})

describe('an error of ModelMax', () => {
  it.for<[string, object, string]>([
    ['no model', { model: undefined }, 'model'],
    ['no prompt', { prompt: undefined }, 'prompt'],
    ['a model of chats', { model: 'gpt-4o' }, 'image'],
    ['no image', { n: 0 }, "'n'"],
    ['half an image', { n: 1.5 }, "'n'"],
    ['a size that is none', { size: 'big' }, 'size'],
    ['a form that is none', { response_format: 'png' }, 'response_format'],
    ['a style that is a number', { style: 7 }, 'style'],
  ])('is a bad request that says what is wrong: %s', async ([, body, word], { expect }) => {
    resetCounts()
    const { status, json } = await post({ ...small, ...body })
    expect([status, json.error.type]).toEqual([400, 'bad_request'])
    expect(ModelmaxError.safeParse(json).error).toBeUndefined()
    expect(json.error.message).toContain(word)
    expect(counts()).toMatchObject({ objectCalls: [], upstream: [] })
  })

  it('is 401 for a key that is missing, empty or none', async ({ expect }) => {
    for (const authorization of [undefined, 'Bearer ', 'Bearer sk-none']) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
      const { status, json } = await ask(PATH, { body: small, headers })
      expect([status, json.error.type]).toEqual([401, 'unauthorized'])
      expect(ModelmaxError.safeParse(json).error).toBeUndefined()
    }
  })

  it('is 402 for an empty balance, and nothing is drawn or charged', async ({ expect }) => {
    const poor = await account({ balance_usd: 0 })
    const { status, json } = await post({ ...small, model: 'sketch-priced' }, poor.key)
    expect([status, json.error.type]).toEqual([402, 'insufficient_balance'])
    expect(ModelmaxError.safeParse(json).error).toBeUndefined()
    expect((await ask('/v1/jobs', { key: poor.key })).json.data).toEqual([])
    const balance = await ask('/v1/balance', { key: poor.key })
    expect(balance.json).toEqual({ balance_usd: 0, reserved_usd: 0 })
  })

  it.for<[string, string, number]>([
    ['GET', '/modelmax/v1/nothing', 404],
    ['GET', '/modelmax/images/generations', 404],
    ['GET', PATH, 405],
  ])('has its shape at %s %s', async ([method, path, status], { expect }) => {
    const answer = await ask(path, { key: me.key, method })
    expect(answer.status).toBe(status)
    expect(ModelmaxError.safeParse(answer.json).error).toBeUndefined()
  })
})

describe('the balance', () => {
  it('is a number of USD, or null without a limit', async ({ expect }) => {
    const rich = await account({ balance_usd: 12.34 })
    const path = '/modelmax/v1/config'
    expect((await ask(path, { key: rich.key })).json).toEqual({ balance: 12.34 })
    expect((await ask(path, { key: me.key })).json).toEqual({ balance: null })
  })
})
