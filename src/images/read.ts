/** How a body is read, in bytes: the size of the buffer, and how much of it one read fills at least. */
interface Reading {
  buffer: number
  least: number
}

/** All of a body. A default reader hands out 4 KiB pieces and costs more than twice the CPU. */
const WHOLE: Reading = { buffer: 64 * 1024, least: 64 * 1024 }

/** Reads a body piece by piece. */
export interface BodyReader {
  /** The next piece, valid until the next call; null at the end. Rejects when the body breaks off. */
  next(): Promise<Uint8Array | null>
  /** Tells the source that nobody reads on. Never rejects. */
  cancel(): Promise<void>
}

/**
 * Locks the stream. Large pieces where it is a byte stream (bodies of fetch and R2), else its own ones.
 */
export function readBody(
  body: ReadableStream<Uint8Array>,
  { buffer: size, least }: Reading = WHOLE,
): BodyReader {
  const bytes = byteReader(body)
  if (bytes) {
    let buffer = new ArrayBuffer(size)
    let hasEnded = false
    return {
      async next() {
        const { done, value } = await bytes.readAtLeast(least, new Uint8Array(buffer))
        hasEnded = done
        if (done) return null
        buffer = value.buffer
        return value
      },
      cancel: async () => (hasEnded ? undefined : bytes.cancel().catch(() => {})),
    }
  }
  const reader = body.getReader()
  return {
    next: async () => (await reader.read()).value ?? null,
    cancel: () => reader.cancel().catch(() => {}),
  }
}

/** Null for a stream of whole values, which cannot fill a buffer of ours. */
function byteReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: 'byob' })
  } catch (caught) {
    if (body.locked) throw caught
    return null
  }
}
