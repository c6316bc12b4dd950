export interface NamedKey {
  kid: string
  bytes: Uint8Array<ArrayBuffer>
}

const KID = /^[A-Za-z0-9_-]{1,32}$/

/**
 * Keys of a secret called `name`, `kid:base64,kid:base64`, in order; each of at least 32 bytes.
 * @throws Error that names the entry at fault by its place, and shows nothing of it.
 */
export function readKeyList(name: string, text: string, mostBytes = Infinity): NamedKey[] {
  if (text.trim() === '') throw new Error(`${name} is empty; it holds kid:base64,kid:base64.`)
  const keys = text.split(',').map((entry, i) => {
    const read = readEntry(entry.trim(), mostBytes)
    if (typeof read === 'string') throw new Error(`${name}, entry ${i + 1}: ${read}`)
    return read
  })
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length)
    throw new Error(`${name} names a kid twice.`)
  return keys
}

/** Both HMAC-SHA-256 (RFC 2104 section 3) and the seed of Ed25519 (RFC 8032 section 5.1.5) need these. */
const LEAST_BYTES = 32

function readEntry(entry: string, mostBytes: number): NamedKey | string {
  const colon = entry.indexOf(':')
  if (colon < 0) return 'not of the form kid:base64.'
  const kid = entry.slice(0, colon)
  if (!KID.test(kid)) return 'the kid is not 1 to 32 letters, digits, - or _.'
  const bytes = decode(entry.slice(colon + 1))
  if (!bytes) return 'what follows the colon is not base64.'
  if (bytes.length < LEAST_BYTES)
    return `the key has ${bytes.length} bytes; at least ${LEAST_BYTES} are needed.`
  if (bytes.length > mostBytes) return `the key has ${bytes.length} bytes; ${mostBytes} are needed.`
  return { kid, bytes }
}

function decode(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.fromBase64(base64)
  } catch {
    return null
  }
}
