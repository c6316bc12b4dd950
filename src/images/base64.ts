/** Base64 is decoded text by text, wherever it was cut. Bytes are valid until the next call; null = invalid. */
export interface Base64Decoder {
  write(text: string): Uint8Array | null
  /** What is left, padded or not. */
  end(): Uint8Array | null
}

const SPACE = /[\t\n\f\r ]+/g

/** Accepts and refuses what `Uint8Array.fromBase64` does for the whole text. */
export function newBase64Decoder(): Base64Decoder {
  let target = new Uint8Array()
  /** Up to 3 characters that are no whole group yet. */
  let carry = ''
  /** After padding only white space may follow. */
  let padded = false

  /** Decodes whole groups to the target, from index `at`. Gives back the index behind them. */
  function decode(text: string, at: number): number {
    if (padded && text.replace(SPACE, '') !== '') throw new SyntaxError('text behind the padding')
    const options = { lastChunkHandling: 'stop-before-partial' } as const
    const { read, written } = target.subarray(at).setFromBase64(text, options)
    carry = text.slice(read).replace(SPACE, '')
    padded ||= written % 3 !== 0
    return at + written
  }
  return {
    write(text) {
      const need = 3 * Math.ceil((carry.length + text.length) / 4)
      if (need > target.length) target = new Uint8Array(need)
      try {
        let from = 0
        let filled = 0
        while (carry !== '' && from < text.length) {
          const taken = text.slice(from, from + 4 - carry.length)
          from += taken.length
          filled = decode(carry + taken, filled)
        }
        if (from < text.length) filled = decode(from === 0 ? text : text.slice(from), filled)
        return target.subarray(0, filled)
      } catch {
        return null
      }
    },
    end() {
      try {
        return Uint8Array.fromBase64(carry)
      } catch {
        return null
      }
    },
  }
}
