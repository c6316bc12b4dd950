import { reset } from 'cloudflare:test'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { sniff } from '../../src/images/sniff.ts'
import { JPEG, PNG } from '../images/samples.ts'
import { account, ask, call, type Account, type Answer } from '../support/client.ts'
import { AimlError, AimlImages } from '../support/dialect-answers.ts'
import { formOf, formType } from './form.ts'
import { requestOf } from './staged.ts'

const MAX = 'flux/kontext-max/text-to-image'
const MAX_EDIT = 'flux/kontext-max/image-to-image'
const T_REX = 'A T-Rex relaxing on a beach, lying on a sun lounger and wearing sunglasses.'
const URL_A = 'https://images.example.com/a.png'
const PATH = '/aiml/v1/images/generations'

let me: Account
beforeAll(async () => {
  me = await account()
})
afterAll(reset)

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(path, { key: me.key, body, headers })

/** What would be done, without doing it. */
const plan = (path: string, body: object) =>
  post(path, { model: MAX, prompt: 'a T-rex', gateway: { dry_run: true }, ...body })

async function read(link: string): Promise<Uint8Array> {
  const { pathname, search } = new URL(link)
  const answer = await call(pathname + search)
  return new Uint8Array(await answer.arrayBuffer())
}

const dataUrl = `data:image/png;base64,${PNG.toBase64()}`

describe('the vendor’s own example', () => {
  it('is answered in both spellings, with the size that the vendor shows', async ({ expect }) => {
    const answer = await post(PATH, { prompt: T_REX, model: MAX, aspect_ratio: '21:9' })
    expect(answer.status).toBe(200)
    expect(AimlImages.safeParse(answer.json).error).toBeUndefined()
    const { images, data, prompt, has_nsfw_concepts } = answer.json
    expect(images).toMatchObject([{ width: 1568, height: 672, content_type: 'image/jpeg' }])
    expect(data[0].url).toBe(images[0].url)
    expect([prompt, has_nsfw_concepts]).toEqual([T_REX, [false]])
    expect(sniff(await read(data[0].url))).toEqual({
      type: 'image/jpeg',
      width: 1568,
      height: 672,
    })
  })

  it('works at the main path too, and as PNG', async ({ expect }) => {
    const { json } = await post('/v1/images/generations', {
      prompt: T_REX,
      model: MAX,
      aspect_ratio: '21:9',
      output_format: 'png',
    })
    expect(json.data).toMatchObject([{ width: 1568, height: 672, content_type: 'image/png' }])
    const drawn = { type: 'image/png', width: 1568, height: 672 }
    expect(sniff(await read(json.data[0].url))).toEqual(drawn)
    expect(json.meta.usage).toEqual({ credits_used: 0, usd_spent: 0 })
  })

  it.for([
    `${PATH}/`,
    '/aiml/images/generations',
    '/aiml/images/generations/',
    '/v1/images/generations/',
  ])('may be sent to %s', async (path, { expect }) => {
    const { status, json } = await post(path, { model: 'sketch-1', prompt: T_REX, size: '64x64' })
    expect([status, typeof json.data[0].url]).toEqual([200, 'string'])
  })
})

describe('an image of AI/ML API', () => {
  it('has the size, format and number that were asked for', async ({ expect }) => {
    const { json } = await post(PATH, {
      model: 'sketch-1',
      prompt: 'a cube',
      size: '96x64',
      num_images: 4,
      output_format: 'jpeg',
      seed: 7,
    })
    const { images, data, seed, has_nsfw_concepts } = json
    expect(images).toHaveLength(4)
    expect(data.map(({ url }: { url: string }) => url)).toEqual(
      images.map(({ url }: { url: string }) => url),
    )
    expect(new Set(images.map(({ url }: { url: string }) => url)).size).toBe(4)
    expect(images[3]).toMatchObject({ width: 96, height: 64, content_type: 'image/jpeg' })
    expect([seed, has_nsfw_concepts]).toEqual([7, [false, false, false, false]])
  })

  it('comes as base64 when asked for, and its link beside it', async ({ expect }) => {
    const { json } = await post(PATH, {
      model: 'sketch-1',
      prompt: 'a mill',
      size: '64x64',
      response_format: 'b64_json',
    })
    expect(AimlImages.safeParse(json).error).toBeUndefined()
    const bytes = Uint8Array.fromBase64(json.data[0].b64_json)
    expect(await read(json.images[0].url)).toEqual(bytes)
  })

  it('costs what the answer and its headers say, and nothing when it is reused', async ({
    expect,
  }) => {
    const body = { model: 'sketch-priced', prompt: 'a mill', size: '64x64', seed: 3 }
    const [first, second] = [await post(PATH, body), await post(PATH, body)]
    expect(first.json.meta.usage).toEqual({ credits_used: 80_000, usd_spent: 0.04 })
    expect(first.headers.get('x-aimlapi-credits-used')).toBe('80000')
    expect(first.headers.get('x-aimlapi-usd-spent')).toBe('0.04')
    expect(first.headers.get('x-inference-id')).toBe(first.headers.get('x-darkroom-job'))
    expect(second.json.meta.usage).toEqual({ credits_used: 0, usd_spent: 0 })
    expect(second.headers.get('x-darkroom-cache')).toBe('hit')
    expect(second.json.images).toEqual(first.json.images)
  })

  it('of a failed job has an inference id, too', async ({ expect }) => {
    const { status, headers, json } = await post(PATH, { model: 'sketch-moderated', prompt: 'a' })
    expect(status).toBe(400)
    expect(headers.get('x-inference-id')).toMatch(/^job_/)
    expect(json.message).not.toContain('validation')
  })
})

