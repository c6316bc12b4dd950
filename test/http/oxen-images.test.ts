import { reset } from 'cloudflare:test'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { account, ask, call, type Account } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'
import { Images, MODEL, Model, Models, Refusal } from '../support/oxen-schemas.ts'

const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

let me: Account
beforeAll(async () => {
  me = await account({ balance_usd: 1 })
})
afterAll(reset)

const prompt = 'A red cube on a white background, minimal'

const generate = (body: Record<string, unknown>, path = 'generate', key = me.key) =>
  ask(`/api/ai/images/${path}`, { key, body: { model: 'sketch-1', prompt, ...body } })

describe('images/generate of Oxen.ai', () => {
  it('gives a link', async ({ expect }) => {
    const { status, json } = await generate({ model: MODEL })
    expect(status).toBe(200)
    expect(Images.safeParse(json).error).toBeUndefined()
    expect(json.model).toBe(MODEL)
    const image = await call(json.images[0].url)
    expect(image.headers.get('content-type')).toMatch(/^image\//)
    await image.arrayBuffer()
  })

  it('gives base64 and no link where it is asked for', async ({ expect }) => {
    const { json } = await generate({ response_format: 'b64_json', size: '64x64' })
    expect(Images.safeParse(json).error).toBeUndefined()
    expect(Object.keys(json.images[0])).toEqual(['b64_json'])
    expect(atob(json.images[0].b64_json).slice(1, 4)).toBe('PNG')
  })

  it.for(['generate', 'edit', 'generations'])(
    'takes one model with and without an image on %s',
    async (path, { expect }) => {
      for (const body of [{}, { input_image: PNG }, { input_image: [PNG, PNG] }]) {
        const { status, json } = await generate({ model: MODEL, ...body }, path)
        expect([status, Object.keys(json)], JSON.stringify(json)).toEqual([
          200,
          ['model', 'created', 'images'],
        ])
      }
    },
  )

  it('names a key that nobody may send', async ({ expect }) => {
    const body = '{"model":"sketch-1","prompt":"a","__proto__":1}'
    const { status, json } = await ask('/api/ai/images/generate', { key: me.key, body })
    expect([status, json.error.message]).toEqual([400, "The key '__proto__' is not accepted."])
  })

  it('takes the sizes that FLUX.2 has at Oxen.ai', async ({ expect }) => {
    const plan = (body: object) => generate({ ...body, gateway: { dry_run: true } })
    for (const model of ['flux-2-dev', 'flux-2-flex', 'flux-2-pro']) {
      for (const resolution of ['1 MP', '2 MP', '0.5 MP'])
        for (const aspect_ratio of [undefined, '16:9', '2:3', 'match_input_image'])
          expect(
            await plan({ model, resolution, aspect_ratio, input_image: PNG }),
            `${resolution} ${aspect_ratio}`,
          ).toMatchObject({ status: 200 })
      const { status, json } = await plan({ model, resolution: '4K' })
      expect(status).toBe(400)
      expect(json.error.detail).toContain('0.5 MP or 2 MP')
    }
    const half = await generate({ resolution: '0.5 MP', gateway: { mode: 'async' } })
    const job = await ask(`/v1/jobs/${half.json.id}?wait=20`, { key: me.key })
    expect(job.json.data[0]).toMatchObject({ width: 724, height: 724 })
  })

  it('warns of match_input_image where no model knows it', async ({ expect }) => {
    const asked = { model: 'sketch-1', input_image: PNG, aspect_ratio: 'match_input_image' }
    const { json } = await generate({ ...asked, gateway: { dry_run: true } })
    expect(json.warnings).toContainEqual(
      expect.objectContaining({
        param: 'aspect_ratio',
        message: expect.stringContaining('match_input_image'),
      }),
    )
    const strict = await generate({ ...asked, gateway: { dry_run: true, params: 'strict' } })
    expect(strict.status).toBe(400)
  })

  it('tells by warnings which fields it has left out, or refuses them where it is told to', async ({
    expect,
  }) => {
    const odd = { size: '64x64', watermark: true, num_generations: 2 }
    const warned = await generate({ ...odd, gateway: { mode: 'async' } })
    expect(warned.json.warnings).toEqual([
      { param: 'watermark', message: "Left out: 'watermark' is not understood." },
      { param: 'num_generations', message: "Left out: 'num_generations' is not understood." },
    ])
    const silent = await generate({ ...odd, gateway: { mode: 'async', params: 'drop' } })
    expect(silent.json.warnings).toEqual([])
    const strict = await generate({ ...odd, gateway: { params: 'strict' } })
    expect([strict.status, strict.json.error.message]).toEqual([
      400,
      "Unsupported parameter: 'watermark'.",
    ])
  })
})

type Case = [what: string, body: Record<string, unknown>, status: number, message: string]

const BAD: Case[] = [
  ['an empty prompt', { prompt: '' }, 400, 'Prompt cannot be empty'],
  ['no prompt', { prompt: undefined }, 400, 'Prompt cannot be empty'],
  ['an unknown model', { model: 'bad-model-name' }, 404, 'Model not found: bad-model-name'],
  ['no model', { model: undefined }, 400, "Missing required parameter: 'model'."],
  ['steps beyond the model', { model: MODEL, num_inference_steps: 51 }, 400, 'num_inference_steps'],
  ['an input image that is none', { input_image: 7 }, 400, "Invalid 'input_image'"],
  ['an input at a private address', { input_image: 'http://10.0.0.1/a.png' }, 400, 'input_image'],
  ['a word for a seed', { seed: 'x' }, 400, "Invalid 'seed'"],
  ['a guidance that is a word', { guidance: 'x' }, 400, "Invalid 'guidance'"],
  ['a quality beyond 100', { output_quality: 101 }, 400, "Invalid 'output_quality'"],
  ['a size of no meaning', { image_size: 'huge' }, 400, "Invalid 'image_size'"],
  ['a ratio that the model does not draw', { model: MODEL, aspect_ratio: '21:9' }, 400, 'aspect'],
  ['a safety switch that is no switch', { disable_safety_checker: 'no' }, 400, 'safety_checker'],
  ['a mask without an image', { mask_url: PNG }, 400, 'mask'],
]

describe('a refusal in the words of Oxen.ai', () => {
  it.for(BAD)('names the field at fault: %s', async ([, body, status, message], { expect }) => {
    resetCounts()
    const refused = await generate(body)
    expect(counts().objectCalls).not.toContain('JOBS.create')
    expect(counts().upstream).toEqual([])
    expect(refused.status).toBe(status)
    expect(Refusal.safeParse(refused.json).error).toBeUndefined()
    expect(refused.json.error.message).toContain(message)
  })

  it('has the documented body for a missing or wrong key, and for what is not there', async ({
    expect,
  }) => {
    const keyless = await ask('/api/ai/images/generate', { body: { model: MODEL, prompt } })
    const wrong = await generate({}, 'generate', 'dr_live_junk')
    for (const { status, json } of [keyless, wrong]) {
      expect([status, json.error.type, json.status_message]).toEqual([
        401,
        'unauthenticated',
        'unauthenticated',
      ])
      expect(Refusal.safeParse(json).error).toBeUndefined()
    }
  })

  it('says Insufficient credits, and nothing of balances in its message', async ({ expect }) => {
    const { key } = await account({ balance_usd: 0.01 })
    const refused = await generate({ model: 'sketch-priced' }, 'generate', key)
    expect([refused.status, refused.json.error.message]).toEqual([402, 'Insufficient credits'])
    expect(Refusal.safeParse(refused.json).error).toBeUndefined()
  })

  it('has the second shape where a model refuses or fails', async ({ expect }) => {
    for (const [model, status] of [
      ['sketch-moderated', 400],
      ['sketch-502', 502],
    ] as const) {
      const refused = await generate({ model, size: '64x64' })
      expect([refused.status, Object.keys(refused.json)]).toEqual([status, ['error']])
      expect(Refusal.safeParse(refused.json).error).toBeUndefined()
    }
  })
})

const read = (path: string) => ask(`/api/ai/models${path}`, { key: me.key })

describe('models of Oxen.ai', () => {
  it('are listed, filtered and searched', async ({ expect }) => {
    const all = await read('')
    expect(Models.safeParse(all.json).error).toBeUndefined()
    const ids = async (path: string): Promise<string[]> =>
      (await read(path)).json.data.map(({ id }: { id: string }) => id)
    expect(await ids('?developer_name=darkroom')).toContain('sketch-1')
    expect(await ids('?developer_name=darkroom')).not.toContain(MODEL)
    for (const action of ['edit', 'generate', '/images/edit'])
      expect(await ids(`?action=${action}`)).toEqual(
        expect.arrayContaining([MODEL, 'sketch-1', 'gpt-image-2']),
      )
    expect(await ids('?action=edit')).not.toContain('flux/schnell')
    expect(await ids('?action=upscale')).toEqual([])
    expect(await ids('/search?search=FLUX-2-KLEIN')).toEqual([
      MODEL,
      'black-forest-labs-flux-2-klein-9b',
    ])
    const nothing = await read('/search')
    expect([nothing.status, nothing.json.error.message]).toEqual([
      400,
      "Missing required parameter: 'search'.",
    ])
  })

  it('are shown with what they take and cost', async ({ expect }) => {
    const { json } = await read(`/${MODEL}`)
    expect(Model.safeParse(json).error).toBeUndefined()
    expect(json).toMatchObject({
      capabilities: { input: ['text', 'image'], output: ['image'] },
      pricing: { method: 'per_image', cost_per_image: 0.014 },
      request_schema: {
        required: ['prompt'],
        properties: {
          prompt: { type: 'string', maxLength: 32_000 },
          aspect_ratio: { type: 'string', enum: ['1:1', '16:9', '9:16', '4:3', '3:4'] },
          num_inference_steps: { type: 'integer', minimum: 1, maximum: 50 },
          guidance_scale: { type: 'number', minimum: 0, maximum: 10 },
          input_image: { maxItems: 8 },
        },
      },
    })
    const none = await read('/no-such')
    expect([none.status, none.json.error.message]).toEqual([404, 'Model not found: no-such'])
    expect(json.endpoint).toBe('/images/edit')
  })

  it('are listed with the price of today', async ({ expect }) => {
    const shown = await read('/sketch-dated')
    expect(shown.json.pricing).toMatchObject({ cost_per_image: 0.02, lines: [{ usd: 0.02 }] })
  })
})
