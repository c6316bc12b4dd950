import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { ask, download, listCharges, listJobs, openAccount, type Account } from './client.ts'

const MODELS = JSON.stringify({
  'sketch-1': { price: [{ unit: 'image', usd: 0.04 }] },
  'sketch-slow': { price: [{ unit: 'image', usd: 0.04 }] },
})

const HEADER = { 'idempotency-key': 'order-17' }

interface Images {
  data: { url: string }[]
  error?: { code: string; param: string | null }
}

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ vars: { MODELS } })
})
afterAll(() => gateway.stop())

const open = (): Promise<Account> => openAccount(gateway.url, 10)

async function draw({ key }: Account, change: object = {}, headers: Record<string, string> = {}) {
  const body = { model: 'sketch-1', prompt: 'a kite', size: '64x64', ...change }
  const options = { key, body, headers }
  const answer = await ask<Images>(`${gateway.url}/v1/images/generations`, options)
  const header = (name: string): string | null => answer.headers.get(name)
  return {
    status: answer.status,
    urls: answer.json.data?.map(({ url }) => url),
    error: answer.json.error,
    job: header('x-darkroom-job'),
    cache: header('x-darkroom-cache'),
    cost: header('x-darkroom-cost-usd'),
    replayed: header('idempotency-replayed'),
  }
}

const keyOf = (length: number) => ({ 'idempotency-key': 'k'.repeat(length) })

/** Jobs and charges of a tenant, counted. */
async function count({ tenant, key }: Account) {
  const jobs = await listJobs(gateway.url, key)
  const charges = await listCharges(gateway.url, tenant)
  return { jobs: jobs.length, charges: charges.length }
}

// What waits comes first: tests of a block start in their order, five at a time.
describe.concurrent('two equal requests', () => {
  it('share the job that still runs when they have a seed', async ({ expect }) => {
    const account = await open()
    const slow = { model: 'sketch-slow', seed: 5 }
    const answers = await Promise.all([draw(account, slow), draw(account, slow)])
    expect(new Set(answers.map(({ cache }) => cache))).toEqual(new Set(['join', 'miss']))
    expect(answers[0].urls).toEqual(answers[1].urls)
    expect(await count(account)).toEqual({ jobs: 1, charges: 1 })
  })

  it('share the job that still runs when they have an idempotency key', async ({ expect }) => {
    const account = await open()
    const slow = { model: 'sketch-slow' }
    const answers = await Promise.all([draw(account, slow, HEADER), draw(account, slow, HEADER)])
    expect(new Set(answers.map(({ cache }) => cache))).toEqual(new Set(['join', 'miss']))
    expect(answers.map(({ replayed }) => replayed)).toEqual([null, null])
    expect(answers[0].urls).toEqual(answers[1].urls)
    expect(await count(account)).toEqual({ jobs: 1, charges: 1 })
  })

  it('are two jobs with different images when no seed is given', async ({ expect }) => {
    const account = await open()
    const answers = await Promise.all([draw(account), draw(account)])
    expect(answers.map(({ cache }) => cache)).toEqual(['miss', 'miss'])
    const images = await Promise.all(answers.map(({ urls }) => download(urls[0]!)))
    expect(new Set(images.map(({ sha256 }) => sha256)).size).toBe(2)
    expect(await count(account)).toEqual({ jobs: 2, charges: 2 })
  })

  it('are one job and one charge when they have a seed', async ({ expect }) => {
    const account = await open()
    const first = await draw(account, { seed: 5 })
    const second = await draw(account, { seed: 5 })
    expect(first).toMatchObject({ status: 200, cache: 'miss', cost: '0.04' })
    expect(second).toEqual({ ...first, cache: 'hit', cost: '0' })
    expect(await count(account)).toEqual({ jobs: 1, charges: 1 })
  })

  it.for([
    ['a seed', { seed: 6 }, {}],
    ['an idempotency key', {}, HEADER],
  ] as const)('are one job when 50 of %s come at once', async ([, change, headers], { expect }) => {
    const account = await open()
    const drawn = Array.from({ length: 50 }, () => draw(account, change, headers))
    const answers = await Promise.all(drawn)
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(new Set(answers.map(({ job }) => job)).size).toBe(1)
    expect(new Set(answers.map(({ urls }) => urls[0])).size).toBe(1)
    expect(answers.filter(({ cache }) => cache === 'miss')).toHaveLength(1)
    expect(await count(account)).toEqual({ jobs: 1, charges: 1 })
  })

  it.for([
    ['the seed differs', { seed: 8 }, {}],
    ['the prompt differs', { prompt: 'a barge' }, {}],
    ['the second wants no reuse', { gateway: { cache: 'off' } }, {}],
    ['the second wants nothing stored', {}, { 'cache-control': 'no-store' }],
  ] as const)('of a seed are two jobs when %s', async ([, change, headers], { expect }) => {
    const account = await open()
    const first = await draw(account, { seed: 7 })
    const second = await draw(account, { seed: 7, ...change }, headers)
    expect(second).toMatchObject({ status: 200, cache: 'miss', cost: '0.04' })
    expect(second.job).not.toBe(first.job)
    expect(await count(account)).toEqual({ jobs: 2, charges: 2 })
  })

  it('never share a job across tenants', async ({ expect }) => {
    const [one, other] = await Promise.all([open(), open()])
    const first = await draw(one, { seed: 9 }, { 'idempotency-key': 'mine' })
    const second = await draw(other, { seed: 9 }, { 'idempotency-key': 'mine' })
    expect(second).toMatchObject({ status: 200, cache: 'miss', replayed: null })
    expect(second.job).not.toBe(first.job)
    expect(await count(other)).toEqual({ jobs: 1, charges: 1 })
  })
})

describe.concurrent('an idempotency key', () => {
  it('replays the answer to the same body', async ({ expect }) => {
    const account = await open()
    const first = await draw(account, {}, HEADER)
    const second = await draw(account, {}, HEADER)
    expect(first).toMatchObject({ status: 200, cache: 'miss', replayed: null })
    expect(second).toEqual({ ...first, cache: 'hit', cost: '0', replayed: 'true' })
    expect(await count(account)).toEqual({ jobs: 1, charges: 1 })
  })

  it('is refused with another body', async ({ expect }) => {
    const account = await open()
    await draw(account, {}, HEADER)
    const other = await draw(account, { prompt: 'a barge' }, HEADER)
    expect(other).toMatchObject({ status: 422, error: { code: 'idempotency_key_reused' } })
    expect(await count(account)).toEqual({ jobs: 1, charges: 1 })
  })

  it('has 1 to 255 characters', async ({ expect }) => {
    const account = await open()
    expect((await draw(account, {}, keyOf(255))).status).toBe(200)
    const long = await draw(account, {}, keyOf(256))
    expect(long).toMatchObject({ status: 400, error: { param: 'Idempotency-Key' } })
    expect((await draw(account, {}, keyOf(0))).status).toBe(400)
    expect(await count(account)).toEqual({ jobs: 1, charges: 1 })
  })
})
