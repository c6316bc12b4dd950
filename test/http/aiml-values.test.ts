import { reset } from 'cloudflare:test'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { account, ask, type Account, type Answer } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'
import { AimlError } from '../support/dialect-answers.ts'

const MAX = 'flux/kontext-max/text-to-image'
const MAX_EDIT = 'flux/kontext-max/image-to-image'
const URL_A = 'https://images.example.com/a.png'
const PATH = '/aiml/v1/images/generations'

let me: Account
beforeAll(async () => {
  me = await account()
})
afterAll(reset)

/** What would be done, without doing it. */
const plan = (path: string, body: object): Promise<Answer> =>
  ask(path, {
    key: me.key,
    body: { model: MAX, prompt: 'a T-rex', gateway: { dry_run: true }, ...body },
  })

/** The same for images, when a job would be made if it were not refused: nothing is done for it. */
async function refused(path: string, body: object): Promise<Answer> {
  resetCounts()
  const answer = await plan(path, { ...body, gateway: {} })
  const { objectCalls, upstream } = counts()
  if (objectCalls.includes('JOBS.create') || upstream.length > 0) throw new Error('a job was made')
  return answer
}

const FAMILY = ['max', 'pro'] as const

const many = (count: number) => Array.from({ length: count }, () => URL_A)

