import { isPublicAddress } from './address.ts'
import { isPublicName } from './host-name.ts'

/** Longest URL, in characters: signed links of clouds are up to 2,000 long. */
const MAX_LENGTH = 4096

export type CheckedUrl = { ok: true; url: URL } | { ok: false; reason: string }

export interface UrlRules {
  /** Also plain http, any port, private addresses and names. For local development only. */
  allowPrivate: boolean
}

/**
 * Checks an address that a tenant sent, before anything is looked up. `reason` is a sentence for the
 * tenant and repeats nothing of the address. What a name resolves to is not known here: where the
 * gateway runs outside Cloudflare its network must refuse private addresses, too.
 */
export function checkTenantUrl(text: string, rules: UrlRules): CheckedUrl {
  if (text.length > MAX_LENGTH) return refused(`The URL is longer than ${MAX_LENGTH} characters.`)
  // `URL` would drop or rewrite them, and another reader of the same text might not.
  if (/[\p{C}\s\\]/u.test(text)) return refused('The URL holds spaces or control characters.')
  const url = URL.parse(text)
  if (url === null) return refused('This is not a URL.')
  const isHttp = url.protocol === 'https:' || (rules.allowPrivate && url.protocol === 'http:')
  if (!isHttp) return refused('The URL must begin with https://.')
  if (url.username !== '' || url.password !== '')
    return refused('The URL must not hold a user name or password.')
  return rules.allowPrivate ? { ok: true, url } : checkPlace(url)
}

function checkPlace(url: URL): CheckedUrl {
  if (!['', '443', '80'].includes(url.port))
    return refused('The port of the URL must be 443 or 80.')
  const isPublic = isPublicAddress(url.hostname) ?? isPublicName(url.hostname)
  return isPublic ? { ok: true, url } : refused('The host of the URL is not a public one.')
}

const refused = (reason: string): CheckedUrl => ({ ok: false, reason })
