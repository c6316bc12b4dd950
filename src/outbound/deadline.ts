/** Bounds of one outgoing call, in ms. */
export interface Deadlines {
  /** From the start to the answer's headers, the sending of the body included. */
  headersMs: number
  /** From the headers to the body's end. */
  bodyMs: number
  /** From the start to the body's end. */
  totalMs: number
}

/** Time of one call. It covers the body too: its timers live until `end`. */
export interface CallTimer {
  /** Goes off when a bound passes, when the caller gives up, and at `end`. */
  readonly signal: AbortSignal
  /** The headers have come; from now on `bodyMs` counts. */
  startBody: () => void
  /** Clears the timers and drops what is left of the body. May be called twice. */
  end: () => void
}

/**
 * The platform's own body streams obey the signal that their call was given, so a body is bounded
 * without a wrapper: it stays native, readable into buffers, and R2 can take it without a copy in
 * JavaScript. The price is that whoever reads it must say `end`; who does not is cut off at `totalMs`.
 */
export function startTimer(deadlines: Deadlines, outer?: AbortSignal): CallTimer {
  const controller = new AbortController()
  const expire = () => controller.abort(new DOMException('A deadline has passed.', 'TimeoutError'))
  const give = () => controller.abort(outer?.reason)
  let phase = setTimeout(expire, deadlines.headersMs)
  const total = setTimeout(expire, deadlines.totalMs)
  if (outer?.aborted) give()
  outer?.addEventListener('abort', give)
  return {
    signal: controller.signal,
    startBody() {
      clearTimeout(phase)
      phase = setTimeout(expire, deadlines.bodyMs)
    },
    end() {
      clearTimeout(phase)
      clearTimeout(total)
      outer?.removeEventListener('abort', give)
      controller.abort()
    },
  }
}
