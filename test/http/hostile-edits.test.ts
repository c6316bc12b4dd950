import { reset } from 'cloudflare:test'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { JPEG, PNG, pngOf } from '../images/samples.ts'
import { account, ask, generate, type Account } from '../support/client.ts'
import { counts, resetCounts } from '../support/counters.ts'
import { concat, formOf, formType, type Part } from './form.ts'
import { stagedOf } from './staged.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const WORDS: Part[] = [
  { name: 'prompt', value: 'a red cube' },
  { name: 'size', value: '64x64' },
  { name: 'model', value: 'sketch-1' },
]
const image = (value: Uint8Array | string, type?: string): Part =>
  typeof value === 'string'
    ? { name: 'image', value, filename: 'a.png', type: type ?? 'image/png' }
    : { name: 'image', value, ...(type !== undefined && { type }) }
const times = (count: number, part: (n: number) => Part): Part[] =>
  Array.from({ length: count }, (_, n) => part(n))
const BOUNDARY = 'edge-0123456789'

let me: Account
beforeAll(async () => {
  me = await account({ balance_usd: 1 })
  await generate(me.key, { prompt: 'warm up', size: '64x64' })
})
beforeEach(resetCounts)
afterAll(reset)

const send = (body: Uint8Array | ReadableStream | string, headers = formType()) =>
  ask('/v1/images/edits', { key: me.key, body, headers })

type Refused = [what: string, parts: Part[], param: string | null, code: string]

const FORMS: Refused[] = [
  ['no image', WORDS, 'image', 'missing_required_parameter'],
  ['a mask only', [...WORDS, { name: 'mask', value: PNG }], 'image', 'missing_required_parameter'],
  ['no prompt', [image(PNG)], 'prompt', 'missing_required_parameter'],
  ['an SVG that calls itself PNG', [...WORDS, image('<svg xmlns="x"/>')], 'image', 'invalid_value'],
  ['HTML', [image('<!doctype html><p>', 'text/html'), ...WORDS], 'image', 'invalid_value'],
  [
    'a JPEG that calls itself PDF',
    [image(JPEG, 'application/pdf'), ...WORDS],
    'image',
    'invalid_value',
  ],
  ['half a PNG', [image(PNG.slice(0, 40)), ...WORDS], 'image', 'invalid_value'],
  ['an empty file', [...WORDS, image(new Uint8Array())], 'image', 'invalid_value'],
  ['17 images', [...WORDS, ...times(17, () => image(PNG))], 'image', 'array_above_max_length'],
  [
    'two masks',
    [...WORDS, image(PNG), ...times(2, () => ({ name: 'mask', value: PNG }))],
    'mask',
    'invalid_value',
  ],
  [
    '65 parts',
    [image(PNG), ...times(64, (n) => ({ name: `x${n}`, value: 'y' }))],
    null,
    'invalid_multipart',
  ],
  [
    'a markup',
    [...WORDS, image(PNG), { name: 'markup', value: PNG }],
    'markup',
    'unsupported_parameter',
  ],
  [
    'two prompts',
    [image(PNG), ...WORDS, { name: 'prompt', value: 'b' }],
    'prompt',
    'invalid_value',
  ],
  [
    'a field of 64 KiB and more',
    [image(PNG), { name: 'user', value: 'x'.repeat(65_537) }],
    'user',
    'string_above_max_length',
  ],
  [
    'a prompt of 32,001 characters',
    [image(PNG), { name: 'prompt', value: 'é'.repeat(32_001) }],
    'prompt',
    'string_above_max_length',
  ],
  [
    'an n that is no number',
    [image(PNG), ...WORDS, { name: 'n', value: 'two' }],
    'n',
    'invalid_type',
  ],
  [
    'a gateway that is no JSON',
    [image(PNG), ...WORDS, { name: 'gateway', value: '{' }],
    'gateway',
    'invalid_value',
  ],
  [
    'a gateway out to change prototypes',
    [image(PNG), ...WORDS, { name: 'gateway', value: '{"__proto__":{}}' }],
    '__proto__',
    'invalid_value',
  ],
  [
    'a field called __proto__',
    [image(PNG), { name: '__proto__', value: 'x' }],
    '__proto__',
    'invalid_value',
  ],
  [
    'a private address',
    [...WORDS, { name: 'image', value: 'https://169.254.169.254/x' }],
    'image.0',
    'invalid_value',
  ],
  [
    'a model that cannot edit, named last',
    [
      image(PNG),
      { name: 'prompt', value: 'a' },
      { name: 'model', value: 'flux/kontext-max/text-to-image' },
    ],
    'image',
    'unsupported_parameter',
  ],
  [
    'a size that the model refuses',
    [image(PNG), { name: 'size', value: '9x9' }, ...WORDS.slice(0, 1)],
    'size',
    'invalid_value',
  ],
]

