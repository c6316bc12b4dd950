import { reset } from 'cloudflare:test'
import { afterAll, describe, it } from 'vitest'
import { account, ask, call, generate } from '../support/client.ts'
import { allSse, readSse, type Sent } from '../support/sse.ts'

afterAll(reset)

const small = { prompt: 'a red cube', size: '256x128', stream: true }

/** A request for a streamed answer. */
const stream = (key: string, body: Record<string, unknown>): Promise<Response> =>
  call('/v1/images/generations', { key, body: { ...small, ...body } })

const digestOf = async (bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<string> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()

const decode = (sent: Sent): Uint8Array<ArrayBuffer> =>
  Uint8Array.fromBase64(sent.data.b64_json as string)

describe('a streamed answer', () => {
  it('has partial images that grow, then the image, byte for byte', async ({ expect }) => {
    const { key } = await account({ balance_usd: 1 })
    const answer = await stream(key, {
      model: 'sketch-priced',
      partial_images: 3,
      size: '1280x640',
    })
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const all = await allSse(answer)
    const names = all.map(({ event }) => event.replace('image_generation.', ''))
    expect(names).toEqual(['partial_image', 'partial_image', 'partial_image', 'completed'])
    expect(all.every(({ event, data }) => data.type === event)).toBe(true)
    // Width and height of a PNG: sketch draws no side below 64 pixels.
    const sizes = all.map((sent) =>
      [16, 20].map((at) => new DataView(decode(sent).buffer).getUint32(at)),
    )
    expect(sizes).toEqual([
      [128, 64],
      [160, 80],
      [320, 160],
      [1280, 640],
    ])
    expect(all.slice(0, 3).map(({ data }) => data.partial_image_index)).toEqual([0, 1, 2])
    const { data } = all[3]!
    expect(data).toMatchObject({ size: '1280x640', output_format: 'png', background: 'auto' })
    expect(data.usage).toMatchObject({ input_tokens: 0, output_tokens: 0, total_tokens: 0 })
    expect(data.meta).toEqual({ usage: { credits_used: 80_000, usd_spent: 0.04 } })
    const linked = await (await call(data.url)).arrayBuffer()
    expect(await digestOf(decode(all[3]!))).toBe(await digestOf(linked))
    const id = answer.headers.get('x-darkroom-job')
    expect((await ask(`/v1/jobs/${id}`, { key })).json).toMatchObject({
      status: 'succeeded',
      cost: { usd: 0.04 },
    })
  })

  it('completes once for each image, and tells at the end what all of them cost', async ({
    expect,
  }) => {
    const { key } = await account()
    const asked = { n: 3, output_format: 'jpeg', model: 'sketch-priced' }
    const all = await allSse(await stream(key, asked))
    const usd = all.map(({ data }) => data.meta?.usage.usd_spent)
    expect(usd).toEqual([undefined, undefined, 0.12])
    const seen = all.map(({ event, data }) => [event, data.image_index, data.output_format])
    expect(seen).toEqual([0, 1, 2].map((n) => ['image_generation.completed', n, 'jpeg']))
    expect(new Set(await Promise.all(all.map((sent) => digestOf(decode(sent))))).size).toBe(3)
  })

  it('of an edit speaks of edits', async ({ expect }) => {
    const { key } = await account()
    const first = await allSse(await stream(key, {}))
    const image_url = `data:image/png;base64,${first[0]!.data.b64_json}`
    const body = { ...small, images: [{ image_url }], partial_images: 1 }
    const all = await allSse(await call('/v1/images/edits', { key, body }))
    expect(all.map(({ event }) => event)).toEqual([
      'image_edit.partial_image',
      'image_edit.completed',
    ])
  })

  it('is the same again for a request that joins the job', async ({ expect }) => {
    const { key } = await account()
    const body = { seed: 7, partial_images: 1 }
    const [first, second] = await Promise.all([stream(key, body), stream(key, body)])
    const headers = [first, second].map((answer) => answer.headers.get('x-darkroom-cache'))
    expect(new Set(headers)).toEqual(new Set(['join', 'miss']))
    expect(await allSse(first)).toEqual(await allSse(second))
  })

  it('tells of a failure in its midst by an event that clients throw', async ({ expect }) => {
    const { key } = await account()
    const answer = await stream(key, { model: 'sketch-slow', partial_images: 1 })
    const id = answer.headers.get('x-darkroom-job')
    const seen: Sent[] = []
    for await (const sent of readSse(answer.body!)) {
      seen.push(sent)
      if (seen.length === 1) await ask(`/v1/jobs/${id}/cancel`, { key, method: 'POST' })
    }
    expect(seen.map(({ event }) => event)).toEqual(['image_generation.partial_image', 'error'])
    expect(seen[1]!.data).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', code: 'job_cancelled', param: null },
    })
  })
})

describe('a request for a streamed answer', () => {
  it.for([
    ['sketch-moderated', 400, 'moderation_blocked'],
    ['sketch-quota', 429, 'insufficient_quota'],
    ['sketch-unknown', 404, 'model_not_found'],
  ] as const)(
    'that fails before an image is an ordinary error: %s',
    async ([model, status, code], { expect }) => {
      const { key } = await account()
      const answer = await generate(key, { ...small, model, partial_images: 2 })
      expect([answer.status, answer.json.error.code]).toEqual([status, code])
      expect(answer.headers.get('content-type')).toMatch('application/json')
    },
  )

  it.for([
    [{ output_format: 'gif' }, 'stream'],
    [{ gateway: { mode: 'async' } }, 'stream'],
    [{ partial_images: 4 }, 'partial_images'],
  ] as const)('that cannot be met is refused: %j', async ([body, param], { expect }) => {
    const { key } = await account()
    const answer = await generate(key, { ...small, ...body })
    expect([answer.status, answer.json.error.param]).toEqual([400, param])
  })

  it('outweighs a preference not to wait', async ({ expect }) => {
    const { key } = await account()
    const headers = { prefer: 'respond-async' }
    const answer = await call('/v1/images/generations', { key, body: small, headers })
    expect(answer.headers.has('preference-applied')).toBe(false)
    expect((await allSse(answer)).map(({ event }) => event)).toEqual(['image_generation.completed'])
  })
})
