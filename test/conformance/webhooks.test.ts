import OpenAI from 'openai'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { addKey, ask, openAccount, type Account, type NativeJob } from './client.ts'
import { startReceiver, type Received, type Receiver } from './webhook-receiver.ts'

const SCOPES = ['images:create', 'jobs:read', 'jobs:cancel', 'webhooks:admin']

/** Paths below these are answered so. */
const ANSWERS: Record<string, number> = { gone: 410, down: 500, moved: 307 }

let receiver: Receiver
let gateway: Gateway
let logged = ''
beforeAll(async () => {
  receiver = await startReceiver(({ path }) => ANSWERS[path.split('/')[1]!] ?? 204)
  gateway = await startGateway({
    vars: { ALLOW_PRIVATE_URLS: 'true' },
    onLog: (line) => (logged += line),
  })
})
afterAll(async () => {
  await gateway.stop()
  await receiver.stop()
})

interface DeliveryList {
  data: {
    id: string
    status: string
    attempts: number
    response_status: number | null
    next_attempt_at: number | null
  }[]
}

const owner = async () => ownerOf(await openAccount(gateway.url, null, SCOPES))

function ownerOf(account: Account) {
  const { key } = account
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 })
  const endpoints = `${gateway.url}/v1/webhook_endpoints`
  return {
    ...account,
    client,
    post: <Body>(path: string, body?: object) =>
      ask<Body>(endpoints + path, { key, method: 'POST', ...(body && { body }) }),
    deliveries: async (id: string) =>
      (await ask<DeliveryList>(`${endpoints}/${id}/deliveries?limit=100`, { key })).json.data,
    endpoint: async (id: string) =>
      (await ask<{ status: string; disabled_reason: string | null }>(`${endpoints}/${id}`, { key }))
        .json,
  }
}

const draw = async (
  { key }: Account,
  body: object = {},
  model = 'sketch-1',
): Promise<NativeJob & { model: string }> => {
  const answer = await ask<NativeJob & { model: string }>(`${gateway.url}/v1/images/generations`, {
    key,
    body: { model, prompt: 'a lighthouse', size: '64x64', ...body },
    headers: { prefer: 'respond-async' },
  })
  if (answer.status !== 202) throw new Error(JSON.stringify(answer.json))
  return answer.json
}

const arrived = (path: string, count = 1): Promise<Received[]> =>
  waitFor(() => (receiver.at(path).length >= count ? receiver.at(path) : null))

