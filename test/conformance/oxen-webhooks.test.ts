import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { ask, openAccount, type NativeJob } from './client.ts'
import { startReceiver, type Receiver } from './webhook-receiver.ts'

let receiver: Receiver
let gateway: Gateway
beforeAll(async () => {
  receiver = await startReceiver()
  gateway = await startGateway({ vars: { ALLOW_PRIVATE_URLS: 'true' } })
})
afterAll(async () => {
  await gateway.stop()
  await receiver.stop()
})

const TYPES = ['image.job.succeeded', 'image.job.failed']

describe('the ends of queued generations', () => {
  it('are told by signed webhooks, one for each', async ({ expect }) => {
    const scopes = ['images:create', 'jobs:read', 'webhooks:admin']
    const { key } = await openAccount(gateway.url, null, scopes)
    const endpoint = { url: `${receiver.url}/oxen`, event_types: TYPES }
    const made = await ask<{ signing_secret: string }>(`${gateway.url}/v1/webhook_endpoints`, {
      key,
      body: { name: 'oxen', ...endpoint },
    })
    const enqueue = async (model: string, count: number): Promise<string[]> => {
      const body = { model, prompt: 'a pier', size: '64x64', num_generations: count }
      const { json } = await ask<{ generations: { generation_id: string }[] }>(
        `${gateway.url}/api/ai/queue`,
        { key, body },
      )
      return json.generations.map((one) => one.generation_id)
    }
    const drawn = await enqueue('sketch-1', 2)
    const refused = await enqueue('sketch-moderated', 1)
    await expect.poll(() => receiver.at('/oxen').length, { timeout: 30_000 }).toBe(3)

    const told = receiver.at('/oxen').map(({ body, headers }) => {
      const event = new Webhook(made.json.signing_secret).verify(body, headers)
      const { type, data } = event as { type: string; data: { id: string } }
      return `${type} ${data.id}`
    })
    const jobs = await Promise.all(
      [...drawn, ...refused].map((id) => ask<NativeJob>(`${gateway.url}/v1/jobs/${id}`, { key })),
    )
    const ends = jobs.map(({ json }) => `image.job.${json.status} ${json.id}`)
    expect(told.toSorted()).toEqual(ends.toSorted())
    expect(new Set(ends.map((end) => end.split(' ')[0]))).toEqual(new Set(TYPES))
  })
})
