import type { Actor } from '../core/tenant.ts'

/** Free reads may see a revoked key for this long; whatever costs money checks again. ms. */
const FRESH_MS = 30_000
/** A wrong key is looked up again after this. ms. */
const NEGATIVE_MS = 5000
/** Of each kind, so that wrong keys push out no right one. */
const MAX_ENTRIES = 10_000

interface Known {
  digest: Uint8Array
  actor: Actor
  until: number
}

/** Keys that were looked up lately in this isolate, valid or not. */
export class ActorCache {
  readonly #known = new Map<string, Known>()
  /** By key id and digest: a wrong secret says nothing about the right one. */
  readonly #wrong = new Map<string, number>()

  /** Undefined = ask the tenant; null = known to be no valid key. */
  get(keyId: string, digest: Uint8Array, now: number): Actor | null | undefined {
    const known = this.#known.get(keyId)
    if (known && known.until > now && crypto.subtle.timingSafeEqual(known.digest, digest))
      return known.actor
    return (this.#wrong.get(slotOf(keyId, digest)) ?? 0) > now ? null : undefined
  }

  set(keyId: string, digest: Uint8Array, actor: Actor | null, now: number): void {
    const until = Math.min(now + FRESH_MS, actor?.expiresAt ?? Infinity)
    if (actor) put(this.#known, keyId, { digest, actor, until })
    else put(this.#wrong, slotOf(keyId, digest), now + NEGATIVE_MS)
  }
}

/** The newest last; the oldest goes when there are too many. */
function put<Value>(entries: Map<string, Value>, key: string, value: Value): void {
  entries.delete(key)
  entries.set(key, value)
  if (entries.size > MAX_ENTRIES) entries.delete(entries.keys().next().value!)
}

const slotOf = (keyId: string, digest: Uint8Array): string => `${keyId}.${digest.toHex()}`
