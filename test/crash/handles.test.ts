import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it, type ExpectStatic } from 'vitest'
import {
  ask,
  download,
  listCharges,
  openAccount,
  readBalance,
  type Account,
} from '../conformance/client.ts'
import type { Job } from '../conformance/upstream-order.ts'
import { startUpstreams, type Upstreams } from '../upstreams/start.ts'
import { startGatewayProcess, type GatewayProcess } from './gateway-process.ts'

const PRICE = 0.04
const BALANCE = 10
const terms = {
  price: [{ unit: 'image', usd: PRICE }],
  timing: { usualSeconds: 1, timeoutSeconds: 10 },
}
const QUEUED = { oxen: 'flux-2-dev', 'openai-responses': 'openai-responses/gpt-image-2' }
const MODELS = JSON.stringify(
  Object.fromEntries([...Object.values(QUEUED), 'gpt-image-2'].map((model) => [model, terms])),
)

/** The upstreams draw this long, so that the gateway dies meanwhile, ms. */
const DRAWING_MS = 3000

const REQUESTS = {
  oxen: { model: QUEUED.oxen },
  'openai-responses': { model: QUEUED['openai-responses'] },
  auto: { model: 'gpt-image-2', gateway: { on_unknown: 'auto' } },
  fail: { model: 'gpt-image-2', gateway: { on_unknown: 'fail' } },
}
type Name = keyof typeof REQUESTS
const NAMES = Object.keys(REQUESTS) as Name[]

let upstreams: Upstreams
let account: Account
let gateway: GatewayProcess
/** As they stand in the gateway's second life. */
const jobs = new Map<Name, Job>()
const cleanUp: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  upstreams = await startUpstreams()
  const state = await mkdtemp(join(tmpdir(), 'darkroom-handles-'))
  cleanUp.push(
    () => upstreams.stop(),
    () => rm(state, { recursive: true }),
  )
  const first = await live(state)
  account = await openAccount(first.url, BALANCE)
  const ids = await Promise.all(NAMES.map((name) => accept(first.url, name)))
  await untilUpstreamsDraw(first.url, ids)
  await first.kill()
  gateway = await live(state)
  await Promise.all(
    NAMES.map(async (name, i) => jobs.set(name, await read(gateway.url, ids[i]!, '?wait=30'))),
  )
})
afterAll(async () => {
  for (const one of cleanUp.toReversed()) await one()
})

async function live(state: string): Promise<GatewayProcess> {
  const life = await startGatewayProcess(state, {
    MODELS,
    OPENAI_API_KEY: 'k-openai',
    OPENAI_BASE_URL: `${upstreams.url}/openai/v1`,
    OXEN_API_KEY: 'k-oxen',
    OXEN_BASE_URL: `${upstreams.url}/oxen/api`,
  })
  cleanUp.push(() => life.kill())
  return life
}

const promptOf = (name: Name): string => `${name} [[latency=${DRAWING_MS}]]`

async function accept(url: string, name: Name): Promise<string> {
  const { status, json } = await ask<Job>(`${url}/v1/images/generations`, {
    key: account.key,
    body: { prompt: promptOf(name), ...REQUESTS[name] },
    headers: { prefer: 'respond-async' },
  })
  if (status !== 202) throw new Error(JSON.stringify(json))
  return json.id
}

const read = async (url: string, id: string, query = ''): Promise<Job> =>
  (await ask<Job>(`${url}/v1/jobs/${id}${query}`, { key: account.key })).json

/** All four calls are made, and the handles of the two that have one are stored. */
async function untilUpstreamsDraw(url: string, ids: string[]): Promise<void> {
  for (;;) {
    const seen = await Promise.all(ids.map((id) => read(url, id)))
    const handles = seen.filter(({ attempts }) => attempts[0]?.upstream_job_id)
    if (handles.length === 2 && upstreams.ledger.calls.length === NAMES.length) return
    await sleep(20)
  }
}

const paidCalls = (name: Name): number =>
  upstreams.ledger.calls.filter(({ prompt }) => prompt === promptOf(name)).length

const outcomesOf = (name: Name): string[] => jobs.get(name)!.attempts.map(({ outcome }) => outcome)

describe('a gateway that is killed while its upstreams draw', () => {
  it.for(['oxen', 'openai-responses'] as const)(
    'takes up the handle at %s: one submit, and the image',
    async (name, { expect }) => {
      expect(paidCalls(name)).toBe(1)
      expect(outcomesOf(name)).toEqual(['succeeded'])
      await expectImage(name, expect)
    },
  )

  it('sends a call without a handle once more, and shows both', async ({ expect }) => {
    expect(paidCalls('auto')).toBe(2)
    expect(outcomesOf('auto')).toEqual(['unknown', 'succeeded'])
    await expectImage('auto', expect)
  })

  it('does not where on_unknown is fail', async ({ expect }) => {
    expect(paidCalls('fail')).toBe(1)
    expect(outcomesOf('fail')).toEqual(['unknown'])
    const { status, error, cost } = jobs.get('fail')!
    expect({ status, code: error?.code, usd: cost.usd }).toEqual({
      status: 'failed',
      code: 'upstream_outcome_unknown',
      usd: 0,
    })
  })

  it('charges each image once', async ({ expect }) => {
    const delivered = (['oxen', 'openai-responses', 'auto'] as const).map(
      (name) => jobs.get(name)!.id,
    )
    const charges = await listCharges(gateway.url, account.tenant)
    expect(charges.map(({ job }) => String(job)).toSorted()).toEqual(delivered.toSorted())
    const left = Math.round((BALANCE - delivered.length * PRICE) * 1e6) / 1e6
    const balance = await readBalance(gateway.url, account.key)
    expect(balance).toEqual({ balance_usd: left, reserved_usd: 0 })
  })
})

/** The gateway has another port now; a signature does not cover it. */
async function expectImage(name: Name, expect: ExpectStatic): Promise<void> {
  const { status, data } = jobs.get(name)!
  expect(status).toBe('succeeded')
  const { pathname, search } = new URL(data[0]!.url)
  const image = await download(gateway.url + pathname + search)
  const call = upstreams.ledger.calls.findLast(({ prompt }) => prompt === promptOf(name))!
  expect([image.sha256]).toEqual(call.sent())
}