describe('reference images', () => {
  it('give an image of the size that the vendor shows', async ({ expect }) => {
    const { json } = await post(PATH, { model: MAX_EDIT, prompt: 'a crown', image_url: dataUrl })
    expect(json.images).toMatchObject([{ width: 1184, height: 880, content_type: 'image/jpeg' }])
  })

  it('sent to the model for prompts go to the one for images', async ({ expect }) => {
    for (const family of ['max', 'pro']) {
      const model = `flux/kontext-${family}/text-to-image`
      const { json } = await plan(PATH, { model, image_url: URL_A })
      expect(json.model).toBe(`flux/kontext-${family}/image-to-image`)
    }
    expect((await plan(PATH, {})).json.model).toBe(MAX)
  })

  it('may be files at /images/edits, with a mask', async ({ expect }) => {
    const parts = [
      { name: 'model', value: 'sketch-1' },
      { name: 'prompt', value: 'a mill' },
      { name: 'size', value: '64x64' },
      { name: 'image[]', value: PNG },
      { name: 'image[]', value: JPEG },
      { name: 'mask', value: PNG },
    ]
    for (const path of ['/aiml/v1/images/edits', '/aiml/images/edits/']) {
      const { json, headers } = await ask(path, {
        key: me.key,
        body: formOf(parts),
        headers: formType(),
      })
      expect(AimlImages.safeParse(json).error).toBeUndefined()
      const { operation, inputs, mask } = await requestOf(headers.get('x-darkroom-job')!)
      expect([operation, inputs.length, mask !== null]).toEqual(['edit', 2, true])
    }
  })
})

describe('any answer of AI/ML API', () => {
  it('has an inference id, also where no job was made', async ({ expect }) => {
    const { key } = me
    const body = { model: 'sketch-1', prompt: 'a mill', size: '64x64' }
    for (const [path, expected, options] of [
      [PATH, 401, { body: {}, key: 'dr_live_x' }],
      ['/aiml/v1/nothing', 404, {}],
      ['/aiml/v1/models/nothing', 404, { key }],
      ['/aiml/v1/models', 200, { key }],
      [`/aiml/v1/models/${MAX}`, 200, { key }],
      [PATH, 200, { key, body: { ...body, gateway: { dry_run: true } } }],
    ] as const) {
      const { status, headers } = await ask(path, options)
      expect([path, status]).toEqual([path, expected])
      expect(headers.get('x-inference-id')).toBe(headers.get('x-request-id'))
    }
    const accepted = await ask(PATH, { key, body, headers: { prefer: 'respond-async' } })
    expect(accepted.status).toBe(202)
    expect(accepted.headers.get('x-inference-id')).toBe(accepted.json.id)
  })
})

describe('an error of AI/ML API', () => {
  it('is 403 without credit, and nothing is drawn', async ({ expect }) => {
    const poor = await account({ balance_usd: 0 })
    const answer = await ask(PATH, {
      key: poor.key,
      body: { model: 'sketch-priced', prompt: 'a mill' },
    })
    expect([answer.status, answer.json.statusCode]).toEqual([403, 403])
    expect(answer.json.message).toMatch(/^You've run out of credits\./)
    expect(AimlError.safeParse(answer.json).error).toBeUndefined()
    expect((await ask('/v1/jobs', { key: poor.key })).json.data).toEqual([])
  })

  it.for<[string, string, number]>([
    ['GET', '/aiml/v1/nothing', 404],
    ['GET', '/aiml', 404],
    ['GET', PATH, 405],
    ['GET', '/aiml/v1/models/no/such', 404],
  ])('has its shape at %s %s', async ([method, path, status], { expect }) => {
    const answer = await ask(path, { key: me.key, method })
    expect([answer.status, answer.json.statusCode]).toEqual([status, status])
    expect(AimlError.safeParse(answer.json).error).toBeUndefined()
    expect(answer.json.requestId).toBe(answer.headers.get('x-request-id'))
  })
})

describe('what a client calls its request', () => {
  it.for<[string, boolean]>([
    ['order-7', true],
    ['a.b:c_D-9', true],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
    ['two words', false],
    ['ü', false],
  ])('is repeated if it is valid, and else dropped: %s', async ([id, isValid], { expect }) => {
    const header = encodeURI(id) === id || id.includes(' ') ? id : '%C3%BC'
    for (const [path, status] of [
      [PATH, 200],
      ['/v1/images/generations', 200],
      ['/aiml/v1/nothing', 404],
    ] as const) {
      const body = { model: 'sketch-1', prompt: 'a', gateway: { dry_run: true } }
      const answer = await post(path, body, { 'x-client-request-id': header })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('x-client-request-id')).toBe(isValid ? id : null)
    }
  })
})
