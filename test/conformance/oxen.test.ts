import { writeFile, rm, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import {
  Completion,
  Enqueued,
  Generation,
  Images,
  List,
  MODEL,
  Models,
} from '../support/oxen-schemas.ts'
import { readSse } from '../support/sse.ts'
import { startUpstreams, type Upstreams } from '../upstreams/start.ts'
import { download, openAccount, readBalance, type Account } from './client.ts'

const PROMPT = 'A red cube on a white background, minimal'
/** Between two polls; the documentation's loop sleeps 10 s. */
const POLL_MS = 50

let upstreams: Upstreams
let sketched: Gateway
let drawn: Gateway
beforeAll(async () => {
  upstreams = await startUpstreams()
  sketched = await startGateway()
  drawn = await startGateway({
    vars: { OXEN_API_KEY: 'key-of-oxen', OXEN_BASE_URL: `${upstreams.url}/oxen/api` },
  })
})
afterAll(async () => {
  await Promise.all([sketched.stop(), drawn.stop()])
  await upstreams.stop()
})

/** What the documentation's programs do, with our host and key in the place of theirs. */
function client(gateway: Gateway, { key }: Account) {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }
  const url = (path: string) => `${gateway.url}/api${path}`
  const send = async (method: string, path: string, body?: object) => {
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) }
    return (await fetch(url(path), init)).json()
  }
  return {
    post: (path: string, body: object) => send('POST', path, body),
    get: (path: string) => send('GET', path),
    remove: (path: string) => send('DELETE', path),
    events: () => fetch(url('/events'), { headers }),
    async untilEnded(id: string) {
      const seen: string[] = []
      for (;;) {
        const data = Generation.parse(await send('GET', `/ai/queue/${id}`))
        if (seen.at(-1) !== data.status) seen.push(data.status)
        if (['succeeded', 'failed', 'cancelled'].includes(data.status)) return { ...data, seen }
        await sleep(POLL_MS)
      }
    },
  }
}

describe.concurrent('the programs of Oxen.ai’s documentation', () => {
  it.for(['sketch', 'Oxen itself'])('print an image URL (%s)', async (by, { expect }) => {
    const gateway = by === 'sketch' ? sketched : drawn
    const oxen = client(gateway, await openAccount(gateway.url))
    const data = Images.parse(
      await oxen.post('/ai/images/generate', { model: MODEL, prompt: PROMPT }),
    )
    const image = await download((data.images[0] as { url: string }).url)
    expect([image.status, image.type]).toEqual([200, 'image/png'])
  })

  it('save the bytes of base64', async ({ expect }) => {
    const oxen = client(sketched, await openAccount(sketched.url))
    const data = Images.parse(
      await oxen.post('/ai/images/generate', {
        model: MODEL,
        prompt: 'A blue sphere on grey background',
        response_format: 'b64_json',
      }),
    )
    const [image] = data.images
    expect(Object.keys(image!)).toEqual(['b64_json'])
    const folder = await mkdtemp(join(tmpdir(), 'oxen-'))
    const file = join(folder, 'output.png')
    await writeFile(file, Buffer.from((image as { b64_json: string }).b64_json, 'base64'))
    expect((await readFile(file)).subarray(1, 4).toString()).toBe('PNG')
    await rm(folder, { recursive: true })
  })

  it.for(['sketch', 'Oxen itself'])('enqueue and poll until done (%s)', async (by, { expect }) => {
    const gateway = by === 'sketch' ? sketched : drawn
    const oxen = client(gateway, await openAccount(gateway.url))
    const body = { model: MODEL, prompt: 'A watercolor painting of a mountain landscape' }
    const { generations } = Enqueued.parse(await oxen.post('/ai/queue', body))
    const done = await oxen.untilEnded(generations[0]!.generation_id)
    expect(done.status).toBe('succeeded')
    expect((await download(done.result_url!)).status).toBe(200)
    expect(await oxen.untilEnded(generations[0]!.generation_id)).toEqual({
      ...done,
      seen: ['succeeded'],
    })
  })
})

describe.concurrent('a request in the form of Oxen.ai', () => {
  it('reaches Oxen itself as it was sent', async ({ expect }) => {
    const { key } = await openAccount(drawn.url)
    const oxen = client(drawn, { key, tenant: '' })
    const sent = {
      model: MODEL,
      prompt: 'a mill by the sea',
      aspect_ratio: '9:16',
      num_inference_steps: 12,
      guidance_scale: 3.5,
      output_quality: 'high',
      output_format: 'jpg',
      seed: 42,
      target_namespace: 'acme',
    }
    const { generations } = Enqueued.parse(await oxen.post('/ai/queue', sent))
    const done = await oxen.untilEnded(generations[0]!.generation_id)
    const { target_namespace: _ours, ...passed } = sent
    const { model: _name, ...echoed } = sent
    expect(done).toMatchObject({ ...echoed, model_name: MODEL, status: 'succeeded' })
    const bodies = upstreams.ledger.requests.map(({ body }) => body?.json)
    expect(bodies).toContainEqual(passed)
  })

  it('of several generations is drawn by as many calls, and told by as many events', async ({
    expect,
  }) => {
    const account = await openAccount(sketched.url)
    const oxen = client(sketched, account)
    const stream = await oxen.events()
    const events = readSse(stream.body!)
    const next = events.next()
    const body = { model: 'sketch-slow', prompt: PROMPT, size: '64x64', num_generations: 3 }
    const { generations } = Enqueued.parse(await oxen.post('/ai/queue', body))
    const ids = generations.map((made) => made.generation_id)
    expect(List.parse(await oxen.get('/ai/queue')).count).toBe(3)
    await oxen.remove(`/ai/queue/${ids[2]}`)
    const told = [await next, await events.next()].map(({ value }) => {
      expect(value!.event).toBe('media_generation_completed')
      return Completion.parse(value!.data)
    })
    expect(told.map((end) => end.generation_id).toSorted()).toEqual(ids.slice(0, 2).toSorted())
    expect(told.map(({ status }) => status)).toEqual(['succeeded', 'succeeded'])
    await events.return(undefined)
    expect((await oxen.untilEnded(ids[2]!)).status).toBe('cancelled')
    expect(List.parse(await oxen.get('/ai/queue'))).toEqual({ count: 0, generations: [] })
    const { count } = List.parse(await oxen.get('/ai/queue?status=succeeded'))
    expect([count, (await readBalance(sketched.url, account.key)).reserved_usd]).toEqual([2, 0])
  })

  it('shows the way from queued to its end', async ({ expect }) => {
    const oxen = client(sketched, await openAccount(sketched.url))
    const body = { model: 'sketch-slow', prompt: PROMPT, size: '64x64' }
    const { generations } = Enqueued.parse(await oxen.post('/ai/queue', body))
    const { seen } = await oxen.untilEnded(generations[0]!.generation_id)
    expect(seen.filter((status) => status !== 'queued')).toEqual(['processing', 'succeeded'])
  })

  it('finds its model', async ({ expect }) => {
    const oxen = client(sketched, await openAccount(sketched.url))
    const { data } = Models.parse(await oxen.get('/ai/models/search?search=klein-4b'))
    expect(data.map(({ id }) => id)).toEqual([MODEL])
    expect(Models.parse(await oxen.get('/ai/models')).data.length).toBeGreaterThan(5)
  })
})
