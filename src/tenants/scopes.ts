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

/** As a reservation keeps them; no name is a part of another. */
export const namesOf = (scopes: readonly Scope[]): string =>
  scopes.map(({ name }) => name).join(' ')
