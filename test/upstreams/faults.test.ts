import { request } from 'node:http'
import type OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { ask } from './ask.ts'
import type { Fault } from './faults.ts'
import { startUpstreams, type Upstreams } from './start.ts'

interface Seen {
  /** Null when the connection ended before any. */
  status: number | null
  headers: Record<string, unknown>
  body: Buffer
  /** The answer ended as its length or framing says. */
  complete: boolean
}

let upstreams: Upstreams
beforeAll(async () => {
  upstreams = await startUpstreams()
})
beforeEach(() => upstreams.reset())
afterAll(() => upstreams.stop())

/** What arrives, until nothing does for `ms`, byte for byte and however it ends. */
function post(path: string, json: object, ms = 10_000): Promise<Seen> {
  return new Promise((resolve) => {
    const seen: Seen = { status: null, headers: {}, body: Buffer.alloc(0), complete: false }
    const headers = { authorization: 'Bearer k', 'content-type': 'application/json' }
    const req = request(`${upstreams.url}${path}`, { method: 'POST', headers }, (res) => {
      seen.status = res.statusCode!
      seen.headers = res.headers
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('close', () =>
        resolve({ ...seen, body: Buffer.concat(chunks), complete: res.complete }),
      )
      res.on('error', () => {})
    })
    req.setTimeout(ms, () => req.destroy())
    req.on('error', () => resolve(seen))
    req.end(JSON.stringify(json))
  })
}

const draw = (more: object = {}, ms?: number): Promise<Seen> =>
  post('/openai/v1/images/generations', { model: 'gpt-image-2', prompt: 'a mill', ...more }, ms)

const billed = (): number => upstreams.ledger.calls.length

/** The images of an answer, as base64. */
const imagesOf = ({ body }: Seen): string[] =>
  (JSON.parse(body.toString()) as OpenAI.ImagesResponse).data!.map((image) => image.b64_json!)

async function drawWith(fault: Fault, n = 2): Promise<Buffer[]> {
  upstreams.faults.add(fault)
  return imagesOf(await draw({ n })).map((text) => Buffer.from(text, 'base64'))
}

describe('faults of the connection', () => {
  it.for([
    ['reset_before_headers', 0, 10_000],
    ['lost_answer', 1, 10_000],
    ['hang', 0, 500],
  ] as const)('%s: nothing arrives, %i billed', async ([kind, calls, ms], { expect }) => {
    upstreams.faults.add({ kind })
    expect(await draw({}, ms)).toMatchObject({ status: null, complete: false })
    expect(billed()).toBe(calls)
    expect(upstreams.ledger.requests).toMatchObject([{ fault: kind, status: null }])
    expect(await draw()).toMatchObject({ status: 200, complete: true })
  })

  it('reset_after_headers: headers, no byte of the body', async ({ expect }) => {
    upstreams.faults.add({ kind: 'reset_after_headers' })
    const seen = await draw()
    expect(seen).toMatchObject({ status: 200, complete: false })
    expect([seen.body.length, billed()]).toEqual([0, 1])
  })

  it('short_body: half of what the length says', async ({ expect }) => {
    upstreams.faults.add({ kind: 'short_body' })
    const seen = await draw()
    expect(seen).toMatchObject({ status: 200, complete: false })
    const length = Number(seen.headers['content-length'])
    expect(seen.body.length).toBe(length >> 1)
  })

  it('slow_headers and drip: all of it, late', async ({ expect }) => {
    upstreams.faults.add({ kind: 'slow_headers', ms: 100 }, { kind: 'drip', ms: 5 })
    for (const least of [90, 100]) {
      const start = performance.now()
      const seen = await draw()
      expect(seen).toMatchObject({ status: 200, complete: true })
      expect(imagesOf(seen)).toHaveLength(1)
      expect(performance.now() - start).toBeGreaterThan(least)
    }
  })

  it('break off streams, or end them with an error event', async ({ expect }) => {
    upstreams.faults.add({ kind: 'short_body' }, { kind: 'stream_error' })
    const options = { stream: true, partial_images: 2 }
    expect(await draw(options)).toMatchObject({ status: 200, complete: false })
    const failed = await draw(options)
    expect(failed.complete).toBe(true)
    const events = [...failed.body.toString().matchAll(/^event: (.*)$/gm)].map(([, name]) => name)
    expect(events).toEqual(['image_generation.partial_image', 'error'])
  })
})

