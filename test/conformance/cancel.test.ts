import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import {
  ask,
  download,
  listCharges,
  listJobs,
  openAccount,
  readBalance,
  type NativeJob,
} from './client.ts'
import { submits } from './upstream-order.ts'
import { BALANCE, PRICE, startStage, type Server, type Stage } from './upstream-stage.ts'

const KINDS = ['openai', 'oxen', 'openai-responses'] as const
type Kind = (typeof KINDS)[number]

let stage: Stage
beforeAll(async () => {
  const servers = KINDS.map((kind) => ({ id: `my-${kind}`, kind }))
  stage = await startStage([...servers, { id: 'single', kind: 'openai', most: 1 }])
})
afterAll(() => stage.stop())

const read = (job: NativeJob) => ask<NativeJob>(job.urls.get, { key: stage.account.key })

/** A job whose upstream has the order, and takes its time. */
async function working(kind: Kind, gateway: object = {}) {
  const server = stage.servers.get(`my-${kind}`)!
  const before = submits(server).length
  const { json: job } = await ask<NativeJob>(`${stage.gateway.url}/v1/images/generations`, {
    key: stage.account.key,
    body: { model: server.model, prompt: 'a mill [[latency=3000]]', gateway },
    headers: { prefer: 'respond-async' },
  })
  await vi.waitUntil(() => submits(server).length > before, { timeout: 10_000 })
  return { server, job }
}

/** Calls that ask an upstream to stop. */
const stops = ({ ledger }: Server) =>
  ledger.requests.filter(({ method, path }) => method === 'DELETE' || path.endsWith('/cancel'))

/** The upstream's last call was broken off before it was answered. */
const isBrokenOff = (server: Server) => submits(server).at(-1)!.aborted

const hasHandle = async (job: NativeJob): Promise<boolean> =>
  JSON.stringify((await read(job)).json.attempts).includes('"upstream_job_id":"')

const cancel = (job: NativeJob) =>
  ask<NativeJob>(job.urls.cancel, { key: stage.account.key, method: 'POST' })

describe('a job that is cancelled while its upstream works', () => {
  it('without a handle ends at once as unknown; what comes late is dropped and not charged', async ({
    expect,
  }) => {
    const { job, server } = await working('openai')
    const asked = Date.now()
    const ended = await cancel(job)
    expect(Date.now() - asked).toBeLessThan(2500)
    expect(ended.json).toMatchObject({
      status: 'cancelled',
      cost: { usd: 0 },
      attempts: [{ outcome: 'unknown' }],
    })
    await expect.poll(() => isBrokenOff(server), { timeout: 2000 }).toBe(true)
    // Past the time at which the upstream would have answered.
    await new Promise((wake) => setTimeout(wake, 3500))
    expect((await read(job)).json).toEqual(ended.json)
    expect((await download(job.urls.images[0]!)).status).toBe(410)
    expect(await stage.gateway.storedKeys()).toEqual([])
    expect(stops(server)).toEqual([])
    const { gateway, account } = stage
    expect(await readBalance(gateway.url, account.key)).toEqual({
      balance_usd: BALANCE,
      reserved_usd: 0,
    })
  })

  it.for(['oxen', 'openai-responses'] as const)(
    'with a handle has the upstream stop: %s',
    async (kind, { expect }) => {
      const { job, server } = await working(kind)
      await expect.poll(() => hasHandle(job), { timeout: 5000 }).toBe(true)
      const ended = await cancel(job)
      const attempts = [{ outcome: 'cancelled' }]
      expect(ended.json).toMatchObject({ status: 'cancelled', cost: { usd: 0 }, attempts })
      await expect.poll(() => stops(server)).toHaveLength(1)
      expect((await cancel(job)).json).toEqual(ended.json)
      expect(stops(server)).toHaveLength(1)
    },
  )

  it.for(['POST', 'DELETE'] as const)(
    'is answered before the upstream has answered: %s',
    async (method, { expect }) => {
      const { job, server } = await working('oxen')
      await expect.poll(() => hasHandle(job), { timeout: 5000 }).toBe(true)
      const before = stops(server).length
      server.faults.add({ kind: 'hang', on: 'cancel' })
      const asked = Date.now()
      const url = method === 'POST' ? job.urls.cancel : job.urls.get
      const { json } = await ask(url, { key: stage.account.key, method })
      expect(Date.now() - asked).toBeLessThan(5000)
      expect(json).toMatchObject(method === 'POST' ? { status: 'cancelled' } : { deleted: true })
      await expect.poll(() => stops(server)).toHaveLength(before + 1)
    },
  )
})