describe('a value of kontext', () => {
  it.for<[string, object]>([
    ['1', { num_images: 1 }],
    ['4', { num_images: 4 }],
    ['the strictest', { safety_tolerance: '1' }],
    ['the loosest', { safety_tolerance: '6' }],
    ['guidance 1', { guidance_scale: 1 }],
    ['guidance 20', { guidance_scale: 20 }],
    ['seed 1', { seed: 1 }],
    ['4000 characters', { prompt: 'x'.repeat(4000) }],
    ['null', { seed: null, num_images: null, image_url: null, aspect_ratio: null }],
    ...['21:9', '16:9', '4:3', '3:2', '1:1', '2:3', '3:4', '9:16', '9:21'].map(
      (ratio): [string, object] => [ratio, { aspect_ratio: ratio }],
    ),
  ])('is taken: %s', async ([, body], { expect }) => {
    for (const model of [MAX, 'flux/kontext-pro/text-to-image'])
      for (const path of [PATH, '/v1/images/generations'])
        expect((await plan(path, { model, ...body })).status).toBe(200)
  })

  it('may be written as 2.0', async ({ expect }) => {
    const body = `{"model":"${MAX}","prompt":"a","num_images":2.0,"gateway":{"dry_run":true}}`
    expect((await ask(PATH, { key: me.key, body })).json.n).toBe(2)
  })

  it.for<[string, object, string]>([
    ['no image', { num_images: 0 }, 'num_images'],
    ['five images', { num_images: 5 }, 'num_images'],
    ['two and a half images', { num_images: 2.5 }, 'num_images'],
    ['images as text', { num_images: '2' }, 'num_images'],
    ['a seed of 0', { seed: 0 }, 'seed'],
    ['half a seed', { seed: 1.5 }, 'seed'],
    ['too little guidance', { guidance_scale: 0.5 }, 'guidance_scale'],
    ['too much guidance', { guidance_scale: 21 }, 'guidance_scale'],
    ['a tolerance of 7', { safety_tolerance: '7' }, 'safety_tolerance'],
    ['a tolerance that is a number', { safety_tolerance: 2 }, 'safety_tolerance'],
    ['gif', { output_format: 'gif' }, 'output_format'],
    ['webp', { output_format: 'webp' }, 'output_format'],
    ['bmp', { output_format: 'bmp' }, 'output_format'],
    ['a tenth ratio', { aspect_ratio: '5:4' }, 'aspect_ratio'],
    ['a ratio that is none', { aspect_ratio: 'wide' }, 'aspect_ratio'],
    ['4001 characters', { prompt: 'x'.repeat(4001) }, 'prompt'],
    ['a prompt that is a number', { prompt: 7 }, 'prompt'],
    ['a size that is none', { image_size: 'huge' }, 'image_size'],
    ['no side', { image_size: { width: 0, height: 512 } }, 'image_size'],
  ])('is refused with what was expected and received: %s', async ([, body, param], { expect }) => {
    for (const family of FAMILY) {
      const model = `flux/kontext-${family}/text-to-image`
      const { status, json } = await refused(PATH, { model, ...body })
      expect(status).toBe(400)
      expect(AimlError.safeParse(json).error).toBeUndefined()
      expect(json.message).toMatch(/^Body validation error!\n.*Expected .+received /s)
      expect(json.message).toContain(param)
      expect(json).toMatchObject({ path: PATH, statusCode: 400 })
    }
    const main = await plan('/v1/images/generations', body)
    expect([main.status, main.json.error.param.split('.')[0]]).toEqual([400, param])
  })

  it('names the nine ratios', async ({ expect }) => {
    const { json } = await plan(PATH, { aspect_ratio: '5:4' })
    expect(json.message).toContain(
      'Expected 21:9, 16:9, 4:3, 3:2, 1:1, 2:3, 3:4, 9:16 or 9:21 with flux/kontext-max/text-to-image, received 5:4.',
    )
  })

  it.for<[string, object]>([
    ['no image', {}],
    ['five images', { image_url: many(5) }],
    ['an empty list', { image_url: [] }],
    ['another scheme', { image_url: 'ftp://images.example.com/a.png' }],
    ['a text that is no URL', { image_url: 'a.png' }],
    ['a private address', { image_url: 'https://169.254.169.254/latest' }],
    ['a number', { image_url: 7 }],
  ])('image_url is refused: %s', async ([, body], { expect }) => {
    for (const family of FAMILY) {
      const model = `flux/kontext-${family}/image-to-image`
      const { status, json } = await refused(PATH, { model, ...body })
      expect([status, json.statusCode]).toEqual([400, 400])
      expect(json.message).toContain('image_url')
    }
    const main = await plan('/v1/images/generations', { model: MAX_EDIT, ...body })
    expect(main.status).toBe(400)
  })

  it.for<[string, Record<string, unknown>, string]>([
    ['steps', { model: 'flux/dev', num_inference_steps: 51 }, 'num_inference_steps'],
    ['a side', { model: 'flux/dev', image_size: { width: 32, height: 512 } }, 'image_size'],
    ['five images', { model: MAX_EDIT, image_urls: many(5) }, 'image_urls'],
    ['five images in one field', { model: MAX_EDIT, image_url: many(5) }, 'image_url'],
    ['images of a prompt', { model: 'flux/dev', image_url: URL_A }, 'image_url'],
    ['no images', { model: 'blackforestlabs/flux-2-edit' }, 'image_urls'],
    ['a number for an image', { model: MAX_EDIT, image_url: 7 }, 'image_url'],
    ['two counts', { n: 2, num_images: 3 }, 'num_images'],
    ['two sizes', { size: '512x512', image_size: 'square_hd' }, 'image_size'],
    ['a size and its ratio', { image_size: 'square_hd', aspect_ratio: '16:9' }, 'aspect_ratio'],
  ])('is refused by the name that was sent: %s', async ([, body, name], { expect }) => {
    for (const path of [PATH, '/v1/images/generations', '/modelmax/v1/images/generations']) {
      const { status, json } = await plan(path, body)
      expect(status).toBe(400)
      const message: string = json.error.message
      if (path === PATH) expect(message).toMatch(/Expected .+received |says .+ while /s)
      // Where no image was sent, its name is the API's.
      if (!('image_urls' in body) && name === 'image_urls' && path !== PATH) continue
      expect(message).toMatch(new RegExp(`\\b${name}\\b`))
      for (const ours of ['steps', 'size', 'image', 'n'])
        if (!(ours in body)) expect(message).not.toContain(`'${ours}'`)
      if (json.error.param) expect(json.error.param.split('.')[0]).toBe(name)
    }
  })

  it('is warned of by the name that was sent', async ({ expect }) => {
    const body = { model: 'flux/dev', safety_tolerance: '2', foo: 1, sync_mode: true }
    const params = async (path: string) =>
      (await plan(path, body)).json.warnings.map((one: { param: string }) => one.param)
    for (const path of [PATH, '/modelmax/v1/images/generations'])
      expect(await params(path)).toEqual(
        expect.arrayContaining(['foo', 'sync_mode', 'safety_tolerance']),
      )
    expect(await params('/v1/images/generations')).toContain('safety_tolerance')
    for (const path of [PATH, '/modelmax/v1/images/generations']) {
      const gateway = { params: 'strict', dry_run: true }
      const strict = await plan(path, { model: 'flux/dev', foo: 1, gateway })
      expect([strict.status, strict.json.error.message]).toEqual([
        400,
        expect.stringMatching(/Unsupported parameter: 'foo'|does not understand foo/),
      ])
    }
  })

  it('may be as many characters as the vendor counts', async ({ expect }) => {
    expect((await plan(PATH, { prompt: '\u{1f980}'.repeat(4000) })).status).toBe(200)
    const { json } = await plan(PATH, { prompt: '\u{1f980}'.repeat(4001) })
    expect(json.message).toContain('received 4001')
  })

  it('of which there is none is named: model, prompt', async ({ expect }) => {
    for (const missing of ['model', 'prompt']) {
      const { status, json } = await plan(PATH, { [missing]: undefined })
      expect([status, json.error.param]).toEqual([400, missing])
      expect(json.message).toBe(
        `Body validation error!\nMissing required parameter: '${missing}'. Expected a value, received nothing.`,
      )
    }
  })
})
