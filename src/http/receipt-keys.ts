import { toBase64Url } from '../core/base64url.ts'
import { readKeyList } from '../core/key-list.ts'

/** A public key as a JSON Web Key of RFC 8037 section 2. */
interface PublicKey {
  kty: 'OKP'
  crv: 'Ed25519'
  use: 'sig'
  alg: 'EdDSA'
  kid: string
  x: string
}

/** The first signs, all are published: what an earlier one has signed can still be verified. */
export interface ReceiptKeys {
  first: { kid: string; key: CryptoKey }
  published: PublicKey[]
}

/** What this isolate parsed last. Lost on eviction, then parsed again. */
let parsed: { text: string; keys: ReceiptKeys } | null = null

/**
 * Keys of `RECEIPT_KEYS`, imported once per isolate; null when it is not set.
 * @throws Error for a malformed list.
 */
export async function readReceiptKeys(text: string | undefined): Promise<ReceiptKeys | null> {
  if (!text) return null
  if (parsed?.text === text) return parsed.keys
  const all = await Promise.all(
    readKeyList('RECEIPT_KEYS', text, SEED_BYTES).map(({ kid, bytes }) => importSeed(kid, bytes)),
  )
  const { kid, key } = all[0]!
  const keys = { first: { kid, key }, published: all.map(({ published }) => published) }
  parsed = { text, keys }
  return keys
}

const SEED_BYTES = 32

/** What stands before the seed in PKCS #8: RFC 8410 section 7. */
const PKCS8_HEAD = '302e020100300506032b657004220420'

async function importSeed(kid: string, seed: Uint8Array) {
  const pkcs8 = Uint8Array.fromHex(PKCS8_HEAD + seed.toHex())
  // Extractable, because that is the way to the public key.
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign'])
  const { x } = (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey
  const published: PublicKey = {
    kty: 'OKP',
    crv: 'Ed25519',
    use: 'sig',
    alg: 'EdDSA',
    kid,
    x: x!,
  }
  return { kid, key, published }
}

/** Compact JWS (RFC 7515 section 3.1). Equal values and keys give equal texts. */
export async function signJws({ first }: ReceiptKeys, payload: object): Promise<string> {
  // A type of its own, so that no receipt is taken for a token (RFC 8725 section 3.11).
  const header = { alg: 'EdDSA', kid: first.kid, typ: 'darkroom-receipt+jws' }
  const text = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(payload))}`
  const signed = await crypto.subtle.sign('Ed25519', first.key, new TextEncoder().encode(text))
  return `${text}.${toBase64Url(new Uint8Array(signed))}`
}

const encode = (text: string): string => toBase64Url(new TextEncoder().encode(text))
