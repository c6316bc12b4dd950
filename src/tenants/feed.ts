import type { Summary } from '../core/tenant.ts'
import { Watchers } from '../core/watchers.ts'

/** Rows kept for those who read slowly, and for whoever opens a stream that broke again; 1 KiB each. */
const MAX_ROWS = 100

/** A job as it stands from now on. */
export type FeedRow = Summary & { seq: number }

/** What becomes of the jobs of one tenant, for those who watch. In memory only: nothing older is told. */
export class Feed {
  readonly #watchers = new Watchers()
  #rows: FeedRow[] = []
  #last = 0

  /** The same twice is told once. */
  tell(summary: Summary): void {
    if (this.#rows.some(({ id, status }) => id === summary.id && status === summary.status)) return
    // Above those of an instance that was evicted.
    this.#last = Math.max(this.#last + 1, Date.now())
    this.#rows = [...this.#rows, { seq: this.#last, ...summary }].slice(-MAX_ROWS)
    this.#watchers.notify()
  }

  /**
   * Rows as JSON lines (`Watchers.open`); of a reader who is more than 100 behind, some are left out.
   *
   * @param after the last row seen; 0 = begin now.
   */
  open(after: number): ReadableStream<Uint8Array> | 'full' {
    const read = (last: number) => ({
      rows: this.#rows.filter(({ seq }) => seq > last),
      isOver: false,
    })
    return this.#watchers.open(after || this.#last, read) ?? 'full'
  }
}
