import OpenAI from 'openai'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { openAccount } from './client.ts'
import { startShownReceiver } from './shown-receiver.ts'
import { KINDS } from './upstream-kinds.ts'
import { startStage, type Stage } from './upstream-stage.ts'
import { WEBHOOKS } from './schemas.ts'
import { startReceiver, type Received, type Receiver } from './webhook-receiver.ts'

const SCOPES = ['images:create', 'jobs:read', 'jobs:cancel', 'webhooks:admin']

let receiver: Receiver
let stage: Stage
beforeAll(async () => {
  receiver = await startReceiver()
  stage = await startStage([{ id: 'my-max', kind: 'max' }], {}, { ALLOW_PRIVATE_URLS: 'true' })
})
afterAll(async () => {
  await stage.stop()
  await receiver.stop()
})

/** A client with an endpoint that is told of these events. */
async function listener(path: string, event_types: string[]) {
  const { gateway } = stage
  const { key } = await openAccount(gateway.url, null, SCOPES)
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 })
  const url = `${receiver.url}/${path}`
  const { signing_secret } = await client.webhooks.create({ name: path, url, event_types } as never)
  const respond = (model: string, background: boolean, more = {}) =>
    client.responses.create({ model, input: 'a lake', background, ...more, ...SIZE } as never)
  /** Verified, oldest first, once there are so many. */
  const events = async (count: number) => {
    const seen = await arrived(`/${path}`, count)
    return Promise.all(
      seen.map(({ body, headers }) => client.webhooks.unwrap(body, headers, signing_secret)),
    )
  }
  return { client, respond, events }
}

const SIZE = { provider_options: { image: { width: 128, height: 128 } } }
const ALL = ['response.completed', 'response.failed', 'response.cancelled', 'response.incomplete']

async function arrived(path: string, count: number): Promise<Received[]> {
  for (let tries = 0; tries < 1500; tries++) {
    if (receiver.at(path).length >= count) return receiver.at(path)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`fewer than ${count} came to ${path} within 30 s`)
}

describe.concurrent('webhooks of background responses', () => {
  it.for([
    ['sketch', 'sketch-1'],
    ['an upstream', `my-max/${KINDS.max.model}`],
  ] as const)(
    'drawn by %s are verified by the openai client, and name the response to fetch',
    async ([path, model], { expect }) => {
      const { client, respond, events } = await listener(path.replace(' ', '-'), ALL)
      const { id } = (await respond(model, true)) as { id: string }
      const [event] = await events(1)
      expect(event).toMatchObject({ object: 'event', type: 'response.completed', data: { id } })
      expect(WEBHOOKS['response.completed'].safeParse(event).error).toBeUndefined()
      const response = await client.responses.retrieve(id)
      expect(response.status).toBe('completed')
    },
  )

  it('tell each end', async ({ expect }) => {
    const { client, respond, events } = await listener('ends', ALL)
    const failed = (await respond('sketch-moderated', true)) as { id: string }
    const late = (await respond('sketch-slow', true, { gateway: { deadline_s: 1 } })) as {
      id: string
    }
    const cancelled = (await respond('sketch-slow', true)) as { id: string }
    await client.responses.cancel(cancelled.id)
    const told = (await events(3)).map(({ type, data }) => `${type} ${(data as { id: string }).id}`)
    expect(new Set(told)).toEqual(
      new Set([
        `response.cancelled ${cancelled.id}`,
        `response.failed ${failed.id}`,
        `response.incomplete ${late.id}`,
      ]),
    )
    for (const event of await events(3))
      expect(WEBHOOKS[event.type as keyof typeof WEBHOOKS].safeParse(event).error).toBeUndefined()
  })

  it('are not sent for a response that was waited for: it is a job like others', async ({
    expect,
  }) => {
    const { respond, events } = await listener('waited', [...ALL, 'image.job.succeeded'])
    const { id } = (await respond('sketch-1', false)) as { id: string }
    await respond('sketch-1', true)
    const told = await events(3)
    const ofWaited = told.filter((event) => JSON.stringify(event.data).includes(id.slice(5)))
    expect(ofWaited.map(({ type }) => type as string)).toEqual(['image.job.succeeded'])
    const types = told.map(({ type }) => type as string)
    expect(types.filter((type) => type === 'response.completed')).toHaveLength(1)
  })

  it('are sent for a background response though a job of another API drew the same', async ({
    expect,
  }) => {
    const { client, respond, events } = await listener('joined', ALL)
    const asked = { model: 'sketch-slow', prompt: 'a lake', size: '128x128', seed: 3 } as const
    const job = client.images.generate(asked as never)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const { id, status } = (await respond('sketch-slow', true, { seed: 3 })) as {
      id: string
      status: string
    }
    expect(status).not.toBe('completed')
    const [event] = await events(1)
    expect(event).toMatchObject({ type: 'response.completed', data: { id } })
    await job
  })
})

describe('the receiver that the page on webhooks shows', () => {
  it('takes events of every kind, refuses what is not signed, and lives on', async ({
    expect,
    onTestFinished,
  }) => {
    const { gateway } = stage
    const { key } = await openAccount(gateway.url, null, SCOPES)
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 })
    const nowhere = { name: 'shown', url: `${receiver.url}/later`, event_types: [] }
    const made = await client.webhooks.create(nowhere)
    const example = await startShownReceiver(made.signing_secret)
    onTestFinished(() => void example.stop())
    await client.webhooks.update(made.id, { url: example.url })

    const forged = await fetch(example.url, { method: 'POST', body: '{}' })
    expect(forged.status).toBe(400)
    expect(await client.webhooks.test(made.id, {} as never)).toMatchObject({ success: true })
    const asked = { model: 'sketch-1', prompt: 'a lake', size: '128x128' } as const
    const drawn = await client.images.generate(asked as never)
    await client.responses.create({
      model: 'sketch-1',
      input: 'a lake',
      background: true,
      ...SIZE,
    } as never)
    const told = () => example.lines.join('\n')
    await expect.poll(() => told().match(/^evt_/gm), { timeout: 10_000 }).toHaveLength(3)
    for (const type of ['webhook.test', 'image.job.succeeded', 'response.completed'])
      expect(told()).toContain(` ${type} [`)
    expect(told()).toContain(drawn.data![0]!.url)
  })
})
