import type { PublicError } from '../core/error.ts'
import type { KeyId } from '../core/ids.ts'
import type { Submission } from '../core/request.ts'
import type { Rates } from '../core/tenant.ts'

/** How long a refusal stands for the next one, ms: never longer than its `retry-after`, at least 1 s. */
const FRESH_MS = 1000
const MAX_ENTRIES = 10_000

export interface Refused {
  refusal: PublicError
  rates?: Rates | undefined
}

/** Refusals 429 in this isolate, so that a flood of requests makes no objects. */
export class RefusedLately {
  readonly #known = new Map<string, Refused & { images: number; until: number }>()

  /** The refusal of a request of this key that asked for no more than this one does. */
  find(keyId: KeyId, submission: Submission, now: number): Refused | null {
    const known = this.#known.get(slotOf(keyId, submission))
    return known && known.until > now && submission.request.count >= known.images ? known : null
  }

  add(keyId: KeyId, submission: Submission, { refusal, rates }: Refused, now: number): void {
    const slot = slotOf(keyId, submission)
    // The newest last; the oldest goes when there are too many.
    this.#known.delete(slot)
    this.#known.set(slot, {
      refusal,
      rates,
      images: submission.request.count,
      until: now + FRESH_MS,
    })
    if (this.#known.size > MAX_ENTRIES) this.#known.delete(this.#known.keys().next().value!)
  }
}

/** Who does not wait for the end may wait for a slot: its refusals are its own. */
const slotOf = (keyId: KeyId, { delivery: { mode, waitMs } }: Submission): string =>
  `${keyId} ${mode} ${waitMs !== null}`
