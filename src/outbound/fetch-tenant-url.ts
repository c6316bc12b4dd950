import { type CallTimer, startTimer } from './deadline.ts'
import { capBody } from './cap-body.ts'
import { isRedirect, locationOf, MAX_REDIRECTS } from './redirect.ts'
import { checkTenantUrl, type UrlRules } from './tenant-url.ts'

/** Largest input image, bytes. */
const MAX_BYTES = 20 * 1024 * 1024
const DEADLINES = { headersMs: 10_000, bodyMs: 30_000, totalMs: 40_000 }

interface Options extends UrlRules {
  /** The caller's own wish to stop. */
  signal?: AbortSignal
  /** Shorter bounds than 10 s for the headers and 30 s for the body, ms. */
  deadlines?: typeof DEADLINES
  /** Another bound than 20 MiB, bytes. */
  maxBytes?: number
}

/** What a tenant's server sent. Call `end` when the body was read or is not wanted. */
export interface TenantBody {
  /** Rejects past 20 MiB, past the deadline, and when the server breaks off. */
  body: ReadableStream<Uint8Array>
  /** Bytes; null when the server did not tell. */
  length: number | null
  /** Clears the deadlines and drops the rest of the body. May be called twice. */
  end: () => void
}

export type FetchedUrl = ({ ok: true } & TenantBody) | { ok: false; reason: string }

const refused = (reason: string): FetchedUrl => ({ ok: false, reason })

/**
 * Gets what lies at an address that a tenant sent: the address and each of at most 3 redirects are
 * checked first; no header tells who asks. Never rejects. `reason` is a sentence for the tenant, and
 * tells at most the status that the server answered.
 */
export async function fetchTenantUrl(
  text: string,
  { allowPrivate, signal, deadlines = DEADLINES, maxBytes = MAX_BYTES }: Options,
  fetcher = fetch,
): Promise<FetchedUrl> {
  const timer = startTimer(deadlines, signal)
  const fetched = await follow(text, { allowPrivate, maxBytes, timer }, fetcher).catch(() =>
    refused('The server of the URL did not answer.'),
  )
  if (!fetched.ok) timer.end()
  return fetched
}

interface Hop extends UrlRules {
  maxBytes: number
  timer: CallTimer
}

async function follow(text: string, hop: Hop, fetcher: typeof fetch): Promise<FetchedUrl> {
  let target = text
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const checked = checkTenantUrl(target, hop)
    if (!checked.ok) return refused(hops === 0 ? checked.reason : 'The URL leads to a refused one.')
    // Uncompressed: then the stated length is that of the file.
    const headers = { 'user-agent': 'darkroom', accept: 'image/*', 'accept-encoding': 'identity' }
    const init = { headers, redirect: 'manual', signal: hop.timer.signal } as const
    const response = await fetcher(checked.url.href, init)
    if (!isRedirect(response.status)) return take(response, hop)
    await response.body?.cancel()
    const next = locationOf(response, checked.url)
    if (next === null) return refused('The URL redirects to nowhere.')
    target = next.href
  }
  return refused(`The URL redirects more than ${MAX_REDIRECTS} times.`)
}

async function take(
  { status, headers, body }: Response,
  { timer, maxBytes }: Hop,
): Promise<FetchedUrl> {
  const length = statedLength(headers)
  const isTooLarge = length !== null && length > maxBytes
  if (status !== 200 || body === null || isTooLarge) {
    await body?.cancel()
    if (isTooLarge) return refused(`The file of the URL is larger than ${maxBytes} bytes.`)
    return refused(`The server of the URL answered ${status}.`)
  }
  timer.startBody()
  // The platform holds a body to its stated length; only one without is counted here.
  return {
    ok: true,
    body: length === null ? capBody(body, maxBytes) : body,
    length,
    end: timer.end,
  }
}

/** Null when it says nothing about the bytes that will be read. */
function statedLength(headers: Headers): number | null {
  const length = headers.get('content-length')
  return length !== null && /^\d+$/.test(length) && !headers.has('content-encoding')
    ? Number(length)
    : null
}
