import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterAll, describe, it } from 'vitest'
import { parseJobId } from '../../src/core/ids.ts'
import { account, ask, call, generate } from '../support/client.ts'
import { allSse, readSse, type Sent } from '../support/sse.ts'

afterAll(reset)

const small = { prompt: 'a red cube', size: '256x128' }
const LATER = { prefer: 'respond-async' }

/** A job that is under way for 3 s. */
async function begin(more: Record<string, unknown> = {}) {
  const { key } = await account({ balance_usd: 1 })
  const body = { ...small, model: 'sketch-slow-priced', partial_images: 2, ...more }
  const { json } = await generate(key, body, LATER)
  return { key, json, watch: (after = 0) => call(`${json.urls.watch}&after=${after}`) }
}

/** The instance dies as in a deploy. */
const kill = (id: string): Promise<void> =>
  runInDurableObject(env.JOBS.getByName(parseJobId(id)!), (_, state) => state.abort('killed'))

/** A job that has ended, and all its events. */
async function ended() {
  const { key } = await account({ balance_usd: 1 })
  const body = { ...small, model: 'sketch-priced', partial_images: 3, n: 2 }
  const { json } = await generate(key, body, LATER)
  const all = await allSse(await call(json.urls.events, { key }))
  return { key, json, all }
}

type Ended = Awaited<ReturnType<typeof ended>>

const namesOf = (all: Sent[]): string[] => all.map(({ event }) => event)

describe.concurrent('the events of a job', () => {
  it('come one by one, with links, and end with the job', async ({ expect }) => {
    const { key, json } = await begin()
    const answer = await call(json.urls.events, { key })
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const all = await allSse(answer)
    const names = ['queued', 'running', 'partial', 'partial', 'progress', 'image', 'succeeded']
    expect(namesOf(all)).toEqual(names)
    expect(all.map(({ id }) => id)).toEqual(names.map((_, i) => String(i + 1)))
    expect(all.every(({ event, data }) => data.type === event && data.job === json.id)).toBe(true)
    expect(all[4]!.data.progress).toEqual({ stage: 'drawing' })
    const job = (await ask(json.urls.get, { key })).json
    expect(all[5]!.data).toMatchObject({ n: 0, ...job.data[0] })
    expect(all[6]!.data).toMatchObject({ data: job.data, error: null })
  })

  it('survive the death of the object in the middle, without a gap or a double', async ({
    expect,
  }) => {
    const { json, watch } = await begin()
    const seen: Sent[] = []
    for await (const sent of readSse((await watch()).body!)) {
      seen.push(sent)
      if (sent.event === 'progress') await expect(kill(json.id)).rejects.toThrow('killed')
    }
    expect(seen.at(-1)!.event).toBe('succeeded')
    expect(seen).toEqual(await allSse(await watch()))
  })

  it('go on behind the one that a client has seen last', async ({ expect }) => {
    const { watch } = await begin()
    const first: Sent[] = []
    for await (const sent of readSse((await watch()).body!)) {
      first.push(sent)
      if (sent.event === 'partial') break
    }
    const rest = await allSse(await watch(first.length))
    expect([...first, ...rest]).toEqual(await allSse(await watch()))
  })

  it('are given to 64 at a time; one who goes makes room', async ({ expect }) => {
    const { watch } = await begin()
    const open = await Promise.all(Array.from({ length: 64 }, () => watch()))
    expect(open.map(({ status }) => status).filter((status) => status !== 200)).toEqual([])
    const full = await watch()
    expect([full.status, full.headers.get('retry-after')]).toEqual([429, '5'])
    expect(await full.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } })
    await open[0]!.body!.cancel()
    let next = await watch()
    for (let tries = 0; next.status === 429 && tries < 20; tries++) {
      await next.body!.cancel()
      await scheduler.wait(50)
      next = await watch()
    }
    expect(next.status).toBe(200)
    await Promise.all([...open.slice(1), next].map(({ body }) => body!.cancel()))
  })
})

