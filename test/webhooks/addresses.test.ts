import { reset } from 'cloudflare:test'
import { afterAll, afterEach, describe, it, vi } from 'vitest'
import { account, ask, generate } from '../support/client.ts'

afterEach(() => {
  vi.restoreAllMocks()
})
afterAll(reset)

const ORIGIN = 'https://hooks.pictures.com'
const DELIVERIES = '/v1/webhook_endpoints/request/deliveries'

/** Requests that one job answers, each with an address of its own, which answers with these statuses. */
async function told(statuses: Record<string, number>) {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const { pathname } = new URL(new Request(input, init).url)
    return new Response(null, { status: statuses[pathname.slice(1)] ?? 204 })
  })
  const { key } = await account({}, { scopes: ['images:create', 'jobs:read', 'webhooks:admin'] })
  const send = (path: string) =>
    generate(key, {
      model: 'sketch-1',
      prompt: 'a lighthouse',
      size: '64x64',
      seed: 1,
      gateway: { webhook_url: `${ORIGIN}/${path}` },
    })
  /** Each is over, or waits for its next try, before the next one joins. */
  const listed = async () => {
    const { json } = await ask(DELIVERIES, { key })
    return json.data.map((row: Record<string, unknown>) => [
      row['status'],
      row['attempts'],
      row['response_status'],
    ])
  }
  const again = async () => {
    const { json } = await ask(DELIVERIES, { key })
    return ask(`${DELIVERIES}/${json.data[0].id}/redeliver`, { key, method: 'POST' })
  }
  return { send, listed, again }
}

describe('addresses of requests that one job answers', () => {
  it.for([
    ['gone', 'good'],
    ['good', 'gone'],
  ])('are listed as dead where one of them is: first %s, then %s', async (order, { expect }) => {
    const statuses: Record<string, number> = { gone: 410 }
    const { send, listed, again } = await told(statuses)
    for (const [n, path] of order.entries()) {
      await send(path)
      await expect.poll(async () => (await listed())[0]?.[1]).toBe(n + 1)
    }
    expect(await listed()).toEqual([['dead', 2, 410]])
    statuses['gone'] = 204
    expect((await again()).status).toBe(202)
    await expect.poll(listed).toEqual([['delivered', 4, 204]])
  })

  it('are not listed as delivered while one of them is still to be told', async ({ expect }) => {
    const { send, listed } = await told({ down: 500 })
    await send('good')
    await expect.poll(listed).toEqual([['delivered', 1, 204]])
    await send('down')
    await expect.poll(listed).toEqual([['pending', 2, 500]])
    await send('fine')
    await expect.poll(listed).toEqual([['pending', 3, 500]])
  })
})
