import { reset } from 'cloudflare:test'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { AVIF, JPEG, PNG, pngOf } from '../images/samples.ts'
import { cutAt, streamOf } from '../images/sinks.ts'
import { account, ask, type Account, type Answer } from '../support/client.ts'
import { formOf, formType, type Part } from './form.ts'
import { requestOf, stagedOf } from './staged.ts'

const WORDS: Part[] = [
  { name: 'prompt', value: 'a red cube' },
  { name: 'size', value: '64x64' },
  { name: 'model', value: 'sketch-1' },
]

let me: Account
beforeAll(async () => {
  me = await account()
})
afterAll(reset)

const edit = (parts: Part[], headers: Record<string, string> = {}): Promise<Answer> =>
  ask('/v1/images/edits', {
    key: me.key,
    body: formOf(parts),
    headers: { ...formType(), ...headers },
  })

const editJson = (body: Record<string, unknown>): Promise<Answer> =>
  ask('/v1/images/edits', {
    key: me.key,
    body: { prompt: 'a red cube', size: '64x64', model: 'sketch-1', ...body },
  })

const dataUrl = (bytes: Uint8Array, type = 'image/png') => `data:${type};base64,${bytes.toBase64()}`
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** What a job's inputs are, as far as the sender can know. */
async function inputsOf(answer: Answer) {
  const { inputs, mask, operation } = await requestOf(answer.headers.get('x-darkroom-job')!)
  const shown = [...inputs, ...(mask ? [mask] : [])].map((input) =>
    'url' in input ? input.url : [input.type, input.bytes, input.sha256],
  )
  const staged = await stagedOf(me.tenant)
  for (const input of [...inputs, ...(mask ? [mask] : [])])
    if ('r2' in input && sha256(staged.get(input.r2)!) !== input.sha256)
      throw new Error(`${input.r2} holds other bytes`)
  return { operation, shown, masked: mask !== null }
}

const LARGE = pngOf(300_000)
const known = (bytes: Uint8Array, type = 'image/png') => [type, bytes.length, sha256(bytes)]

const keysOf = async (more: Part[]) => {
  const answer = await edit([...WORDS, { name: 'image', value: PNG }, ...more])
  return Object.keys(answer.json.data[0])
}

describe('an edit', () => {
  it.for<[string, Part[], Uint8Array]>([
    ['one file', [...WORDS, { name: 'image', value: LARGE }], LARGE],
    ['a list of one', [{ name: 'image[]', value: LARGE }, ...WORDS], LARGE],
    ['an unnamed file', [{ name: 'image', value: LARGE, filename: '' }, ...WORDS], LARGE],
    ['a data URL as text', [...WORDS, { name: 'image', value: dataUrl(PNG) }], PNG],
  ])('by a form with %s has its bytes in R2', async ([, parts, bytes], { expect }) => {
    const expected = { operation: 'edit', shown: [known(bytes)], masked: false }
    expect(await inputsOf(await edit(parts))).toEqual(expected)
  })

  it('keeps the order of its files, whatever stands between them', async ({ expect }) => {
    const answer = await edit([
      { name: 'mask', value: PNG },
      { name: 'image', value: JPEG },
      { name: 'n', value: '2' },
      { name: 'image', value: LARGE },
      ...WORDS,
      { name: 'image', value: AVIF, type: 'image/avif' },
      { name: 'gateway', value: '{"metadata":{"a":"1"}}' },
    ])
    expect(answer.json.data).toHaveLength(2)
    expect(await inputsOf(answer)).toEqual({
      operation: 'edit',
      shown: [known(JPEG, 'image/jpeg'), known(LARGE), known(AVIF, 'image/avif'), known(PNG)],
      masked: true,
    })
  })

  it('may number its files', async ({ expect }) => {
    const answer = await edit([
      { name: 'image[1]', value: LARGE },
      ...WORDS,
      { name: 'image[0]', value: PNG },
    ])
    expect((await inputsOf(answer)).shown).toEqual([known(PNG), known(LARGE)])
  })

  it('may come in pieces without a length', async ({ expect }) => {
    const bytes = formOf([{ name: 'image', value: LARGE }, ...WORDS])
    const cuts = Array.from({ length: 400 }, (_, i) => i * 761)
    const body = streamOf(...cutAt(bytes, cuts).filter(({ length }) => length > 0))
    const answer = await ask('/v1/images/edits', { key: me.key, body, headers: formType() })
    expect((await inputsOf(answer)).shown).toEqual([known(LARGE)])
  })

  it('gives links and base64, one of them when asked', async ({ expect }) => {
    expect(await keysOf([])).toEqual(expect.arrayContaining(['url', 'b64_json']))
    expect(await keysOf([{ name: 'response_format', value: 'url' }])).not.toContain('b64_json')
    expect(await keysOf([{ name: 'response_format', value: 'b64_json' }])).not.toContain('url')
  })

  it('draws another picture for another image, and says that it saw none', async ({ expect }) => {
    const seed: Part = { name: 'seed', value: '7' }
    const drawn = async (image: Uint8Array) => {
      const answer = await edit([...WORDS, seed, { name: 'image', value: image }])
      expect(answer.headers.get('x-darkroom-warnings')).toBe('1')
      return answer.json.data[0].b64_json as string
    }
    expect(await drawn(PNG)).toBe(await drawn(PNG))
    expect(await drawn(PNG)).not.toBe(await drawn(JPEG))
  })
})

