import { readKeyList } from '../core/key-list.ts'

/** The first signs, all verify: so a key is replaced without breaking links that are out. */
export interface SigningKeys {
  first: { kid: string; key: CryptoKey }
  byKid: ReadonlyMap<string, CryptoKey>
}

/** What this isolate parsed last. Lost on eviction, then parsed again. */
let parsed: { text: string; keys: SigningKeys } | null = null

/**
 * Keys of `SIGNING_KEYS`, imported once per isolate.
 * @throws Error for a malformed list.
 */
export async function readSigningKeys(text: string): Promise<SigningKeys> {
  if (parsed?.text === text) return parsed.keys
  const keys = await parse(text)
  parsed = { text, keys }
  return keys
}

async function parse(text: string): Promise<SigningKeys> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const all = await Promise.all(
    readKeyList('SIGNING_KEYS', text).map(async ({ kid, bytes }) => {
      const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify'])
      return { kid, key }
    }),
  )
  return { first: all[0]!, byKid: new Map(all.map(({ kid, key }) => [kid, key])) }
}
