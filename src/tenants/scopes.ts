import type { KeyRecord, Limits, TenantRecord } from './records.ts'

/**
 * Whose limits hold for a job: those of its tenant, for live and for test jobs apart, of its key, and of
 * the keys that this one descends from. A rotated key and its heir are one.
 */
export interface Scope {
  /** `live`, `test`, or the id of a key. */
  name: string
  whose: 'This tenant' | 'This key'
  limits: Limits
}

/** @param line of keys, as far as they are there */
export const scopesOf = (
  { limits }: TenantRecord,
  line: readonly KeyRecord[],
  livemode: boolean,
): Scope[] => [
  { name: livemode ? 'live' : 'test', whose: 'This tenant', limits },
  ...line.map((key): Scope => ({ name: key.countsAs, whose: 'This key', limits: key.limits })),
]

/** A reservation keeps these names and counts on this scope. Ids may have `live` or `test` within them. */
export const countsOn = (names: string, { name }: Scope): boolean => names.split(' ').includes(name)

/** As a reservation keeps them; `live` or `test` comes first. */
export const namesOf = (scopes: readonly Scope[]): string =>
  scopes.map(({ name }) => name).join(' ')
