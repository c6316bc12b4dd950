import { toBase64Url } from '../core/base64url.ts'
import type { SigningKeys } from './signing-keys.ts'

interface LinkClaim {
  /** Scheme and host, without a slash at the end. Not signed: hosts of one gateway share their links. */
  origin: string
  /** As `URL.pathname` shows it, without extension. */
  path: string
  /** Last second of validity, unix seconds. */
  exp: number
}

/** A link that whoever holds it may follow until it expires. Equal claims give equal links. */
export async function signLink(keys: SigningKeys, claim: LinkClaim): Promise<string> {
  const { kid, key } = keys.first
  const { origin, path, exp } = claim
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, toText(kid, exp, path)))
  return `${origin}${path}?e=${exp}&k=${kid}&s=${toBase64Url(signature)}`
}

/**
 * Whether a link was signed for its path and still holds. Only `e`, `k` and `s` are read; keys beside
 * them (`wait`, `download`) are not signed. An altered link is `bad`, expired or not.
 */
export async function verifyLink(
  keys: SigningKeys,
  url: URL,
  nowSeconds: number,
): Promise<'ok' | 'expired' | 'bad'> {
  const exp = single(url, 'e')
  const kid = single(url, 'k')
  const key = keys.byKid.get(kid)
  const signature = decode(single(url, 's'))
  if (!key || !signature || !SECONDS.test(exp)) return 'bad'
  const path = url.pathname.replace(EXTENSION, '')
  const text = toText(kid, Number(exp), path)
  if (!(await crypto.subtle.verify('HMAC', key, signature, text))) return 'bad'
  return Number(exp) < nowSeconds ? 'expired' : 'ok'
}

const EXTENSION = /\.(?:png|jpe?g|webp|gif|avif)$/
const SECONDS = /^[1-9]\d{0,11}$/
/** Empty until there are thumbnails. */
const VARIANT = ''

/** A line break cannot occur in any of the fields. */
const toText = (kid: string, exp: number, path: string): Uint8Array =>
  new TextEncoder().encode(`v1\n${kid}\n${exp}\n${path}\n${VARIANT}`)

/** A parameter that stands there once; else empty, so that no two readers can see different ones. */
function single(url: URL, name: string): string {
  const [value, ...more] = url.searchParams.getAll(name)
  return value === undefined || more.length > 0 ? '' : value
}

/** Null when it is not 32 bytes in their one spelling. */
function decode(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[\w-]{43}$/.test(text)) return null
  const bytes = Uint8Array.fromBase64(text, { alphabet: 'base64url' })
  return toBase64Url(bytes) === text ? bytes : null
}
