import type { Actor } from '../core/tenant.ts'

/** Reads may see a revoked key for this long. ms. */
const FRESH_MS = 30_000
/** A wrong key is looked up again after this. ms. */
const NEGATIVE_MS = 5000
/** Of each kind, so that wrong keys push out no right one. */
const MAX_ENTRIES = 10_000

interface Known {
  actor: Actor | null
  until: number
}

/**
 * Keys that were looked up lately in this isolate, valid or not, by key id and digest: a wrong secret says
 * nothing about the right one.
 */
export class ActorCache {
  readonly #valid = new Map<string, Known>()
  readonly #wrong = new Map<string, Known>()

  /** Undefined = ask the tenant; null = known to be no valid key. */
  get(keyId: string, digest: Uint8Array, now: number): Actor | null | undefined {
    const slot = slotOf(keyId, digest)
    const known = this.#valid.get(slot) ?? this.#wrong.get(slot)
    return known && known.until > now ? known.actor : undefined
  }

  set(keyId: string, digest: Uint8Array, actor: Actor | null, now: number): void {
    const slot = slotOf(keyId, digest)
    const until = now + (actor ? FRESH_MS : NEGATIVE_MS)
    this.#valid.delete(slot)
    put(actor ? this.#valid : this.#wrong, slot, {
      actor,
      until: Math.min(until, actor?.expiresAt ?? Infinity),
    })
  }
}

/** The newest last; the oldest goes when there are too many. */
function put(entries: Map<string, Known>, key: string, value: Known): void {
  entries.delete(key)
  entries.set(key, value)
  if (entries.size > MAX_ENTRIES) entries.delete(entries.keys().next().value!)
}

const slotOf = (keyId: string, digest: Uint8Array): string => `${keyId}.${digest.toHex()}`
