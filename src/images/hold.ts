/** Bytes in one piece of memory, which is given back when it is left and not when garbage is collected. */
export interface Hold {
  readonly length: number
  /** Bytes that fit before the memory has to grow. */
  readonly capacity: number
  /** Doubles the capacity as often as needed. */
  append(piece: Uint8Array): void
  /** All of them; valid until the next change. */
  view(): Uint8Array<ArrayBuffer>
  /** Makes the memory as large as stated, but not smaller than what is held. */
  resize(capacity: number): void
  /** Forgets the first bytes. */
  drop(count: number): void
  /** Forgets all but the first bytes. */
  cut(length: number): void
  /** Gives the memory back. */
  free(): void
}

export function newHold(startBytes: number): Hold {
  let buffer = new ArrayBuffer(startBytes)
  let length = 0
  const resize = (capacity: number) => {
    // Moves what is held and frees the former memory at once.
    buffer = buffer.transfer(Math.max(capacity, length))
  }
  return {
    get length() {
      return length
    },
    get capacity() {
      return buffer.byteLength
    },
    append(piece) {
      const need = length + piece.length
      if (need > buffer.byteLength) resize(Math.max(need, 2 * buffer.byteLength))
      new Uint8Array(buffer).set(piece, length)
      length = need
    },
    view: () => new Uint8Array(buffer, 0, length),
    resize,
    drop(count) {
      new Uint8Array(buffer).copyWithin(0, count, length)
      length -= count
    },
    cut(kept) {
      length = kept
    },
    free() {
      length = 0
      resize(0)
    },
  }
}
