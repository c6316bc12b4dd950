/** Most streams of one object at a time. */
const MAX_WATCHERS = 64
/** A quiet stream sends a comment this often, ms: without a write nobody notices that the reader went. */
const HEARTBEAT_MS = 15_000
/** An open stream keeps the object awake and billed: its reader is expected to come again. ms. */
const MAX_WATCH_MS = 15 * 60_000

const COMMENT = new TextEncoder().encode(':\n')
/** Says that the stream ends here and was not cut off. */
const END = new TextEncoder().encode('.\n')

/** What there is to send: rows behind the one named, and whether no more will come. */
export interface Unread<Row = { seq: number }> {
  rows: Row[]
  isOver: boolean
}

/** The streams of one object in this instance. Lost on eviction; their readers then open new ones. */
export class Watchers {
  readonly #wake = new Set<() => void>()
  #open = 0

  /**
   * Rows as JSON lines, and a line `:` when nothing happens for 15 s; ends with a line `.` behind the last
   * row, or after 15 min, read or not. Rows are read when there is room for them, so that a slow reader costs
   * no memory. Null = as many as may watch do already.
   */
  open(after: number, read: (after: number) => Unread): ReadableStream<Uint8Array> | null {
    if (this.#open >= MAX_WATCHERS) return null
    this.#open += 1
    const watcher = { last: after, gone: false, wake: () => {} }
    let timer: ReturnType<typeof setTimeout>
    const leave = () => {
      if (!watcher.gone) this.#open -= 1
      watcher.gone = true
      clearTimeout(timer)
      watcher.wake()
    }
    const end = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      leave()
      controller.enqueue(END)
      controller.close()
    }
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        timer = setTimeout(end, MAX_WATCH_MS, controller)
      },
      pull: async (controller) => {
        let unread = read(watcher.last)
        if (isIdle(unread)) {
          await this.#pause(HEARTBEAT_MS, watcher)
          if (watcher.gone) return
          unread = read(watcher.last)
        }
        const { rows } = unread
        if (rows.length > 0) controller.enqueue(toLines(rows))
        else if (!unread.isOver) controller.enqueue(COMMENT)
        watcher.last = rows.at(-1)?.seq ?? watcher.last
        if (unread.isOver) end(controller)
      },
      cancel: leave,
    })
  }

  /** Tells all streams to read again. */
  notify(): void {
    for (const wake of this.#wake) wake()
  }

  /** Until there is news, at most `ms`. The timer is cleared: a pending one would keep the object awake. */
  async #pause(ms: number, watcher: { wake: () => void }): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#wake.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wake.add(done)
      watcher.wake = done
    })
  }
}

const isIdle = ({ rows, isOver }: Unread): boolean => rows.length === 0 && !isOver

const toLines = (rows: object[]): Uint8Array =>
  new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
