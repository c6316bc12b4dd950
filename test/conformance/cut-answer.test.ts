import OpenAI from 'openai'
import { afterAll, beforeAll, describe, it, type ExpectStatic } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { download, listCharges, listJobs, openAccount, readBalance } from './client.ts'
import { startCuttingProxy } from './cutting-proxy.ts'

/** Answers that are cut off. */
const CUTS = Number(process.env['CUTS'] ?? 50)
const PRICE = 0.04
const MODELS = JSON.stringify({ 'sketch-1': { price: [{ unit: 'image', usd: PRICE }] } })
/** USD, exact in micro-dollars. */
const BALANCE = 100

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ vars: { MODELS } })
})
afterAll(() => gateway.stop())

/** One request of a stock client, and what it leads to. */
async function draw(client: OpenAI, prompt: string) {
  const { data, response } = await client.images
    .generate({ model: 'sketch-1', prompt, size: '64x64' })
    .withResponse()
  const images = await Promise.all(data.data!.map(({ url }) => download(url!)))
  return { found: images.map(({ status }) => status), job: response.headers.get('x-darkroom-job')! }
}

/** Sends every prompt through a proxy that loses the first `cuts` answers to it, `atOnce` at a time. */
async function drawThroughCuts(prompts: string[], cuts: number, atOnce: number) {
  const { tenant, key } = await openAccount(gateway.url, BALANCE)
  const proxy = await startCuttingProxy(gateway.url, cuts)
  const client = new OpenAI({ apiKey: key, baseURL: `${proxy.url}/v1`, maxRetries: 2 })
  const waiting = [...prompts]
  const drawn: Awaited<ReturnType<typeof draw>>[] = []
  const drawNext = async (): Promise<void> => {
    for (let prompt = waiting.pop(); prompt !== undefined; prompt = waiting.pop())
      drawn.push(await draw(client, prompt))
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, drawNext))
  } finally {
    await proxy.stop()
  }
  return {
    drawn,
    cut: proxy.cut(),
    jobs: await listJobs(gateway.url, key),
    charges: await listCharges(gateway.url, tenant),
    balance: await readBalance(gateway.url, key),
  }
}

/** Every request of a client is one job, one charge and one image that can be fetched. */
function expectOnePerRequest(
  expect: ExpectStatic,
  { drawn, jobs, charges, balance }: Awaited<ReturnType<typeof drawThroughCuts>>,
  requests: number,
): void {
  expect(jobs.map(({ status }) => status)).toEqual(Array(requests).fill('succeeded'))
  expect(drawn.map(({ found }) => found)).toEqual(jobs.map(() => [200]))
  expect(jobs.map(({ id }) => id).toSorted()).toEqual(drawn.map(({ job }) => job).toSorted())
  expect(new Set(charges.map(({ job }) => job)).size, 'jobs that were charged').toBe(requests)
  expect(charges.map((line) => line.amount_usd)).toEqual(Array(requests).fill(-PRICE))
  const left = Math.round((BALANCE - requests * PRICE) * 1e6) / 1e6
  expect(balance).toEqual({ balance_usd: left, reserved_usd: 0 })
}

describe.concurrent('a stock client whose answers are lost', () => {
  it(`pays once for one image, in ${CUTS} of ${CUTS} requests`, async ({ expect }) => {
    const prompts = Array.from({ length: CUTS }, (_, i) => `street number ${i}`)
    const seen = await drawThroughCuts(prompts, 1, 50)
    expect(seen.cut).toBe(CUTS)
    expectOnePerRequest(expect, seen, CUTS)
  })

  it('pays once when two answers in a row are lost', async ({ expect }) => {
    const prompts = Array.from({ length: 20 }, (_, i) => `harbour number ${i}`)
    const seen = await drawThroughCuts(prompts, 2, 20)
    expect(seen.cut).toBe(40)
    expectOnePerRequest(expect, seen, 20)
  })

  it.for([1, 2])(
    'gets an image of its own beside an equal request, %i lost each',
    async (cuts, { expect }) => {
      const prompts = Array.from({ length: 20 }, (_, i) => `twin ${Math.floor(i / 2)}`)
      const seen = await drawThroughCuts(prompts, cuts, 20)
      expect(seen.cut).toBe(20 * cuts)
      expectOnePerRequest(expect, seen, 20)
    },
  )
})
