import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { account, ask, call, type Account, type Answer } from '../support/client.ts'
import { allSse, readSse, type Sent } from '../support/sse.ts'
import { MessageResponse, ToolResponse } from './response-body.ts'

let me: Account
let other: Account
beforeAll(async () => {
  me = await account()
  other = await account()
})
afterAll(reset)

const SMALL = { provider_options: { image: { width: 128, height: 128 } } }
const TOOLS = {
  provider_options: null,
  tools: [{ type: 'image_generation', size: '256x256', partial_images: 2 }],
}

const send = (body: Record<string, unknown>, headers = {}): Promise<Response> =>
  call('/v1/responses', {
    key: me.key,
    body: { model: 'sketch-1', input: 'a red cube', ...SMALL, ...body },
    headers,
  })

async function respond(body: Record<string, unknown>, headers = {}): Promise<Answer> {
  const answer = await send(body, headers)
  return { status: answer.status, headers: answer.headers, json: await answer.json() }
}

const read = (path: string, key = me.key, method = 'GET'): Promise<Answer> =>
  ask(`/v1/responses/${path}`, { key, method })

const resume = async (id: string, query: string): Promise<Sent[]> =>
  allSse(await call(`/v1/responses/${id}?stream=true${query}`, { key: me.key }))

/** The response once it has ended. */
async function ended(id: string): Promise<Answer> {
  await ask(`/v1/jobs/${id}?wait=10`, { key: me.key })
  return read(id)
}

const names = (all: Sent[]) => all.map(({ event }) => event.replace('response.', ''))

/** Events of a stream that ends by `[DONE]`, and whether it did. */
async function rawSse(answer: Response): Promise<{ frames: string[]; last: string }> {
  const frames = (await answer.text())
    .split('\n\n')
    .filter((frame) => frame !== '' && !frame.startsWith(':'))
  return { frames: frames.slice(0, -1), last: frames.at(-1)! }
}

