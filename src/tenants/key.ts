import { crc32 } from 'node:zlib'
import type { KeyId, TenantId } from '../core/ids.ts'
import { randomBase62, toBase62 } from './base62.ts'

/** `dr_live_<tenant 10><key 6>_<secret 32><crc 6>`; the prefix and the checksum serve secret scanners. */
const KEY = /^(dr_(live|test)_([0-9A-Za-z]{10})([0-9A-Za-z]{6})_([0-9A-Za-z]{32}))([0-9A-Za-z]{6})$/

/** A key that was just made: the only moment at which its text exists on our side. */
export interface FreshKey {
  id: KeyId
  text: string
  secretDigest: Uint8Array
  /** Last four characters of the text, by which its owner knows it again. */
  last4: string
}

export interface ParsedKey {
  tenant: TenantId
  keyId: KeyId
  livemode: boolean
  secret: string
}

/** CRC-32 of all text before it; 62^6 > 2^32, so six characters hold it. */
const checksum = (text: string): string => toBase62(crc32(text), 6)

/** SHA-256 of the 32-character secret: 190 bits of entropy need no slow hash. */
export const digestOf = async (secret: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)))

/** `place` is one base62 character: `0` anywhere, others reserved for jurisdictions. */
export const newTenantId = (place = '0'): TenantId => place + randomBase62(9)

export async function newKey(tenant: TenantId, livemode: boolean): Promise<FreshKey> {
  const id = tenant + randomBase62(6)
  const secret = randomBase62(32)
  const head = `dr_${livemode ? 'live' : 'test'}_${id}_${secret}`
  const text = head + checksum(head)
  return { id, text, secretDigest: await digestOf(secret), last4: text.slice(-4) }
}

/** Null for text that is no key or was altered; asks no storage. */
export function parseKey(text: string): ParsedKey | null {
  const [, head, mode, tenant, key, secret, crc] = KEY.exec(text) ?? []
  if (!head || !tenant || !key || !secret || checksum(head) !== crc) return null
  return { tenant, keyId: tenant + key, livemode: mode === 'live', secret }
}
