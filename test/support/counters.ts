/** What the gateway did since the last `reset`, seen from outside its code: bindings and storage are wrapped. */
export interface Counts {
  /** Calls of object methods, as `JOBS.create`. */
  objectCalls: string[]
  /** Objects that were started, by class. */
  started: string[]
  /** Rows written by SQL, by class. */
  rowsWritten: Record<string, number>
  /** Alarms set or deleted, by class. */
  alarmWrites: Record<string, number>
  /** R2 operations, as `put images/...`. */
  r2: string[]
  /** Outgoing requests: method and URL. */
  upstream: string[]
  /** The next R2 operation that begins so fails, as `get images/`; null = none does. */
  breaks: string | null
  /** Each breaks one of the next `JOBS.create`, with the platform's marks. Only an overloaded one is not done. */
  lost: { retryable?: true; overloaded?: true; durableObjectReset?: true }[]
}

const empty = (): Counts => ({
  objectCalls: [],
  started: [],
  rowsWritten: {},
  alarmWrites: {},
  r2: [],
  upstream: [],
  breaks: null,
  lost: [],
})

/** On the global object: the tests and the Worker under test are bundled apart. */
const shared = globalThis as { darkroomCounts?: Counts }

export const counts = (): Counts => (shared.darkroomCounts ??= empty())

export function resetCounts(): void {
  shared.darkroomCounts = empty()
}

export function add(sums: Record<string, number>, name: string, more: number): void {
  sums[name] = (sums[name] ?? 0) + more
}