describe('a background response', () => {
  it('is queued at once and completed later', async ({ expect }) => {
    const { status, json } = await respond({ background: true, model: 'sketch-slow' })
    expect(status).toBe(200)
    expect(MessageResponse.safeParse(json).error).toBeUndefined()
    expect(json).toMatchObject({
      status: 'queued',
      background: true,
      output: [],
      completed_at: null,
    })
    const running = await read(json.id)
    expect(['queued', 'in_progress']).toContain(running.json.status)
    expect(running.json.output).toEqual([])
    const done = await ended(json.id)
    expect(MessageResponse.safeParse(done.json).error).toBeUndefined()
    expect(done.json).toMatchObject({ id: json.id, status: 'completed', background: true })
    expect(done.json.output[0].content).toHaveLength(1)
  })

  it('of the image tool has items', async ({ expect }) => {
    const { json } = await respond({ background: true, ...TOOLS })
    expect(json).toMatchObject({ status: 'queued', output: [] })
    const done = await ended(json.id)
    expect(ToolResponse.safeParse(done.json).error).toBeUndefined()
    expect(done.json.output).toHaveLength(1)
  })

  it.for<[string, string]>([
    ['sketch-moderated', 'image_content_policy_violation'],
    ['sketch-502', 'server_error'],
    ['sketch-quota', 'rate_limit_exceeded'],
  ])('that fails says so in a 200: %s', async ([model, code], { expect }) => {
    const { status, json } = await respond({ background: true, model })
    expect([status, json.status]).toEqual([200, 'queued'])
    const done = await ended(json.id)
    expect(MessageResponse.safeParse(done.json).error).toBeUndefined()
    expect(done.status).toBe(200)
    expect(done.json).toMatchObject({ status: 'failed', output: [], error: { code } })
  })

  it('that is wrong or refused is an ordinary error', async ({ expect }) => {
    expect((await respond({ background: true, model: 'nobody' })).status).toBe(404)
    expect((await respond({ background: true, input: '' })).status).toBe(400)
  })

  it('is cancelled, as often as one likes', async ({ expect }) => {
    const { json } = await respond({ background: true, model: 'sketch-slow' })
    for (let times = 0; times < 2; times++) {
      const cancelled = await read(`${json.id}/cancel`, me.key, 'POST')
      expect(cancelled.status).toBe(200)
      expect(MessageResponse.safeParse(cancelled.json).error).toBeUndefined()
      expect(cancelled.json).toMatchObject({ status: 'cancelled', error: null, output: [] })
    }
    expect((await ended(json.id)).json.status).toBe('cancelled')
  })

  it('that has ended is shown unchanged when it is cancelled; one that was waited for is not', async ({
    expect,
  }) => {
    const { json } = await respond({ background: true })
    const done = await ended(json.id)
    const cancelled = await read(`${json.id}/cancel`, me.key, 'POST')
    expect([cancelled.status, cancelled.json]).toEqual([200, done.json])
    const waited = await respond({})
    const refused = await read(`${waited.json.id}/cancel`, me.key, 'POST')
    expect([refused.status, refused.json.error.type]).toEqual([400, 'invalid_request_error'])
  })

  it('whose time is over is incomplete', async ({ expect }) => {
    const gateway = { deadline_s: 1 }
    const { json } = await respond({ background: true, model: 'sketch-slow', gateway })
    const done = await ended(json.id)
    expect(MessageResponse.safeParse(done.json).error).toBeUndefined()
    expect(done.json).toMatchObject({
      status: 'incomplete',
      error: { code: 'server_error' },
    })
  })

  it('is nobody else’s', async ({ expect }) => {
    const { json } = await respond({ background: true })
    for (const [path, method] of [
      ['', 'GET'],
      ['?stream=true', 'GET'],
      ['/input_items', 'GET'],
      ['/cancel', 'POST'],
      ['', 'DELETE'],
    ] as const)
      expect((await read(`${json.id}${path}`, other.key, method)).status).toBe(404)
    expect((await ended(json.id)).json.status).toBe('completed')
  })

  it('waits for a slot, streamed or not, where one that is waited for is refused', async ({
    expect,
  }) => {
    const { key } = await account({ limits: { running: 1, queued: 5 } })
    const slow = (more: object) =>
      call('/v1/responses', {
        key,
        body: { model: 'sketch-slow', input: 'a red cube', ...SMALL, background: true, ...more },
      })
    const first = await (await slow({})).json<{ id: string }>()
    expect((await slow({ background: false })).status).toBe(429)
    const second = await slow({ stream: true })
    expect((await (await slow({})).json<{ status: string }>()).status).toBe('queued')
    await read(`${first.id}/cancel`, key, 'POST')
    expect(await second.text()).toContain('event: response.completed')
  })

  it('may be waited for a while by a preference', async ({ expect }) => {
    const done = await respond({ background: true }, { prefer: 'wait=10' })
    expect([done.status, done.json.status]).toEqual([200, 'completed'])
    const slow = await respond({ background: true, model: 'sketch-slow' }, { prefer: 'wait=0' })
    expect(['queued', 'in_progress']).toContain(slow.json.status)
  })
})

describe('a response that is not in the background', () => {
  it('is the native job where its caller asks not to wait', async ({ expect }) => {
    const answer = await respond({ model: 'sketch-slow' }, { prefer: 'respond-async' })
    expect([answer.status, answer.json.object]).toEqual([202, 'image.job'])
  })
})

