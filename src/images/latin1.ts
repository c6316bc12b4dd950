import { Buffer } from 'node:buffer'

/**
 * Each byte as the character of its number, so that an index in the text is an index in the bytes.
 * Searching such a text is native code, several times as fast as searching the bytes. Above about
 * 128 KiB strings become expensive.
 */
export const toLatin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).latin1Slice(0, bytes.byteLength)

/** The bytes of such a text. */
export const fromLatin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** Most bytes turned into a text at a time. */
export const TEXT_BYTES = 64 * 1024

/** The bytes in pieces that may become texts. */
export function* toPieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += TEXT_BYTES) yield bytes.subarray(at, at + TEXT_BYTES)
}