const hasThree = async (at: string, key: string): Promise<boolean> => {
  const { attempts } = (await ask<NativeJob>(at, { key })).json
  return attempts.filter(({ outcome }) => outcome === 'succeeded').length === 3
}

/** A job of four calls, of which three have brought their images and one is never answered. */
async function halfDone(path: string, body: object) {
  const { gateway, servers } = stage
  const { model, faults } = servers.get('single')!
  faults.add({ kind: 'hang' })
  const { key, tenant } = await openAccount(gateway.url, 1)
  const headers = { prefer: 'respond-async' }
  const asked = { model, ...body }
  const { json } = await ask<{ id: string }>(gateway.url + path, { key, body: asked, headers })
  const at = `${gateway.url}/v1/jobs/${json.id}`
  await vi.waitUntil(() => hasThree(at, key), { timeout: 10_000 })
  return { key, tenant, id: json.id, at }
}

describe('a job that has told of images while others are drawn', () => {
  const native = { prompt: 'a mill', n: 4 }
  const paid = 3 * PRICE

  it('is cancelled with those images: they stay, and are paid', async ({ expect }) => {
    const { key, at } = await halfDone('/v1/images/generations', native)
    const ended = await ask<NativeJob>(`${at}/cancel`, { key, method: 'POST' })
    const message = '3 of 4 images were made: The job was cancelled before it ended.'
    expect(ended).toMatchObject({
      status: 200,
      json: { status: 'succeeded', error: null, cost: { usd: paid } },
    })
    expect(ended.json).toMatchObject({ warnings: [{ param: 'n', message }] })
    const { data, urls, attempts } = ended.json
    expect(attempts.map(({ outcome }) => outcome).toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => 'succeeded'),
      'unknown',
    ])
    const links = await Promise.all(data.map(({ url }) => download(url)))
    expect(links.map(({ sha256 }) => sha256)).toEqual(data.map(({ sha256 }) => sha256))
    const all = await Promise.all(urls.images.map((url) => download(url)))
    expect(all.map(({ status }) => `${status}`).toSorted()).toEqual(['200', '200', '200', '410'])
    expect((await ask(`${at}/cancel`, { key, method: 'POST' })).json).toEqual(ended.json)
    const left = { balance_usd: 1 - paid, reserved_usd: 0 }
    expect(await readBalance(stage.gateway.url, key)).toEqual(left)
  })

  it('is deleted with those images, which are paid, and named by the receipt', async ({
    expect,
  }) => {
    const { key, tenant, id, at } = await halfDone('/v1/images/generations', native)
    const { json } = await ask<{ receipt: string }>(at, { key, method: 'DELETE' })
    const payload = JSON.parse(
      Buffer.from(json.receipt.split('.')[1]!, 'base64url').toString(),
    ) as Record<string, unknown>
    const of = { object: 'image.deletion', status: 'succeeded', erased: true, livemode: true }
    expect(payload).toMatchObject(of)
    expect(payload['images']).toHaveLength(3)
    expect((await ask(at, { key, method: 'DELETE' })).status).toBe(404)
    const { gateway } = stage
    expect((await gateway.storedKeys()).filter((name) => name.includes(tenant))).toEqual([])
    expect(await listCharges(gateway.url, tenant)).toMatchObject([{ job: id, amount_usd: -paid }])
    expect((await readBalance(gateway.url, key)).reserved_usd).toBe(0)
  })

  it('is no success for the request that waits while another deletes it', async ({ expect }) => {
    const { gateway, servers } = stage
    const { model, faults } = servers.get('single')!
    faults.add({ kind: 'hang' })
    const { key } = await openAccount(gateway.url, 1)
    const url = `${gateway.url}/v1/images/generations`
    const waiting = ask<object>(url, { key, body: { model, ...native } })
    const first = async () => (await listJobs(gateway.url, key))[0]
    await vi.waitUntil(first, { timeout: 10_000 })
    const at = `${gateway.url}/v1/jobs/${(await first())!.id}`
    await vi.waitUntil(() => hasThree(at, key), { timeout: 10_000 })
    await ask(at, { key, method: 'DELETE' })
    const error = { code: 'job_cancelled' }
    expect(await waiting).toMatchObject({ status: 400, json: { error } })
  })

  it('is a completed response, where it is cancelled as one', async ({ expect }) => {
    const tools = [{ type: 'image_generation' }]
    const body = { input: 'a mill', n: 4, background: true, tools }
    const { key, id } = await halfDone('/v1/responses', body)
    const url = `${stage.gateway.url}/v1/responses/${id}/cancel`
    const { status, json } = await ask<{ output: object[] }>(url, { key, method: 'POST' })
    expect({ status, json }).toMatchObject({ status: 200, json: { status: 'completed' } })
    expect(json.output).toHaveLength(3)
  })
})

