interface SigningKey {
  kid: string
  key: CryptoKey
}

/** The first signs, all verify: so a key is replaced without breaking links that are out. */
export interface SigningKeys {
  first: SigningKey
  byKid: ReadonlyMap<string, CryptoKey>
}

const KID = /^[A-Za-z0-9_-]{1,32}$/
/** Least bytes of a key: the length of the HMAC-SHA-256 it makes (RFC 2104 section 3). */
const MIN_KEY_BYTES = 32

/** What this isolate parsed last. Lost on eviction, then parsed again. */
let parsed: { text: string; keys: SigningKeys } | null = null

/**
 * Keys of `SIGNING_KEYS`, `kid:base64,kid:base64`, imported once per isolate.
 * @throws Error that names the entry at fault by its place, and shows nothing of it.
 */
export async function readSigningKeys(text: string): Promise<SigningKeys> {
  if (parsed?.text === text) return parsed.keys
  const keys = await parse(text)
  parsed = { text, keys }
  return keys
}

async function parse(text: string): Promise<SigningKeys> {
  if (text.trim() === '') throw new Error('SIGNING_KEYS is empty; it holds kid:base64,kid:base64.')
  const all = await Promise.all(text.split(',').map((entry, i) => parseEntry(entry.trim(), i + 1)))
  const byKid = new Map(all.map(({ kid, key }) => [kid, key]))
  const [first] = all
  if (!first || byKid.size < all.length) throw new Error('SIGNING_KEYS names a kid twice.')
  return { first, byKid }
}

async function parseEntry(entry: string, place: number): Promise<SigningKey> {
  const fail = (why: string) => new Error(`SIGNING_KEYS, entry ${place}: ${why}`)
  const colon = entry.indexOf(':')
  if (colon < 0) throw fail('not of the form kid:base64.')
  const kid = entry.slice(0, colon)
  if (!KID.test(kid)) throw fail('the kid is not 1 to 32 letters, digits, - or _.')
  const bytes = decode(entry.slice(colon + 1))
  if (!bytes) throw fail('what follows the colon is not base64.')
  if (bytes.length < MIN_KEY_BYTES)
    throw fail(`the key has ${bytes.length} bytes; at least ${MIN_KEY_BYTES} are needed.`)
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify'])
  return { kid, key }
}

function decode(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.fromBase64(base64)
  } catch {
    return null
  }
}