describe('faults of the answer', () => {
  const statuses = [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504]

  it.for(statuses)('%i in the envelope of the vendor', async (status, { expect }) => {
    upstreams.faults.add({ kind: 'status', status, retryAfter: '7', times: 2 })
    const openai = await draw()
    expect(openai).toMatchObject({ status, headers: { 'retry-after': '7' } })
    expect(Object.keys(JSON.parse(openai.body.toString()).error as object)).toEqual([
      'message',
      'type',
      'param',
      'code',
    ])
    const aimlapi = await post('/aimlapi/v1/images/generations', {})
    expect(JSON.parse(aimlapi.body.toString())).toMatchObject({ statusCode: status })
    expect(billed()).toBe(0)
  })

  it('moderation, an empty account, HTML, nothing, half a JSON, another type', async ({
    expect,
  }) => {
    const kinds = ['moderation', 'no_credit', 'html', 'empty', 'broken_json', 'wrong_type'] as const
    upstreams.faults.add(...kinds.map((kind) => ({ kind })))
    const seen: Seen[] = []
    for (const _ of kinds) seen.push(await draw())
    expect(seen.map(({ status }) => status)).toEqual([400, 429, 200, 200, 200, 200])
    expect(seen[0]!.body.toString()).toContain('moderation_blocked')
    expect(seen[1]!.body.toString()).toContain('insufficient_quota')
    expect(seen[2]!.headers['content-type']).toContain('text/html')
    expect(seen[3]!.body.length).toBe(0)
    expect(() => JSON.parse(seen[4]!.body.toString())).toThrow(SyntaxError)
    expect(seen[5]!.headers['content-type']).toBe('text/plain')
    expect(billed()).toBe(2)
  })

  it('a redirect to a private address, for submits and for links', async ({ expect }) => {
    const location = 'http://10.0.0.1/x'
    upstreams.faults.add({ kind: 'redirect' }, { kind: 'redirect', on: 'result', location })
    expect((await draw()).headers['location']).toBe('http://169.254.169.254/latest/meta-data/')
    const { body } = await post('/modelmax/v1/images/generations', {
      model: 'imagen-3',
      prompt: 'x',
    })
    const { data } = JSON.parse(body.toString()) as OpenAI.ImagesResponse
    const link = await fetch(data![0]!.url!, { redirect: 'manual' })
    expect([link.status, link.headers.get('location')]).toEqual([307, location])
  })
})

describe('faults of the images', () => {
  it('SVG, oversize, duplicates, one too many, none', async ({ expect }) => {
    const [svg] = await drawWith({ kind: 'svg_as_png' })
    expect(svg!.toString()).toMatch(/^<svg/)
    const [big] = await drawWith({ kind: 'oversize', bytes: 3_000_000 }, 1)
    expect(big!.length).toBe(3_000_000)
    const [one, two] = await drawWith({ kind: 'duplicates' })
    expect(one!.equals(two!)).toBe(true)
    expect(await drawWith({ kind: 'wrong_count' })).toHaveLength(3)
    expect(await drawWith({ kind: 'wrong_count', count: 0 })).toHaveLength(0)
  })

  it('base64 that breaks off within a group of four', async ({ expect }) => {
    upstreams.faults.add({ kind: 'truncated_base64' })
    const [text] = imagesOf(await draw())
    expect(text!.length % 4).toBe(1)
  })

  it('links to private addresses', async ({ expect }) => {
    upstreams.faults.add({ kind: 'private_url', location: 'http://127.0.0.1:1/x.png' })
    const answer = await post('/modelmax/v1/images/generations', { model: 'imagen-3', prompt: 'x' })
    expect(answer.body.toString()).toContain('http://127.0.0.1:1/x.png')
  })
})