describe('a streamed response', () => {
  it('of Modular MAX ends with [DONE], each event named as its data', async ({ expect }) => {
    const { frames, last } = await rawSse(await send({ stream: true }))
    expect(last).toBe('data: [DONE]')
    const parsed = frames.map((frame) => /^event: (\S+)\ndata: (\{.*\})$/s.exec(frame)!)
    const data = parsed.map(([, , json]) => JSON.parse(json!))
    expect(data.map(({ type }) => type)).toEqual(parsed.map(([, event]) => event))
    expect(data.map(({ sequence_number: n }) => n)).toEqual(data.map((_, n) => n))
    expect(MessageResponse.safeParse(data.at(-1).response).error).toBeUndefined()
    expect(data.at(-1).response.output[0].content[0].image_data).toMatch(/^iVBOR/)
  })

  it('of the image tool shows partial images and is the same when it is read again', async ({
    expect,
  }) => {
    const all = await allSse(await send({ ...TOOLS, stream: true, background: true }))
    expect(names(all)).toEqual([
      'created',
      'queued',
      'in_progress',
      'output_item.added',
      'image_generation_call.in_progress',
      'image_generation_call.generating',
      'image_generation_call.partial_image',
      'image_generation_call.partial_image',
      'image_generation_call.completed',
      'output_item.done',
      'completed',
    ])
    const { response } = all.at(-1)!.data
    expect(ToolResponse.safeParse(response).error).toBeUndefined()
    expect((await read(response.id)).json.output).toEqual(response.output)
    expect(await resume(response.id, '')).toEqual(all)
    expect(await resume(response.id, '&starting_after=5')).toEqual(all.slice(6))
    expect(await resume(response.id, '&starting_after=99')).toEqual([])
    const wrong = await read(`${response.id}?stream=true&starting_after=x`)
    expect([wrong.status, wrong.json.error.param]).toEqual([400, 'starting_after'])
  })

  it.for([{}, TOOLS])(
    'tells what it cost at its end alone, in any form: %j',
    async (form, { expect }) => {
      const sent = await send({ ...form, model: 'sketch-priced', stream: true, background: true })
      const [before, end] = (await sent.text()).split('event: response.completed')
      expect(before).not.toContain('usd_spent')
      expect(end).toContain('"meta":{"usage":{"credits_used":80000,"usd_spent":0.04}}')
      const failed = await send({ ...form, model: 'sketch-moderated', stream: true })
      const [, told] = (await failed.text()).split('event: response.failed')
      expect(told).toContain('"usd_spent":0}')
    },
  )

  it('goes on for a client that comes back while it is drawn', async ({ expect }) => {
    const answer = await send({ ...TOOLS, model: 'sketch-slow', stream: true, background: true })
    let seen: Sent | undefined
    for await (const sent of readSse(answer.body!)) {
      seen = sent
      if (sent.event.endsWith('partial_image')) break
    }
    const job = answer.headers.get('x-darkroom-job')!
    const rest = await resume(job, `&starting_after=${seen!.data.sequence_number}`)
    expect(rest[0]!.data.sequence_number).toBe(seen!.data.sequence_number + 1)
    expect(names(rest).at(-1)).toBe('completed')
  })

  it('says created before anything is drawn, and ends without a word when it is cancelled', async ({
    expect,
  }) => {
    const answer = await send({ ...TOOLS, model: 'sketch-slow', stream: true, background: true })
    const seen: Sent[] = []
    for await (const sent of readSse(answer.body!)) {
      seen.push(sent)
      if (seen.length > 1) continue
      expect(sent.data).toMatchObject({ type: 'response.created', response: { status: 'queued' } })
      await read(`${sent.data.response.id}/cancel`, me.key, 'POST')
    }
    expect(names(seen).filter((name) => /completed|failed|error/.test(name))).toEqual([])
    expect((await read(seen[0]!.data.response.id)).json.status).toBe('cancelled')
  })

  it('that fails once it was created is a failed response', async ({ expect }) => {
    const all = await allSse(await send({ ...TOOLS, model: 'sketch-moderated', stream: true }))
    expect(names(all).at(-1)).toBe('failed')
    const { response } = all.at(-1)!.data
    expect(ToolResponse.safeParse(response).error).toBeUndefined()
    expect(response.error.code).toBe('image_content_policy_violation')
  })

  it('that is refused before is an ordinary error', async ({ expect }) => {
    const answer = await respond({ stream: true, model: 'nobody' })
    expect([answer.status, answer.json.error.code]).toEqual([404, 'model_not_found'])
  })

  it('keeps its numbers when a partial image is gone', async ({ expect }) => {
    const all = await allSse(await send({ ...TOOLS, stream: true }))
    const { response } = all.at(-1)!.data
    const prefix = `partials/${me.tenant}/${response.id.slice(5)}/`
    const { objects } = await env.IMAGES_BUCKET.list({ prefix })
    await env.IMAGES_BUCKET.delete(objects.map(({ key }) => key))
    const again = await resume(response.id, '')
    expect(again.map(({ data }) => data.sequence_number)).toEqual(all.map((_, n) => n))
    expect(again.filter(({ event }) => event.endsWith('partial_image'))).toEqual([])
    expect(again.at(-1)).toEqual(all.at(-1))
  })

  it('is gone with its job', async ({ expect }) => {
    const all = await allSse(await send({ ...TOOLS, stream: true }))
    const { response } = all.at(-1)!.data
    expect((await read(response.id, me.key, 'DELETE')).json.deleted).toBe(true)
    expect((await read(`${response.id}?stream=true`)).status).toBe(404)
  })
})
