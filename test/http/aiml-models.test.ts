import { reset } from 'cloudflare:test'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { account, ask, call, type Account } from '../support/client.ts'
import { AimlModel, AimlModels } from '../support/dialect-answers.ts'

const MAX = 'flux/kontext-max/text-to-image'
const MAX_EDIT = 'flux/kontext-max/image-to-image'

let me: Account
beforeAll(async () => {
  me = await account()
})
afterAll(reset)

const get = (path: string, headers: Record<string, string> = {}) =>
  call(path, { key: me.key, headers })

describe('the catalogue', () => {
  it('tells of all models that make images, and what they cost', async ({ expect }) => {
    const { json } = await ask('/aiml/v1/models?output_modalities=image&include=pricing', {
      key: me.key,
    })
    expect(AimlModels.safeParse(json).error).toBeUndefined()
    const find = (id: string) => json.data.find((model: { id: string }) => model.id === id)
    expect(find(MAX).pricing).toMatchObject({
      kind: 'fixed',
      units: [{ price: 0.08, unit: 'image', per: 1 }],
    })
    expect(find('gemini-3.1-flash-image').pricing).toMatchObject({
      kind: 'variants',
      dimensions: ['resolution'],
    })
    expect(find('sketch-unpriced').pricing).toEqual({ kind: 'variable', currency: 'USD' })
    expect(find('gpt-image-2').pricing.units).toContainEqual(
      expect.objectContaining({ unit: 'token:image_out', per: 1_000_000 }),
    )
    expect(find(MAX)).not.toHaveProperty('modalities')
  })

  it.for(['/v1/models', '/aiml/v1/models', '/aiml/models', '/api/ai/models'])(
    'names those that may have been meant: %s',
    async (path, { expect }) => {
      for (const [wrong, near] of [
        ['gpt-image-22', 'gpt-image-2'],
        ['flux-kontext-max', MAX],
        ['flux%2Fkontext-max', MAX_EDIT],
      ] as const) {
        const { status, json } = await ask(`${path}/${wrong}`, { key: me.key })
        expect(status).toBe(404)
        expect(json.error.detail ?? json.error.message).toContain(near)
      }
    },
  )

  it('adds the sections that are asked for, and no model that does something else', async ({
    expect,
  }) => {
    const one = await ask(`/aiml/models?id=${MAX_EDIT}&include=modalities,capabilities,mood`, {
      key: me.key,
    })
    expect(one.json.data).toMatchObject([
      {
        id: MAX_EDIT,
        capabilities: ['image_to_image'],
        modalities: { input: ['text', 'image'], output: ['image'] },
      },
    ])
    expect(one.json.data[0]).not.toHaveProperty('pricing')
    const all = await ask(`/aiml/v1/models/${MAX}`, { key: me.key })
    expect(AimlModel.safeParse(all.json).error).toBeUndefined()
    expect(all.json).toMatchObject({ id: MAX, pricing: {}, capabilities: ['text_to_image'] })
    const none = await ask('/aiml/v1/models?output_modalities=video', { key: me.key })
    expect(none.json.data).toEqual([])
  })

  it.for(['/aiml/v1/models?output_modalities=image&include=pricing', '/v1/models'])(
    'is not sent again to who has it: %s',
    async (path, { expect }) => {
      const first = await get(path)
      const etag = first.headers.get('etag')!
      expect(await first.json()).toHaveProperty('object', 'list')
      const again = await get(path, { 'if-none-match': etag })
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag])
      const other = await get(path, { 'if-none-match': '"other"' })
      expect(other.status).toBe(200)
      await other.body?.cancel()
    },
  )
})