async function waitFor<T>(look: () => T | null | Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 1500; tries++) {
    const found = await look()
    if (found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('nothing came within 30 s')
}

describe.concurrent('webhooks', () => {
  it('are managed and verified by the openai client', async ({ expect }) => {
    const ada = await owner()
    const { webhooks } = ada.client
    const url = `${receiver.url}/openai`
    const made = await webhooks.create({ name: 'x', url, event_types: ['response.completed'] })
    expect(made.signing_secret).toMatch(/^whsec_/)
    expect((await webhooks.retrieve(made.id)).url).toBe(url)
    expect((await webhooks.update(made.id, { name: 'y' })).name).toBe('y')
    const listed: string[] = []
    for await (const { id } of webhooks.list()) listed.push(id)
    expect(listed).toEqual([made.id])
    const rotated = await webhooks.rotateSecret(made.id)

    const tested = await webhooks.test(made.id, { event_type: 'response.completed' })
    expect(tested).toMatchObject({ success: true, status_code: 204 })
    const [sent] = await arrived('/openai')
    for (const secret of [rotated.signing_secret, made.signing_secret]) {
      const event = await webhooks.unwrap(sent!.body, sent!.headers, secret)
      expect(event).toMatchObject({ type: 'response.completed', id: sent!.id, object: 'event' })
    }
    const altered = webhooks.unwrap(`${sent!.body} `, sent!.headers, made.signing_secret)
    await expect(altered).rejects.toThrow()
    expect((await webhooks.delete(made.id)).deleted).toBe(true)
  })

  it('tell the end of a job by links, in a body signed byte for byte', async ({ expect }) => {
    const ada = await owner()
    const made = await ada.post<{ id: string; signing_secret: string }>('', {
      url: `${receiver.url}/all`,
    })
    const secret = made.json.signing_secret
    const job = await draw(ada, { gateway: { metadata: { order: '7' } } })
    const [sent] = await arrived('/all')
    const event = new Webhook(secret).verify(sent!.body, sent!.headers)
    expect(await ada.client.webhooks.unwrap(sent!.body, sent!.headers, secret)).toEqual(event)
    const read = (await ask<NativeJob & { completed_at: number }>(job.urls.get, { key: ada.key }))
      .json
    expect(event).toEqual({
      id: `evt_${job.id.slice(4)}_image_job_succeeded`,
      object: 'event',
      created_at: read.completed_at,
      type: 'image.job.succeeded',
      data: {
        id: job.id,
        object: 'image.job',
        livemode: true,
        status: 'succeeded',
        model: 'sketch-1',
        error: null,
        metadata: { order: '7' },
        urls: { get: job.urls.get, images: job.urls.images },
      },
    })
    expect(sent!.headers['user-agent']).toBe('darkroom')
    expect(sent!.body).not.toContain('lighthouse')
    const image = await fetch(job.urls.images[0]!)
    await image.arrayBuffer()
    expect(image.status).toBe(200)
    const list = await waitFor(async () => {
      const all = await ada.deliveries(made.json.id)
      return all.length > 0 ? all : null
    })
    expect(list).toMatchObject([
      { id: sent!.id, status: 'delivered', attempts: 1, response_status: 204 },
    ])
  })

  it('tell failures and cancels to those who asked for them', async ({ expect }) => {
    const ada = await owner()
    await ada.post('', {
      url: `${receiver.url}/ends`,
      event_types: ['image.job.failed', 'image.job.cancelled'],
    })
    await draw(ada)
    await draw(ada, {}, 'sketch-moderated')
    const slow = await draw(ada, {}, 'sketch-slow')
    await ask(slow.urls.cancel, { key: ada.key, method: 'POST' })
    const events = (await arrived('/ends', 2)).map(
      ({ body }) => JSON.parse(body) as { type: string; data: object },
    )
    expect(events.map(({ type }) => type).toSorted()).toEqual([
      'image.job.cancelled',
      'image.job.failed',
    ])
    const failed = events.find(({ type }) => type === 'image.job.failed')
    expect(failed!.data).toMatchObject({
      error: { code: 'moderation_blocked' },
      urls: { images: [] },
    })
  })

  it('go to the address that a request names, signed with the tenant’s own secret', async ({
    expect,
  }) => {
    const ada = await owner()
    const gatewayOptions = (path: string) => ({ webhook_url: `${receiver.url}/${path}` })
    const seeded = (path: string) => draw(ada, { seed: 5, gateway: gatewayOptions(path) })
    const job = await seeded('asked')
    const [sent] = await arrived('/asked')
    const request = `${gateway.url}/v1/webhook_endpoints/request`
    const { json } = await ask<{ signing_secret: string }>(request, { key: ada.key })
    const event = await ada.client.webhooks.unwrap(sent!.body, sent!.headers, json.signing_secret)
    expect(event).toMatchObject({ type: 'image.job.succeeded', data: { id: job.id } })

    // Equal requests are answered by the same job: another address is told of it, the same one is not again.
    expect((await seeded('asked')).id).toBe(job.id)
    expect((await seeded('joined')).id).toBe(job.id)
    const [joined] = await arrived('/joined')
    expect([joined!.id, joined!.body]).toEqual([sent!.id, sent!.body])
    expect(receiver.at('/asked')).toHaveLength(1)

    // Test keys have a secret of their own.
    const key = await addKey(gateway.url, ada.tenant, { test: true, scopes: SCOPES })
    const tester = ownerOf({ ...ada, key })
    const tested = await draw(tester, { gateway: gatewayOptions('tested') })
    const [told] = await arrived('/tested')
    const shown = await ask<{ signing_secret: string }>(request, { key })
    const verify = (secret: string) => ada.client.webhooks.unwrap(told!.body, told!.headers, secret)
    expect(await verify(shown.json.signing_secret)).toMatchObject({ data: { id: tested.id } })
    await expect(verify(json.signing_secret)).rejects.toThrow()
    await waitFor(async () => (await tester.deliveries('request'))[0] ?? null)
    expect((await ada.deliveries('request')).map(({ id }) => id)).not.toContain(told!.id)
    expect((await ada.post(`/request/deliveries/${told!.id}/redeliver`)).status).toBe(404)
  })

  it('are delivered again by hand, with the same id and body', async ({ expect }) => {
    const ada = await owner()
    const { json: made } = await ada.post<{ id: string }>('', { url: `${receiver.url}/twice` })
    await draw(ada)
    const [first] = await arrived('/twice')
    const again = await ada.post(`/${made.id}/deliveries/${first!.id}/redeliver`)
    expect([again.status, again.json]).toMatchObject([202, { id: first!.id, status: 'pending' }])
    const [, second] = await arrived('/twice', 2)
    expect([second!.id, second!.body]).toEqual([first!.id, first!.body])
  })

  it('switch an endpoint off that answers 410, and are dead', async ({ expect }) => {
    const ada = await owner()
    const { json: made } = await ada.post<{ id: string }>('', { url: `${receiver.url}/gone` })
    await draw(ada)
    await arrived('/gone')
    const list = await waitFor(async () => {
      const all = await ada.deliveries(made.id)
      return all[0]?.status === 'dead' ? all : null
    })
    expect(list).toMatchObject([{ attempts: 1, response_status: 410, next_attempt_at: null }])
    expect(await ada.endpoint(made.id)).toMatchObject({
      status: 'disabled',
      disabled_reason: 'gone',
    })
    await draw(ada)
    const next = await draw(ada)
    await ask(`${next.urls.get}?wait=10`, { key: ada.key })
    expect(receiver.at('/gone')).toHaveLength(1)
  })

  it('are tried again after 5 s, also where they are redirected', async ({ expect }) => {
    const ada = await owner()
    const down = await ada.post<{ id: string }>('', { url: `${receiver.url}/down` })
    const moved = await ada.post<{ id: string }>('', { url: `${receiver.url}/moved` })
    await draw(ada)
    for (const path of ['/down', '/moved']) {
      const [first, second] = await arrived(path, 2)
      expect(second!.id).toBe(first!.id)
    }
    for (const { json } of [down, moved]) {
      const listed = await waitFor(async () => {
        const [first] = await ada.deliveries(json.id)
        return first?.attempts === 2 ? first : null
      })
      expect(listed.status).toBe('pending')
      // The third comes five minutes after the second.
      const inSeconds = listed.next_attempt_at! - Date.now() / 1000
      expect(inSeconds).toBeGreaterThan(280)
      expect(inSeconds).toBeLessThanOrEqual(300)
    }
  })

  it('that are still due when their job is deleted are dead', async ({ expect }) => {
    const ada = await owner()
    const { json: made } = await ada.post<{ id: string }>('', { url: `${receiver.url}/down/2` })
    const job = await draw(ada)
    await arrived('/down/2')
    await ask(job.urls.get, { key: ada.key, method: 'DELETE' })
    const [delivery] = await waitFor(async () => {
      const all = await ada.deliveries(made.id)
      return all[0]?.status === 'dead' ? all : null
    })
    expect(delivery!.response_status).toBe(500)
    const again = await ada.post(`/${made.id}/deliveries/${delivery!.id}/redeliver`)
    expect(again.status).toBe(404)
  })

  it('of a job that is deleted while it runs are listed as dead, and not sent', async ({
    expect,
  }) => {
    const ada = await owner()
    const { json: made } = await ada.post<{ id: string }>('', { url: `${receiver.url}/unsent` })
    const job = await draw(ada, {}, 'sketch-slow')
    await ask(job.urls.get, { key: ada.key, method: 'DELETE' })
    const [listed] = await ada.deliveries(made.id)
    expect(listed).toMatchObject({ type: 'image.job.cancelled', status: 'dead', attempts: 0 })
    expect(receiver.at('/unsent')).toEqual([])
  })

  it('leave no secret in the log', async ({ expect }) => {
    const ada = await owner()
    const { json } = await ada.post<{ signing_secret: string }>('', {
      url: `${receiver.url}/log/canary-path`,
    })
    await draw(ada)
    await arrived('/log/canary-path')
    expect(logged).toContain('"event":"request"')
    for (const canary of [json.signing_secret, 'whsec_', 'canary-path'])
      expect(logged).not.toContain(canary)
  })
})
