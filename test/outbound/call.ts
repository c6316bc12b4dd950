import { inject } from 'vitest'
import type { UpstreamRequest } from '../../src/core/upstream.ts'
import type { Deadlines } from '../../src/outbound/deadline.ts'
import type { Origin } from './provided.ts'
import { callUpstream, type UpstreamCall } from '../../src/outbound/upstream.ts'

export const hostile = (): Origin => inject('hostile')

export const CREDENTIAL = 'sk-canary-0123456789abcdef'

/** Patient: only tests about deadlines shorten them. */
const DEADLINES: Deadlines = { headersMs: 20_000, bodyMs: 20_000, totalMs: 20_000 }

type Over = Partial<Omit<UpstreamCall, 'deadlines' | 'upstream' | 'request'>> & {
  request?: Partial<UpstreamRequest>
  upstream?: Partial<UpstreamCall['upstream']>
  deadlines?: Partial<Deadlines>
}

export const getCall = (path: string, over: Over = {}): UpstreamCall => ({
  body: null,
  ...over,
  request: { method: 'GET', path, headers: {}, body: null, ...over.request },
  upstream: { id: 'lab', baseUrl: hostile(), credential: CREDENTIAL, ...over.upstream },
  deadlines: { ...DEADLINES, ...over.deadlines },
})

const BODY = new TextEncoder().encode('{"prompt":"a red cube"}')

export const postCall = (path: string, over: Over = {}): UpstreamCall =>
  getCall(path, {
    body: { stream: BODY, length: BODY.length, type: 'application/json' },
    ...over,
    request: { method: 'POST', ...over.request },
  })

/** The error of a call that must fail. */
export async function errorOf(call: UpstreamCall, fetcher?: typeof fetch) {
  const called = await callUpstream(call, fetcher)
  if (called.ok) throw new Error(`answered ${called.response.status}`)
  return called.error
}

/** The answer of a call that must have one. */
export async function responseOf(call: UpstreamCall, fetcher?: typeof fetch) {
  const called = await callUpstream(call, fetcher)
  if (!called.ok) throw new Error(JSON.stringify(called.error))
  return called.response
}

interface Seen {
  path: string
  head: string
  bodyBytes: number
  isClosed: boolean
}

/** What came to paths of the hostile server that begin with `start`. All test files share it. */
export async function seenBy(start: string): Promise<Seen[]> {
  return (await fetch(`${hostile()}/ledger${start}`)).json()
}

/** Waits until `count` requests to such paths have come, and for their connections to be closed. */
export async function isOver(start: string, count = 1): Promise<boolean> {
  for (let n = 0; n < 80; n++) {
    const closed = (await seenBy(start)).filter(({ isClosed }) => isClosed)
    if (closed.length === count) return true
    await scheduler.wait(50)
  }
  return false
}

/** A `fetcher` that answers from a table of URLs and keeps what was asked. */
export function scripted(answers: Record<string, () => Response>) {
  const asked: { url: string; headers: Headers }[] = []
  const fetcher = ((url: string, init: RequestInit) => {
    asked.push({ url, headers: new Headers(init.headers) })
    const answer = answers[url]
    return answer ? Promise.resolve(answer()) : Promise.reject(new Error(`${url} is not scripted`))
  }) as typeof fetch
  return { fetcher, asked }
}

export const movedTo =
  (location: string, status = 302) =>
  () =>
    new Response('moved', { status, headers: { location } })