describe('faults of jobs', () => {
  it('a word that is no status, an id that is gone, and work that fails', async ({ expect }) => {
    upstreams.faults.add({ kind: 'unknown_status' }, { kind: 'gone' }, { kind: 'job_failed' })
    const root = `${upstreams.url}/oxen/api/ai/queue`
    const queued = await ask<{ generations: { generation_id: string }[] }>(root, {
      model: 'flux-2-dev',
      prompt: 'x',
    })
    const url = `${root}/${queued.body.generations[0]!.generation_id}`
    expect((await ask(url)).body).toMatchObject({ status: 'warming_up' })
    expect(await ask(url)).toMatchObject({
      status: 404,
      body: { status_message: 'resource_not_found' },
    })
    expect((await ask(url)).body).toMatchObject({
      status: 'failed',
      error_message: 'The job failed.',
    })
    expect(billed()).toBe(1)
  })
})

describe('where faults strike', () => {
  it('by API, by text, by kind of call, and as often as said', async ({ expect }) => {
    upstreams.faults.add(
      { kind: 'html', api: 'oxen' },
      { kind: 'empty', match: 'castle', times: 2 },
    )
    expect((await draw()).body.length).toBeGreaterThan(0)
    for (const length of [0, 0]) {
      expect((await draw({ prompt: 'a castle' })).body.length).toBe(length)
    }
    expect((await draw({ prompt: 'a castle' })).body.length).toBeGreaterThan(0)
    const models = await ask(`${upstreams.url}/oxen/api/ai/models`)
    expect(models.status).toBe(200)
    const submit = await post('/oxen/api/ai/queue', { model: 'flux-2-dev', prompt: 'x' })
    expect(submit.headers['content-type']).toContain('text/html')
  })

  it('are kept from paid work, or told to follow it', async ({ expect }) => {
    upstreams.faults.add({ kind: 'status', status: 500, work: true })
    expect((await draw()).status).toBe(500)
    expect(billed()).toBe(1)
  })
})

describe('control from another process', () => {
  it('arms faults, reads the ledger, sets times and sizes, and resets', async ({ expect }) => {
    const control = `${upstreams.url}/control`
    const armed = await ask(`${control}/faults`, [{ kind: 'html' }, { kind: 'lost_answer' }])
    expect(armed.body).toEqual({ armed: 2 })
    expect((await ask(`${control}/faults`, { kind: 'nope' })).status).toBe(400)
    expect((await draw()).headers['content-type']).toContain('text/html')
    expect((await draw()).status).toBeNull()
    const ledger = await ask<object>(`${control}/ledger`)
    expect(ledger.body).toMatchObject({
      calls: [{ api: 'openai', prompt: 'a mill', n: 1, cancelled: false }],
      requests: [
        { fault: 'html', status: 200 },
        { fault: 'lost_answer', status: null },
      ],
    })
    await ask(`${control}/settings`, { imageBytes: 500_000 })
    const [text] = imagesOf(await draw())
    expect(Buffer.from(text!, 'base64').length).toBe(500_000)
    await ask(`${control}/reset`, {})
    expect((await ask(`${control}/ledger`)).body).toEqual({ calls: [], requests: [] })
  })

  it('keeps no credential and no long text', async ({ expect }) => {
    const image_url = `data:image/png;base64,${'A'.repeat(10_000)}`
    await post('/openai/v1/images/edits', { model: 'x', prompt: 'y', images: [{ image_url }] })
    const text = JSON.stringify(upstreams.ledger.requests)
    expect(text).not.toContain('Bearer k')
    expect(text).not.toContain('AAAAAAAA')
    expect(upstreams.ledger.requests).toMatchObject([
      { authorization: { scheme: 'Bearer', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    ])
  })

  it('gives large files on request of a prompt', async ({ expect }) => {
    const [text] = imagesOf(await draw({ prompt: 'a mill [[bytes=15000000]]' }))
    expect(Buffer.from(text!, 'base64').length).toBe(15_000_000)
  })
})