describe('the events of a job that has ended', () => {
  it('can be read from any of them on', async ({ expect }) => {
    const { key, json, all } = await ended()
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: all.length - 1 }), async (after) => {
        const headers = { 'last-event-id': String(after) }
        const rest = await allSse(await call(json.urls.events, { key, headers }))
        expect(rest).toEqual(all.slice(after))
        expect(await allSse(await call(`${json.urls.events}?after=${after}`, { key }))).toEqual(
          rest,
        )
      }),
      { numRuns: 15 },
    )
  })

  it('begin with the first for a client that names none', async ({ expect }) => {
    const { key, json, all } = await ended()
    const answer = await call(json.urls.events, { key, headers: { 'last-event-id': '' } })
    expect(await allSse(answer)).toEqual(all)
  })

  it('tell a browser that has seen all not to come again', async ({ expect }) => {
    const { json, all } = await ended()
    const answer = await call(json.urls.watch, { headers: { 'last-event-id': `${all.length}` } })
    expect([answer.status, await answer.text()]).toEqual([204, ''])
  })

  it('name partial images that can be opened, and are deleted with the job', async ({ expect }) => {
    const { key, json, all } = await ended()
    const partials = all.filter(({ event }) => event === 'partial').map(({ data }) => data)
    expect(partials.map(({ n, k }) => `${n}.${k}`).toSorted()).toEqual(
      [0, 1].flatMap((n) => [0, 1, 2].map((k) => `${n}.${k}`)),
    )
    for (const { url, bytes, content_type } of partials) {
      const image = await call(url)
      expect((await image.arrayBuffer()).byteLength).toBe(bytes)
      expect(image.headers.get('content-type')).toBe(content_type)
    }
    const unsigned = new URL(partials[0].url)
    unsigned.pathname = unsigned.pathname.replace(/\.\d$/, '')
    expect((await ask(unsigned.href)).status).toBe(403)
    await ask(json.urls.get, { key, method: 'DELETE' })
    const { prefix } = /(?<prefix>\/0.+\/)\d\.\d/.exec(partials[0].url)!.groups!
    const left = await env.IMAGES_BUCKET.list({ prefix: `partials${prefix}` })
    expect(left.objects).toEqual([])
  })

  it('say why it failed', async ({ expect }) => {
    const { key } = await account()
    const { json } = await generate(key, { ...small, model: 'sketch-moderated' }, LATER)
    const all = await allSse(await call(json.urls.events, { key }))
    expect(namesOf(all)).toEqual(['queued', 'running', 'failed'])
    expect(all[2]!.data).toMatchObject({ data: [], error: { code: 'moderation_blocked' } })
  })
})

describe('who may watch a job', () => {
  let known: Promise<[Ended, Ended]> | undefined
  /** Two jobs that have ended. */
  const two = () => (known ??= Promise.all([ended(), ended()]))

  it('is whoever has the link, from any site', async ({ expect }) => {
    const [{ json }] = await two()
    const headers = { origin: 'https://elsewhere.test' }
    const answer = await call(json.urls.watch, { headers })
    await answer.body!.cancel()
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
  })

  it.for<[string, (url: URL, other: URL) => void]>([
    ['another job', (url, other) => (url.pathname = other.pathname)],
    ['another tenant', (url) => (url.pathname = url.pathname.replace('/watch/0', '/watch/1'))],
    ['a later expiry', (url) => url.searchParams.set('e', '4000000000')],
    ['no signature', (url) => url.searchParams.delete('s')],
    ["an image's signature", (url) => (url.pathname = url.pathname.replace('watch', 'i') + '/0')],
  ])('is nobody with a link that was altered: %s', async ([, tamper], { expect }) => {
    const [{ json }, other] = await two()
    const url = new URL(json.urls.watch)
    tamper(url, new URL(other.json.urls.watch))
    const answer = await ask(url.href)
    expect([answer.status, answer.json.error.code]).toEqual([403, 'permission_denied'])
  })

  it('is not another tenant, and nobody once it is gone', async ({ expect }) => {
    const { key, json } = await ended()
    const { key: foreign } = await account()
    expect((await ask(json.urls.events, { key: foreign })).status).toBe(404)
    expect((await ask(json.urls.events)).status).toBe(401)
    await ask(json.urls.get, { key, method: 'DELETE' })
    expect((await ask(json.urls.events, { key })).status).toBe(404)
    expect((await ask(json.urls.watch)).status).toBe(404)
  })

  it('says from which event on, or is told how', async ({ expect }) => {
    const [{ json }] = await two()
    const answer = await ask(`${json.urls.watch}&after=latest`)
    expect([answer.status, answer.json.error.param]).toEqual([400, 'after'])
  })
})
