import { describe, it } from 'vitest'
import {
  CREDENTIAL,
  errorOf,
  getCall,
  hostile,
  movedTo,
  postCall,
  responseOf,
  scripted,
  seenBy,
} from './call.ts'

const base = { baseUrl: 'https://api.lab.com/v1', extraHosts: ['queue.lab.com'] }
const ok = () => new Response('{}')

describe('what an upstream receives', () => {
  it('is the credential, the body with its length, and no header beside the listed ones', async ({
    expect,
  }) => {
    const headers = { 'Idempotency-Key': 'job_1', Cookie: 'a=b', 'X-Forwarded-For': '1.2.3.4' }
    const response = await responseOf(postCall('/ok/receives', { request: { headers } }))
    await new Response(response.body).text()
    response.end()
    expect(response.upstreamRequestId).toBe('req_1')
    const [seen] = await seenBy('/ok/receives')
    const lines = seen!.head.toLowerCase().split('\r\n')
    expect(lines[0]).toBe('post /ok/receives http/1.1')
    expect(
      lines
        .slice(1)
        .filter((line) => !/^(host|cf-worker):/.test(line))
        .toSorted(),
    ).toEqual([
      'accept: */*',
      `authorization: bearer ${CREDENTIAL}`,
      'content-length: 23',
      'content-type: application/json',
      'idempotency-key: job_1',
      'user-agent: darkroom',
    ])
    expect(seen!.bodyBytes).toBe(23)
  })

  it('has a length for a stream too, and no credential where there is none', async ({ expect }) => {
    const fixed = new FixedLengthStream(100_000)
    // Ending the call breaks it off where it is.
    const piped = new Blob(['x'.repeat(100_000)]).stream().pipeTo(fixed.writable)
    piped.catch(() => {})
    const body = { stream: fixed.readable, length: 100_000, type: 'image/png' }
    const response = await responseOf(
      postCall('/ok/stream', { body, upstream: { credential: null } }),
    )
    response.end()
    const [seen] = await seenBy('/ok/stream')
    expect(seen!.head.toLowerCase()).toContain('content-length: 100000')
    expect(seen!.head.toLowerCase()).not.toContain('authorization')
  })

  it.for(['a b', 'a\r\nx: y', '', 'x'.repeat(256)])(
    'is nothing when the idempotency key is %j',
    async (key, { expect }) => {
      const { fetcher, asked } = scripted({})
      const call = postCall('/ok', { request: { headers: { 'idempotency-key': key } } })
      expect(await errorOf(call, fetcher)).toMatchObject({ kind: 'notfound', executed: 'no' })
      expect(asked).toEqual([])
    },
  )

  it('is nothing when the body has another length than said', async ({ expect }) => {
    const { fetcher, asked } = scripted({})
    const body = { stream: new Uint8Array(3), length: 4, type: 'image/png' }
    expect((await errorOf(postCall('/ok', { body }), fetcher)).executed).toBe('no')
    expect(asked).toEqual([])
  })
})

describe('a body whose call is not sent', () => {
  const cases: [string, Parameters<typeof postCall>[1]][] = [
    ['the address is refused', { upstream: { baseUrl: 'api.lab.com' } }],
    ['a header is refused', { request: { headers: { 'idempotency-key': 'a b' } } }],
    ['its caller has given up', { signal: AbortSignal.abort() }],
  ]
  it.for(cases)('is dropped: %s', async ([, over], { expect }) => {
    const fixed = new FixedLengthStream(100_000)
    const writing = fixed.writable.getWriter().write(new Uint8Array(100_000))
    const written = writing.then(
      () => 'taken',
      () => 'dropped',
    )
    const body = { stream: fixed.readable, length: 100_000, type: 'image/png' }
    await errorOf(postCall('/ok', { body, ...over }))
    expect(await Promise.race([written, scheduler.wait(200)])).toBe('dropped')
  })

  it('may have broken off before', async ({ expect }) => {
    const fixed = new FixedLengthStream(3)
    void fixed.writable.abort(new Error('R2 broke off')).catch(() => {})
    const body = { stream: fixed.readable, length: 3, type: 'image/png' }
    const call = postCall('/ok', { body, signal: AbortSignal.abort() })
    expect((await errorOf(call)).executed).toBe('no')
  })
})

