import type { UpstreamResponse } from './upstream.ts'

/** Most that is read of an error's body, bytes. */
const MAX_BYTES = 64 * 1024
/** Longest that an error's body is waited for, ms. */
const MAX_MS = 5000

export interface ErrorBody {
  /** Null when the body was no JSON, or not all of it came. */
  json: unknown
  /** What came, at most 64 KiB; may be cut. Never shown: upstreams repeat prompts and credentials. */
  text: string
}

/** Reads the body of an answer that is not wanted, in bounds, and ends the call. Never rejects. */
export async function readErrorBody(
  response: Pick<UpstreamResponse, 'body' | 'end'>,
  maxMs = MAX_MS,
): Promise<ErrorBody> {
  const timer = setTimeout(() => response.end(), maxMs)
  const text = await readText(response.body)
  clearTimeout(timer)
  response.end()
  return { json: parse(text), text }
}

/** What came before the end, the bound, or the break. */
async function readText(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const decoder = new TextDecoder()
  let left = MAX_BYTES
  let text = ''
  try {
    for await (const piece of body ?? []) {
      text += decoder.decode(piece.subarray(0, left), { stream: true })
      left -= piece.length
      if (left <= 0) break
    }
  } catch {
    // Cut off: what came may still say why.
  }
  return text
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