describe('an edit as JSON', () => {
  it.for<[string, Record<string, unknown>]>([
    ['images', { images: [{ image_url: dataUrl(PNG) }, { image_url: dataUrl(LARGE) }] }],
    ['image_urls', { image_urls: [dataUrl(PNG), dataUrl(LARGE, 'application/octet-stream')] }],
    ['image and image_url', { image: dataUrl(PNG), image_url: [dataUrl(LARGE)] }],
    ['image as a list', { image: [{ image_url: dataUrl(PNG) }, dataUrl(LARGE)] }],
  ])('takes %s', async ([, body], { expect }) => {
    const answer = await editJson({ ...body, mask: { image_url: dataUrl(PNG) } })
    expect(answer.status, JSON.stringify(answer.json)).toBe(200)
    const shown = [known(PNG), known(LARGE), known(PNG)]
    expect(await inputsOf(answer)).toEqual({ operation: 'edit', shown, masked: true })
    expect(Object.keys(answer.json.data[0])).toEqual(expect.arrayContaining(['url', 'b64_json']))
  })

  it('knows what it is by its bytes, whichever image they call themselves', async ({ expect }) => {
    const answer = await editJson({ image_url: dataUrl(JPEG, 'image/png') })
    expect((await inputsOf(answer)).shown).toEqual([known(JPEG, 'image/jpeg')])
  })

  it('leaves addresses to the job', async ({ expect }) => {
    const url = 'https://pictures.com/cat.png'
    const answer = await editJson({ images: [{ image_url: url }, { image_url: dataUrl(PNG) }] })
    expect((await inputsOf(answer)).shown).toEqual([url, known(PNG)])
  })

  it('is also a generation with image_url', async ({ expect }) => {
    const body = { prompt: 'a', size: '64x64', image_url: dataUrl(LARGE) }
    const answer = await ask('/v1/images/generations', { key: me.key, body })
    const expected = { operation: 'edit', shown: [known(LARGE)], masked: false }
    expect(await inputsOf(answer)).toEqual(expected)
  })

  it('cannot be made to read what another request staged', async ({ expect }) => {
    const answer = await editJson({ images: [{ image_url: { $image: 0 } }] })
    expect([answer.status, answer.json.error.param]).toEqual([400, 'images.0.image_url'])
  })
})

describe('variations', () => {
  it('are refused with a hint to edits', async ({ expect }) => {
    const answer = await ask('/v1/images/variations', { key: me.key, body: {} })
    expect([answer.status, answer.json.error.code]).toEqual([404, 'not_found'])
    expect(answer.json.error.message).toContain('/v1/images/edits')
  })
})