describe('addresses of an upstream', () => {
  it.for([
    ['/images', 'https://api.lab.com/v1/images', true],
    ['//evil.com/x', 'https://api.lab.com/v1//evil.com/x', true],
    ['/@evil.com', 'https://api.lab.com/v1/@evil.com', true],
    ['https://api.lab.com/jobs/1', 'https://api.lab.com/jobs/1', true],
    ['https://queue.lab.com/jobs/1', 'https://queue.lab.com/jobs/1', false],
  ] as const)(
    '%s is called, with the credential at home only',
    async ([path, url, isHome], { expect }) => {
      const { fetcher, asked } = scripted({ [url]: ok })
      await responseOf(getCall(path, { upstream: base }), fetcher)
      expect(asked.map((request) => request.url)).toEqual([url])
      expect(asked[0]!.headers.get('authorization')).toBe(isHome ? `Bearer ${CREDENTIAL}` : null)
    },
  )

  it.for([
    'https://evil.com/jobs/1',
    'https://api.lab.com.evil.com/',
    'https://api.lab.com@evil.com/',
    'https://user:pass@api.lab.com/',
    'https://api.lab.com:8443/',
    'http://api.lab.com/',
    'http://queue.lab.com/',
    'https://queue.lab.com:444/',
    'ftp://api.lab.com/',
    'data:application/json,{}',
    'images',
    '',
    'https://',
  ])('%s is refused before any call', async (path, { expect }) => {
    const { fetcher, asked } = scripted({})
    expect(await errorOf(getCall(path, { upstream: base }), fetcher)).toEqual({
      kind: 'notfound',
      executed: 'no',
      status: null,
      retryAfterMs: null,
      shown: null,
    })
    expect(asked).toEqual([])
  })

  it('of a mistyped setting are refused, too', async ({ expect }) => {
    const error = await errorOf(getCall('/x', { upstream: { baseUrl: 'api.lab.com' } }))
    expect(error.executed).toBe('no')
  })
})

describe('redirects', () => {
  it('of a GET are followed inside, and the credential stays behind for good', async ({
    expect,
  }) => {
    const { fetcher, asked } = scripted({
      'https://api.lab.com/v1/a': movedTo('/v1/b'),
      'https://api.lab.com/v1/b': movedTo('https://queue.lab.com/c', 307),
      'https://queue.lab.com/c': movedTo('https://api.lab.com/v1/d', 301),
      'https://api.lab.com/v1/d': ok,
    })
    const headers = { 'idempotency-key': 'job_1' }
    const response = await responseOf(
      getCall('/a', { upstream: base, request: { headers } }),
      fetcher,
    )
    expect(response.status).toBe(200)
    const told = asked.map((request) => [
      request.headers.get('authorization') !== null,
      request.headers.get('idempotency-key') !== null,
    ])
    expect(told).toEqual([
      [true, true],
      [true, true],
      [false, false],
      [false, false],
    ])
  })

  it.for([
    ['to another host', 'https://evil.com/'],
    ['to a private address', 'https://169.254.169.254/latest/meta-data'],
    ['to plain http', 'http://api.lab.com/v1/b'],
    ['to themselves, for ever', 'https://api.lab.com/v1/a'],
  ])('of a GET %s are refused', async ([, location], { expect }) => {
    const { fetcher, asked } = scripted({ 'https://api.lab.com/v1/a': movedTo(location!) })
    const error = await errorOf(getCall('/a', { upstream: base }), fetcher)
    expect(error).toMatchObject({ kind: 'transient', executed: 'maybe', status: 302 })
    expect(new Set(asked.map((request) => request.url)).size).toBe(1)
    expect(asked.length).toBeLessThanOrEqual(4)
  })

  it.for([
    [301, 'maybe'],
    [302, 'maybe'],
    [303, 'maybe'],
    [307, 'no'],
    [308, 'no'],
  ] as const)('of a POST with %i are not followed', async ([status, executed], { expect }) => {
    const goal = `/ok/post-${status}`
    const to = encodeURIComponent(hostile() + goal)
    const error = await errorOf(postCall(`/redirect/${status}?to=${to}`))
    expect(error).toMatchObject({ kind: 'transient', executed, status })
    expect(await seenBy(`/redirect/${status}?to=${to}`)).toHaveLength(1)
    expect(await seenBy(goal)).toEqual([])
  })

  it('to nowhere are refused', async ({ expect }) => {
    expect(await errorOf(getCall('/redirect/302'))).toMatchObject({
      executed: 'maybe',
      status: 302,
    })
  })
})
