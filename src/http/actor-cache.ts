import type { Actor } from '../core/tenant.ts'

/** Free reads may see a revoked key for this long; whatever costs money checks again. ms. */
const FRESH_MS = 30_000
/** A wrong key is looked up again after this. ms. */
const NEGATIVE_MS = 5000
const MAX_ENTRIES = 10_000

interface Entry {
  digest: Uint8Array
  actor: Actor | null
  until: number
}

/** Keys that were looked up lately in this isolate, valid or not. */
export class ActorCache {
  readonly #entries = new Map<string, Entry>()

  /** Undefined = ask the tenant; null = known to be no valid key. */
  get(keyId: string, digest: Uint8Array, now: number): Actor | null | undefined {
    const entry = this.#entries.get(slotOf(keyId, digest))
    if (!entry || entry.until <= now) return undefined
    return crypto.subtle.timingSafeEqual(entry.digest, digest) ? entry.actor : undefined
  }

  set(keyId: string, digest: Uint8Array, actor: Actor | null, now: number): void {
    const slot = slotOf(keyId, digest)
    this.#entries.delete(slot)
    this.#entries.set(slot, { digest, actor, until: now + (actor ? FRESH_MS : NEGATIVE_MS) })
    if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!)
  }
}

/** A wrong secret must not push out the entry of the right one. */
const slotOf = (keyId: string, digest: Uint8Array): string => `${keyId}.${digest.toHex()}`
