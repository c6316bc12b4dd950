const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** 4 * 62: bytes from here on would favour the first characters, so they are drawn again. */
const UNBIASED_BELOW = 248

/** Uniform characters from 0-9A-Za-z; 5.95 bits each. */
export function randomBase62(length: number): string {
  let text = ''
  while (text.length < length)
    for (const byte of crypto.getRandomValues(new Uint8Array(length - text.length)))
      if (byte < UNBIASED_BELOW) text += ALPHABET.charAt(byte % 62)
  return text
}

/** A whole number of 0 or more, padded with zeros to `width`. */
export function toBase62(value: number, width: number): string {
  let text = ''
  for (let rest = value; rest > 0; rest = Math.floor(rest / 62))
    text = ALPHABET.charAt(rest % 62) + text
  return text.padStart(width, '0')
}
