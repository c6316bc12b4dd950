/** What clients of the five APIs rely on, and which tests prove it. */
export interface Row {
  id: string
  /** In short. */
  what: string
  /** `<file below test/, without its ending> > <part of the names of one or more tests>`. */
  tests: readonly string[]
  /** Why nothing proves it yet. */
  later?: string
}

export const row = (id: string, what: string, ...tests: string[]): Row => ({ id, what, tests })

export const later = (id: string, what: string, reason: string): Row => ({
  id,
  what,
  tests: [],
  later: reason,
})
