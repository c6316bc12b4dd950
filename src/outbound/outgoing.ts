import type { UpstreamRequest } from '../core/upstream.ts'

/** A body of known length: some upstreams refuse chunked ones. */
export interface OutgoingBody {
  /**
   * A stream is the reading side of a `FixedLengthStream`: any other would be sent chunked. It is not
   * wrapped in one here, because two of them in a row stand still.
   */
  stream: ReadableStream<Uint8Array> | Uint8Array
  /** Bytes. */
  length: number
  /** Media type, with its boundary for a form. */
  type: string
}

/** Headers that a provider may set; all others are left out. */
const ALLOWED = ['accept', 'idempotency-key']
const ID = /^[\w.:-]{1,255}$/

/**
 * The only headers that leave: none comes from a tenant. Null when one of them cannot be sent.
 * `credential` is null wherever it must not go.
 */
export function outgoingHeaders(
  request: Pick<UpstreamRequest, 'headers'>,
  body: OutgoingBody | null,
  credential: string | null,
): Headers | null {
  const headers = new Headers({ 'user-agent': 'darkroom', accept: '*/*' })
  try {
    for (const [name, value] of Object.entries(request.headers))
      if (ALLOWED.includes(name.toLowerCase())) headers.set(name, value)
    if (body) headers.set('content-type', body.type)
    if (body) headers.set('content-length', String(body.length))
    if (credential !== null) headers.set('authorization', `Bearer ${credential}`)
  } catch {
    return null
  }
  const key = headers.get('idempotency-key')
  return key === null || ID.test(key) ? headers : null
}

/** What an upstream calls this exchange, for the operator's questions to it. */
export function upstreamRequestId(headers: Headers): string | null {
  const id = headers.get('x-request-id') ?? headers.get('request-id')
  return id !== null && /^[\w.:-]{1,128}$/.test(id) ? id : null
}
