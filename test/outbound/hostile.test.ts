import { describe, it } from 'vitest'
import { callUpstream, type UpstreamCall } from '../../src/outbound/upstream.ts'
import { errorOf, getCall, isOver, postCall, responseOf, scripted, seenBy } from './call.ts'

const read = (call: UpstreamCall) =>
  responseOf(call).then((response) =>
    new Response(response.body).arrayBuffer().finally(response.end),
  )

describe('answers', () => {
  it.for([
    200, 201, 202, 304, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 520,
    522, 524,
  ])('with %i are left to the provider', async (status, { expect }) => {
    const response = await responseOf(postCall(`/status/${status}`))
    expect(response.status).toBe(status)
    expect(response.headers.get('retry-after')).toBe('7')
    response.end()
  })

  it.for([521, 523, 525, 526, 530])(
    'with %i mean that nothing was reached',
    async (status, { expect }) => {
      const error = await errorOf(postCall(`/status/${status}`))
      expect(error).toMatchObject({ kind: 'transient', executed: 'no', status })
    },
  )

  it('in chunks are read to their end, into our own buffer', async ({ expect }) => {
    const response = await responseOf(getCall('/chunked'))
    const reader = response.body!.getReader({ mode: 'byob' })
    const { value } = await reader.readAtLeast(5, new Uint8Array(16))
    expect(new TextDecoder().decode(value)).toBe('abcde')
    response.end()
  })

  it.for(['html', 'empty'])('that are %s come as they are', async (kind, { expect }) => {
    const response = await responseOf(getCall(`/${kind}`))
    expect(response.status).toBe(200)
    expect(await new Response(response.body).text()).toBe(
      kind === 'html' ? '<html>Sorry</html>' : '',
    )
    response.end()
  })

  it.for(['x y', 'a'.repeat(129), '<script>', 'é'])(
    'name no request id such as %j',
    async (id, { expect }) => {
      const { fetcher } = scripted({
        'https://api.lab.com/v1/a': () => new Response('', { headers: { 'request-id': id } }),
      })
      expect(
        (
          await responseOf(
            getCall('/a', { upstream: { baseUrl: 'https://api.lab.com/v1' } }),
            fetcher,
          )
        ).upstreamRequestId,
      ).toBeNull()
    },
  )
})

describe('no answer', () => {
  it.for(['cut-before-headers', 'reset-before-headers', 'no-http'])(
    'after %s is unknown',
    async (kind, { expect }) => {
      expect(await errorOf(postCall(`/${kind}`))).toEqual({
        kind: 'transient',
        executed: 'maybe',
        status: null,
        retryAfterMs: null,
        shown: null,
      })
    },
  )

  it('from a closed port is unknown, because the platform does not tell', async ({ expect }) => {
    const error = await errorOf(postCall('/x', { upstream: { baseUrl: 'http://127.0.0.1:1' } }))
    expect(error).toMatchObject({ kind: 'transient', executed: 'maybe' })
  })

  it.for(['hang', 'half-headers'])(
    'in time (%s) is unknown and ends the call',
    async (kind, { expect }) => {
      const path = `/${kind}/in-time`
      const error = await errorOf(postCall(path, { deadlines: { headersMs: 300 } }))
      expect(error).toMatchObject({ kind: 'transient', executed: 'maybe' })
      expect(await isOver(path)).toBe(true)
    },
  )

  it('for a caller who gives up is unknown, and nothing is sent for one who gave up before', async ({
    expect,
  }) => {
    const giveUp = new AbortController()
    const call = postCall('/hang/give-up', { signal: giveUp.signal })
    const error = errorOf(call)
    while ((await seenBy('/hang/give-up')).length === 0) await scheduler.wait(10)
    giveUp.abort()
    expect(await error).toMatchObject({ kind: 'transient', executed: 'maybe' })
    expect(await errorOf(call)).toMatchObject({ kind: 'transient', executed: 'no' })
    expect(await seenBy('/hang/give-up')).toHaveLength(1)
  })
})

describe('a body', () => {
  it.for(['reset-in-body', 'short-body', 'cut-chunked', 'false-gzip'])(
    'with %s breaks for its reader',
    async (kind, { expect }) => {
      await expect(read(getCall(`/${kind}`))).rejects.toThrow()
    },
  )

  it.for([
    ['hang-in-body', { bodyMs: 50 }],
    ['drip', { bodyMs: 100 }],
    ['drip', { totalMs: 500 }],
  ] as const)('that does %s is cut off by %j', async ([kind, deadlines], { expect }) => {
    const path = `/${kind}/${Object.keys(deadlines)[0]}`
    await expect(read(getCall(path, { deadlines }))).rejects.toThrow('A deadline has passed.')
    expect(await isOver(path)).toBe(true)
  })

  it('that nobody reads is dropped by end, and its caller by its signal', async ({ expect }) => {
    const giveUp = new AbortController()
    const response = await responseOf(getCall('/hang-in-body/unread'))
    response.end()
    response.end()
    await responseOf(getCall('/hang-in-body/unread', { signal: giveUp.signal }))
    giveUp.abort()
    expect(await isOver('/hang-in-body/unread', 2)).toBe(true)
  })

  it('of a call that nobody scripted never throws', async ({ expect }) => {
    const fetcher = (() => {
      throw new TypeError('no')
    }) as typeof fetch
    expect((await callUpstream(getCall('/x'), fetcher)).ok).toBe(false)
  })
})
