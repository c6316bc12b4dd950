import { afterAll, beforeAll, describe, it } from 'vitest'
import { startGateway, type Gateway } from '../support/gateway.ts'
import { ask, openAccount, type NativeJob } from './client.ts'

/** Callers; 5,000 by hand: `CROWD=5000 npm test -- test/conformance/crowd.test.ts`. */
const CALLERS = Number(process.env['CROWD'] ?? 1000)
/** Callers at a time: more than may wait or watch. */
const AT_ONCE = 200

let gateway: Gateway
let key: string
beforeAll(async () => {
  gateway = await startGateway()
  ;({ key } = await openAccount(gateway.url))
})
afterAll(() => gateway.stop())

/** A job that draws for 3 s. */
async function begin(): Promise<NativeJob> {
  const body = { model: 'sketch-slow', prompt: 'a pier', size: '256x256', partial_images: 3 }
  const headers = { prefer: 'respond-async' }
  const url = `${gateway.url}/v1/images/generations`
  return (await ask<NativeJob>(url, { key, body, headers })).json
}

/** How the job ended, and its calls to an upstream. */
async function ended({ urls }: NativeJob): Promise<[status: string, calls: number]> {
  const { status, attempts } = (await ask<NativeJob>(`${urls.get}?wait=20`, { key })).json
  return [status, attempts.length]
}

/** How many of the callers were answered with which status; each reads its answer to the end. */
async function crowd(url: string): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {}
  let left = CALLERS
  const caller = async () => {
    while (left > 0) {
      left -= 1
      const answer = await fetch(url)
      await answer.arrayBuffer()
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, caller))
  return statuses
}

describe('a crowd that asks before the image exists', () => {
  it('for its link: few wait, all are answered, and it is drawn once', async ({ expect }) => {
    const job = await begin()
    const { 200: images = 0, 202: later = 0 } = await crowd(job.urls.images[0]!)
    expect(await ended(job)).toEqual(['succeeded', 1])
    expect(images + later).toBe(CALLERS)
    expect(later).toBeGreaterThan(0)
  })

  it('for its events: 64 watch, the others are told to come again', async ({ expect }) => {
    const job = await begin()
    const { 200: streams = 0, 429: later = 0 } = await crowd(job.urls.watch)
    expect(await ended(job)).toEqual(['succeeded', 1])
    expect(streams + later).toBe(CALLERS)
    expect(streams).toBeGreaterThanOrEqual(64)
    expect(later).toBeGreaterThan(0)
  })
})
