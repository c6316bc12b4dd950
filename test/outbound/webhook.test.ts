import { describe, it } from 'vitest'
import { postWebhook } from '../../src/outbound/webhook.ts'
import { hostile, seenBy } from './call.ts'
import { REFUSED } from './refused-urls.ts'

const sent = { headers: { 'webhook-id': 'evt_1' }, body: '{}' }
const LOCAL = { allowPrivate: true }

describe('the address of a webhook', () => {
  it.for(REFUSED)('is not called: %s (%s)', async ([, url], { expect }) => {
    const calls: unknown[] = []
    const fetcher = ((input: unknown) => {
      calls.push(input)
      return Promise.reject(new Error('called'))
    }) as typeof fetch
    const posted = await postWebhook(url, sent, { allowPrivate: false }, fetcher)
    expect(posted).toEqual({ status: null, isRefused: true })
    expect(calls).toEqual([])
  })

  it('is posted to with the headers of the event, and its answer is not read', async ({
    expect,
  }) => {
    let isCancelled = false
    const seen: Request[] = []
    const fetcher: typeof fetch = async (input, init) => {
      seen.push(new Request(input, init))
      const body = new ReadableStream({
        cancel: () => {
          isCancelled = true
        },
      })
      return new Response(body, { status: 200 })
    }
    const posted = await postWebhook('https://a.com/x', sent, { allowPrivate: false }, fetcher)
    expect(posted).toEqual({ status: 200, isRefused: false })
    expect(isCancelled).toBe(true)
    expect(seen[0]!.method).toBe('POST')
    expect(Object.fromEntries(seen[0]!.headers)).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'darkroom',
      'webhook-id': 'evt_1',
    })
    expect(await seen[0]!.text()).toBe('{}')
  })

  it.for([
    [204, '/status/204/webhook'],
    [500, '/dripping-error/webhook'],
    [410, '/status/410/webhook'],
    [null, '/reset-before-headers/webhook'],
    [null, '/no-http/webhook'],
  ] as const)('tells %s of %s', async ([status, path], { expect }) => {
    const posted = await postWebhook(hostile() + path, sent, LOCAL)
    expect(posted).toEqual({ status, isRefused: false })
  })

  it('is not left for where it redirects to', async ({ expect }) => {
    const to = `${hostile()}/ok/webhook-redirected`
    const url = `${hostile()}/redirect/307?to=${encodeURIComponent(to)}`
    expect(await postWebhook(url, sent, LOCAL)).toEqual({ status: 307, isRefused: false })
    expect(await seenBy('/ok/webhook-redirected')).toEqual([])
  })

  it('is given up when it does not answer in time', async ({ expect }) => {
    const soon = { headersMs: 50, bodyMs: 50, totalMs: 50 }
    const posted = await postWebhook(`${hostile()}/hang/webhook`, sent, LOCAL, fetch, soon)
    expect(posted).toEqual({ status: null, isRefused: false })
    await expect
      .poll(async () => (await seenBy('/hang/webhook')).map(({ isClosed }) => isClosed))
      .toEqual([true])
  })
})
