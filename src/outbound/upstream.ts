import type { UpstreamError } from '../core/provider.ts'
import type { UpstreamRequest } from '../core/upstream.ts'
import { type CallTimer, type Deadlines, startTimer } from './deadline.ts'
import { noAnswer, notSent, notStarted, refusedRedirect, unreached } from './failure.ts'
import { type OutgoingBody, outgoingHeaders, upstreamRequestId } from './outgoing.ts'
import { isRedirect, locationOf, MAX_REDIRECTS } from './redirect.ts'
import { belongsTo, isHome, type UpstreamHosts, upstreamUrl } from './upstream-url.ts'

export interface UpstreamCall {
  request: UpstreamRequest
  body: OutgoingBody | null
  upstream: UpstreamHosts & {
    id: string
    /** Sent as `Authorization: Bearer`, to the configured host only; null = none. */
    credential: string | null
  }
  deadlines: Deadlines
  /** The caller's own wish to stop; it ends the body too. */
  signal?: AbortSignal
}

/** An answer of any status whose headers have come. Call `end` when its body was read or is not wanted. */
export interface UpstreamResponse {
  status: number
  headers: Headers
  /** The platform's own stream; a read rejects when the upstream breaks off or a deadline passes. */
  body: ReadableStream<Uint8Array> | null
  upstreamRequestId: string | null
  /** Clears the deadlines and drops the rest of the body. May be called twice. */
  end: () => void
}

export type Called = { ok: true; response: UpstreamResponse } | { ok: false; error: UpstreamError }

const failed = (error: UpstreamError): Called => ({ ok: false, error })

/**
 * One call to an upstream: its credential, its deadlines, redirects inside its own hosts. Never rejects.
 * `executed` of an error speaks of this call alone, not of work that a handle stands for. What an
 * answer's status means is the provider's to say, except for those of `unreached`.
 */
export async function callUpstream(call: UpstreamCall, fetcher = fetch): Promise<Called> {
  const { request, body, upstream, deadlines, signal } = call
  const url = upstreamUrl(request.path, upstream)
  const credential = url && isHome(url, upstream) ? upstream.credential : null
  const headers = outgoingHeaders(request, body, credential)
  const isWrongLength = body?.stream instanceof Uint8Array && body.stream.length !== body.length
  if (url === null || headers === null || isWrongLength) return unsent(body, notSent())
  if (signal?.aborted) return unsent(body, notStarted())
  const timer = startTimer(deadlines, signal)
  const called = await send(call, { url, headers, timer }, fetcher).catch(() => failed(noAnswer()))
  if (!called.ok) timer.end()
  return called
}

/** What the body reads from would stay open: nobody takes it. */
async function unsent(body: OutgoingBody | null, error: UpstreamError): Promise<Called> {
  if (body?.stream instanceof ReadableStream) await body.stream.cancel().catch(() => {})
  return failed(error)
}

interface Sending {
  url: URL
  headers: Headers
  timer: CallTimer
}

/** Sends, and follows redirects of a GET. Rejects when there is no answer. */
async function send(call: UpstreamCall, sending: Sending, fetcher: typeof fetch): Promise<Called> {
  const { method } = call.request
  const { timer } = sending
  let { url, headers } = sending
  for (let hops = 0; ; hops++) {
    const init = { method, headers, redirect: 'manual', signal: timer.signal } as const
    const response = await fetcher(url.href, { ...init, body: call.body?.stream ?? null })
    if (!isRedirect(response.status)) return conclude(response, timer)
    await response.body?.cancel()
    const next = locationOf(response, url)
    const isInside = next !== null && belongsTo(next, call.upstream)
    if (method !== 'GET' || hops === MAX_REDIRECTS || !isInside)
      return failed(refusedRedirect(response.status))
    // What left for one host is not told to another, nor to the first one when it is led back to.
    if (next.origin !== url.origin) headers = outgoingHeaders({ headers: {} }, null, null)!
    url = next
  }
}

async function conclude(response: Response, timer: CallTimer): Promise<Called> {
  const { status, headers, body } = response
  const error = unreached(status)
  if (error) {
    await body?.cancel()
    return failed(error)
  }
  timer.startBody()
  if (body === null) timer.end()
  const id = upstreamRequestId(headers)
  return { ok: true, response: { status, headers, body, upstreamRequestId: id, end: timer.end } }
}
