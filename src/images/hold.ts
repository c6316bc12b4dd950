/** First size of the buffer in bytes; it doubles when it is full. */
const START_BYTES = 64 * 1024

/** Bytes that wait for their upload, in one piece. */
export interface Hold {
  readonly length: number
  append(piece: Uint8Array): void
  /** All of them; valid until the next change. */
  view(): Uint8Array
  /** Forgets the first bytes and shrinks to what is left. */
  drop(count: number): void
}

export function newHold(): Hold {
  let buffer = new Uint8Array(START_BYTES)
  let length = 0
  const resize = (size: number) => {
    const larger = new Uint8Array(size)
    larger.set(buffer.subarray(0, length))
    buffer = larger
  }
  return {
    get length() {
      return length
    },
    append(piece) {
      const need = length + piece.length
      if (need > buffer.length) resize(Math.max(need, 2 * buffer.length))
      buffer.set(piece, length)
      length = need
    },
    view: () => buffer.subarray(0, length),
    drop(count) {
      buffer = buffer.slice(count, length)
      length = buffer.length
    },
  }
}