const part = (head: string, body = 'x') => encode(`--${BOUNDARY}\r\n${head}\r\n\r\n${body}\r\n`)
const end = encode(`--${BOUNDARY}--\r\n`)
const field = (name: string) => `Content-Disposition: form-data; name="${name}"`

const BROKEN: [what: string, body: Uint8Array][] = [
  ['nothing', new Uint8Array()],
  ['no boundary line', encode('prompt=a')],
  ['headers of 9 KiB', concat([part(`${field('a')}\r\nX-A: ${'a'.repeat(9000)}`), end])],
  ['headers without end', concat([encode(`--${BOUNDARY}\r\nX-A: ${'a'.repeat(100_000)}`)])],
  ['a part without a name', concat([part('Content-Disposition: form-data'), end])],
  ['a part without a disposition', concat([part('Content-Type: text/plain'), end])],
  ['an attachment', concat([part('Content-Disposition: attachment; name="a"'), end])],
  ['a header without a colon', concat([part(`${field('a')}\r\nhello`), end])],
  ['a part in base64', concat([part(`${field('a')}\r\nContent-Transfer-Encoding: base64`), end])],
  [
    'a header that is not UTF-8',
    concat([part(field('a\u00ff')).map((byte) => (byte === 0xc3 ? 0xff : byte)), end]),
  ],
  ['text behind a boundary', encode(`--${BOUNDARY}x\r\n${field('a')}\r\n\r\nx\r\n--${BOUNDARY}--`)],
  ['bare line feeds', encode(`--${BOUNDARY}\n${field('a')}\n\nx\n--${BOUNDARY}--\n`)],
  ['no last boundary', part(field('prompt'))],
]

