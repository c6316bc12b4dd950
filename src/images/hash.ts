/** SHA-256 of what is written, computed along the way. */
export interface Hash {
  write(piece: Uint8Array): Promise<void>
  /** Lower-case hex. */
  finish(): Promise<string>
  /** Frees the digest; without effect after `finish`. Never rejects. */
  abort(): Promise<void>
}

export function newHash(): Hash {
  const stream = new crypto.DigestStream('SHA-256')
  const writer = stream.getWriter()
  // An aborted digest rejects, whether anybody waits for it or not.
  stream.digest.catch(() => {})
  return {
    write: (piece) => writer.write(piece),
    async finish() {
      await writer.close()
      return new Uint8Array(await stream.digest).toHex()
    },
    abort: () => writer.abort().catch(() => {}),
  }
}
