import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { ask, openAccount, sha256, type Account, type NativeJob } from '../conformance/client.ts'
import { startReceiver, type Received, type Receiver } from '../conformance/webhook-receiver.ts'
import { startGatewayProcess, type GatewayProcess } from './gateway-process.ts'

const JOBS = 24
const SCOPES = ['images:create', 'jobs:read', 'webhooks:admin']
/** So many of the deliveries fail at first, and are tried again after 5 s. */
const FAILING = 0.3
/** What a death cuts off is sent again within 20 s, its receiver's failure costs 5 s more. ms. */
const DEADLINE_MS = 40_000
/** When this many events have come, the gateway dies. */
const DEATHS = [4, 14]

let receiver: Receiver
let account: Account
let secret: string
let first: GatewayProcess
let jobs: string[]
const cleanUp: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  receiver = await startReceiver(({ id, before }) => (before === 0 && isUnlucky(id) ? 503 : 204))
  const state = await mkdtemp(join(tmpdir(), 'darkroom-webhooks-'))
  cleanUp.push(
    () => receiver.stop(),
    () => rm(state, { recursive: true }),
  )
  first = await live(state)
  account = await openAccount(first.url, null, SCOPES)
  const { key } = account
  const made = await ask<{ signing_secret: string }>(`${first.url}/v1/webhook_endpoints`, {
    key,
    body: { url: `${receiver.url}/endpoint` },
  })
  secret = made.json.signing_secret
  jobs = await Promise.all(Array.from({ length: JOBS }, (_, n) => accept(n)))
  for (const events of DEATHS) {
    while (receiver.received.length < events) await sleep(1)
    await first.kill()
    first = await live(state)
  }
  const deadline = Date.now() + DEADLINE_MS
  while (taken().length < JOBS && Date.now() < deadline) await sleep(50)
}, 120_000)
afterAll(async () => {
  for (const one of cleanUp.toReversed()) await one()
})

async function live(state: string): Promise<GatewayProcess> {
  const life = await startGatewayProcess(state, { ALLOW_PRIVATE_URLS: 'true' })
  cleanUp.push(() => life.kill())
  return life
}

/** The id of a job that is told of at the tenant's endpoint. */
async function accept(n: number): Promise<string> {
  const { status, json } = await ask<NativeJob>(`${first.url}/v1/images/generations`, {
    key: account.key,
    body: { model: 'sketch-1', prompt: `a buoy ${n}`, size: '64x64' },
    headers: { prefer: 'respond-async' },
  })
  if (status !== 202) throw new Error(JSON.stringify(json))
  return json.id
}

/** The same for the same event. */
const isUnlucky = (id: string): boolean =>
  Number.parseInt(sha256(Buffer.from(id)).slice(0, 8), 16) / 2 ** 32 < FAILING

const eventOf = (job: string): string => `evt_${job.slice(4)}_image_job_succeeded`

/** Events that were answered with success. */
const taken = (): string[] => [
  ...new Set(receiver.received.filter(({ status }) => status === 204).map(({ id }) => id)),
]

describe('webhooks of a gateway that is killed twice while it delivers', () => {
  it('reach a receiver that fails 30 % of them, under their ids', ({ expect }) => {
    expect(taken().toSorted()).toEqual(jobs.map(eventOf).toSorted())
  })

  it('are the same text on every repeat, with a good signature', ({ expect }) => {
    const byId = Map.groupBy(receiver.received, ({ id }) => id)
    const repeats = [...byId.values()].filter((them: Received[]) => them.length > 1)
    expect(repeats.length).toBeGreaterThan(0)
    for (const [id, them] of byId) {
      expect(new Set(them.map(({ body }) => body)).size, id).toBe(1)
      for (const { body, headers } of them)
        expect(new Webhook(secret).verify(body, headers)).toMatchObject({ id })
    }
  })
})