describe('a form that cannot be used', () => {
  it.for(FORMS)('is refused and nothing stays: %s', async ([, parts, param, code], { expect }) => {
    const { status, json } = await send(formOf(parts))
    expect([status, json.error.param, json.error.code]).toEqual([400, param, code])
    expect(json.error.type).toBe('invalid_request_error')
    expect(await stagedOf(me.tenant)).toEqual(new Map())
    expect(counts().objectCalls).toEqual([])
  })

  it.for(BROKEN)('is called malformed: %s', async ([, body], { expect }) => {
    const { status, json } = await send(concat([body]))
    expect([status, json.error.code]).toEqual([400, 'invalid_multipart'])
    expect(json.error.message).toMatch(/^The form is malformed: .*\.$/)
    expect(counts()).toMatchObject({ objectCalls: [], r2: [] })
  })

  it.for([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary=${'a'.repeat(71)}`,
    'multipart/form-data; boundary="a b "',
  ])('is refused unread without a boundary: %s', async (type, { expect }) => {
    const { status, json } = await send(formOf(WORDS), { 'content-type': type })
    expect([status, json.error.code]).toEqual([400, 'invalid_multipart'])
  })

  it('names the field in which it ends too early', async ({ expect }) => {
    const bytes = formOf([...WORDS, { name: 'image[]', value: PNG }])
    const { json } = await send(bytes.slice(0, bytes.indexOf(0x89) + 20))
    expect([json.error.param, json.error.code]).toEqual(['image[]', 'invalid_multipart'])
  })
})

const png = (bytes: number) => `data:image/png;base64,${pngOf(bytes).toBase64()}`
const JSONS: [what: string, body: object, param: string][] = [
  [
    'a file_id',
    { images: [{ image_url: png(100_000) }, { file_id: 'file-1' }] },
    'images.1.file_id',
  ],
  ['text as base64', { image: `data:image/png;base64,${encode('hello').toBase64()}` }, 'image'],
  ['broken base64', { image: 'data:image/png;base64,%%%%' }, 'image'],
  ['long broken base64', { image: `data:image/png;base64,${'%'.repeat(70_000)}` }, 'image'],
  ['a data URL of text', { image: `data:text/plain;base64,${PNG.toBase64()}` }, 'image'],
  [
    'a long one that calls itself SVG',
    { image: png(100_000).replace('/png', '/svg+xml') },
    'image',
  ],
  ['a data URL without base64', { image: 'data:image/svg+xml,<svg/>' }, 'image'],
  ['a private address', { images: [{ image_url: 'http://127.0.0.1/' }] }, 'images.0.image_url'],
  ['no image at all', {}, 'image'],
  ['an empty list', { images: [] }, 'images'],
  [
    '17 addresses',
    { image: 'https://pictures.com/a', image_urls: Array(16).fill('https://pictures.com/b') },
    'image_urls.15',
  ],
  ['18 data URLs', { image_urls: Array(18).fill(png(200)) }, 'image'],
  ['an image as prompt', { prompt: png(200), image: png(200) }, 'prompt'],
  ['a size that the model refuses', { image: png(100_000), size: '9x9' }, 'size'],
]

describe('a JSON body that cannot be used', () => {
  it.for(JSONS)('is refused and nothing stays: %s', async ([, body, param], { expect }) => {
    const { status, json } = await send(JSON.stringify({ prompt: 'a', ...body }), {
      'content-type': 'application/json',
    })
    expect([status, json.error.param]).toEqual([400, param])
    expect(await stagedOf(me.tenant)).toEqual(new Map())
    expect(counts().objectCalls).toEqual([])
  })
})

describe('what was staged', () => {
  const body = { prompt: 'a', size: '64x64', image: png(100_000) }

  it('stays with its job only: not for a dry run, a join or a refusal', async ({ expect }) => {
    const { key, tenant } = await account({ balance_usd: 1 })
    const post = (more: object, headers: Record<string, string> = {}) =>
      ask('/v1/images/edits', { key, body: { ...body, ...more }, headers })
    await post({ gateway: { dry_run: true } })
    expect(await stagedOf(tenant)).toEqual(new Map())
    const made = await post({}, { 'idempotency-key': 'one' })
    expect(made.status).toBe(200)
    const [only, ...others] = (await stagedOf(tenant)).keys()
    expect([only?.startsWith(`inputs/${tenant}/`), others]).toEqual([true, []])
    const again = await post({}, { 'idempotency-key': 'one' })
    expect(again.headers.get('x-darkroom-job')).toBe(made.headers.get('x-darkroom-job'))
    expect((await post({ n: 2 }, { 'idempotency-key': 'one' })).status).toBe(422)
    expect([...(await stagedOf(tenant)).keys()]).toEqual([only])
  })

  it('in a field that nobody reads does not stay', async ({ expect }) => {
    const { key, tenant } = await account()
    const unread = { prompt: 'a', size: '64x64', note: png(100_000), other: { deep: png(200) } }
    expect((await generate(key, unread)).status).toBe(200)
    expect(await stagedOf(tenant)).toEqual(new Map())
  })
})
