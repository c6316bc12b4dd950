import { errors, GatewayError } from '../core/error.ts'
import { readBody, type BodyReader } from '../images/read.ts'

/** Longest wait for the next 64 KiB, ms. */
const IDLE_MS = 30_000

/**
 * Reads a request's body within a cap, counted while it comes.
 *
 * @param cap bytes
 * @param totalMs longest that all of it may take
 * @throws GatewayError from `next`: 413 past the cap, 408 past the time, 400 when the body breaks off
 */
export function openBody(request: Request, cap: number, totalMs: number): BodyReader {
  if (Number(request.headers.get('content-length') ?? 0) > cap) throw tooLarge(cap)
  if (!request.body)
    throw new GatewayError(errors.invalid(null, 'The request body is empty.', 'invalid_json'))
  const reader = readBody(request.body)
  let bytes = 0
  let isLate = false
  const stop = () => {
    isLate = true
    void reader.cancel()
  }
  const total = setTimeout(stop, totalMs)

  async function read(): Promise<Uint8Array | null> {
    const idle = setTimeout(stop, IDLE_MS)
    try {
      return await reader.next()
    } catch {
      throw isLate ? tooSlow() : brokenOff()
    } finally {
      clearTimeout(idle)
    }
  }
  return {
    async next() {
      const piece = await read()
      if (isLate) throw tooSlow()
      bytes += piece?.length ?? 0
      if (bytes > cap) throw tooLarge(cap)
      return piece
    },
    cancel() {
      clearTimeout(total)
      return reader.cancel()
    },
  }
}

/** Longest time for reading on after a refusal, ms. */
const DRAIN_MS = 10_000

/**
 * Reads on and keeps nothing, within the body's cap: a client that is still sending would otherwise find
 * its connection closed in place of the answer. Never rejects.
 */
export async function drain(body: BodyReader): Promise<void> {
  const late = setTimeout(() => void body.cancel(), DRAIN_MS)
  try {
    let piece = await body.next()
    while (piece) piece = await body.next()
  } catch {
    // The first refusal is the one that counts.
  } finally {
    clearTimeout(late)
  }
}

const tooSlow = () => new GatewayError(errors.tooSlow())

const brokenOff = () =>
  new GatewayError(errors.invalid(null, 'The request body broke off.', 'body_broken_off'))

const tooLarge = (cap: number) =>
  new GatewayError(errors.tooLarge(`The request body is larger than ${cap} bytes.`))
