import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { openAccount, type Account } from '../../conformance/client.ts'
import { PRICE, startStage, type Stage } from '../../conformance/upstream-stage.ts'
import { startReceiver, type Receiver } from '../../conformance/webhook-receiver.ts'
import type { Kill, Trace } from '../../support/kills.ts'
import { PICTURE } from '../../upstreams/png.ts'
import { buildKilled, KILLED } from '../killed-build.ts'
import type { Left } from '../order.ts'

/** Longest call; a lease is 5 s longer. */
const timeoutSeconds = 8

/** USD for a million tokens of the model `by-token`. */
export const RATES = { text_in: 5, image_out: 30 }

const BY_TOKEN = {
  base: 'gpt-image-2',
  routes: [{ upstream: 'base64', model: 'gpt-image-2' }],
  price: Object.entries(RATES).map(([of, usd]) => ({ unit: 'token', of, usd_per_million: usd })),
  timing: { usualSeconds: 1, timeoutSeconds },
}

/** The gateway that can be killed, its upstreams, and the test's own calls to it. */
export interface KillStage {
  stage: Stage
  stranger: Account
  /** Takes every event. */
  receiver: Receiver
  /** Where an input picture lies. */
  pictureUrl: string
  arm(tenant: string, kills: Kill[]): Promise<void>
  disarm(tenant: string): Promise<Trace>
  drop(tenant: string): Promise<void>
  left(tenant: string, jobs: string[]): Promise<Left>
  stop(): Promise<void>
}

export async function startKillStage(): Promise<KillStage> {
  await buildKilled()
  const pictures = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'image/png', 'content-length': PICTURE.length })
    answer.end(PICTURE)
  }).listen(0, '127.0.0.1')
  await once(pictures, 'listening')
  const stage = await startStage(
    [
      { id: 'base64', kind: 'openai', timeoutSeconds },
      { id: 'url', kind: 'together', timeoutSeconds },
      { id: 'handle', kind: 'oxen', timeoutSeconds },
      { id: 'handle-b64', kind: 'openai-responses', timeoutSeconds },
      { id: 'single', kind: 'sglang', timeoutSeconds },
    ],
    { 'sketch-1': { price: [{ unit: 'image', usd: PRICE }] }, 'by-token': BY_TOKEN },
    { ALLOW_PRIVATE_URLS: 'true' },
    { script: KILLED, lean: true },
  )
  const receiver = await startReceiver()
  const control = async <Answer>(asked: object): Promise<Answer> => {
    const body = JSON.stringify(asked)
    const answer = await fetch(`${stage.gateway.url}/v1/kill`, { method: 'POST', body })
    return (await answer.json()) as Answer
  }
  return {
    stage,
    stranger: await openAccount(stage.gateway.url, 0),
    receiver,
    pictureUrl: `http://127.0.0.1:${(pictures.address() as AddressInfo).port}/a.png`,
    arm: (tenant, kills) => control({ arm: tenant, kills }),
    disarm: (tenant) => control<Trace>({ disarm: tenant }),
    drop: (tenant) => control({ drop: tenant }),
    left: (tenant, jobs) => control<Left>({ left: tenant, jobs }),
    async stop() {
      await stage.stop()
      await receiver.stop()
      pictures.closeAllConnections()
      pictures.close()
    },
  }
}