describe('a job whose deadline passes while its upstream works', () => {
  it('expires and shows its attempt; the upstream is asked to stop where there is a handle', async ({
    expect,
  }) => {
    const cases = [
      { kind: 'oxen', outcome: 'cancelled', asked: 1 },
      { kind: 'openai', outcome: 'unknown', asked: 0 },
    ] as const
    const before = cases.map(({ kind }) => stops(stage.servers.get(`my-${kind}`)!).length)
    const jobs = await Promise.all(cases.map(({ kind }) => working(kind, { deadline_s: 2 })))
    for (const [i, { outcome, asked }] of cases.entries()) {
      const { job, server } = jobs[i]!
      const { json } = await ask<NativeJob>(`${job.urls.get}?wait=10`, { key: stage.account.key })
      expect(json).toMatchObject({
        status: 'expired',
        error: { code: 'job_expired' },
        cost: { usd: 0 },
        attempts: [{ outcome }],
      })
      await expect.poll(() => stops(server)).toHaveLength(before[i]! + asked)
      if (asked === 0) expect(isBrokenOff(server)).toBe(true)
    }
  })
})

/** The next request of somebody else is drawn at once: nothing holds its upstream back. */
const drawn = async ({ model }: Server) => {
  const asked = Date.now()
  const { key } = await openAccount(stage.gateway.url, 1)
  const body = { model, prompt: 'a dam' }
  const answer = await ask(`${stage.gateway.url}/v1/images/generations`, { key, body })
  return { status: answer.status, isPrompt: Date.now() - asked < 5000 }
}

describe('requests that their callers cut off', () => {
  it('say nothing of their upstream when they were cancelled', async ({ expect }) => {
    const cut = await Promise.all(Array.from({ length: 6 }, () => working('openai')))
    await Promise.all(cut.map(({ job }) => cancel(job)))
    expect(await drawn(cut[0]!.server)).toEqual({ status: 200, isPrompt: true })
  })

  it('say nothing of their upstream when their own deadline passed', async ({ expect }) => {
    const asked = Array.from({ length: 6 }, () => working('openai', { deadline_s: 1 }))
    const cut = await Promise.all(asked)
    const { key } = stage.account
    await Promise.all(cut.map(({ job }) => ask(`${job.urls.get}?wait=10`, { key })))
    expect(await drawn(cut[0]!.server)).toEqual({ status: 200, isPrompt: true })
  })
})
