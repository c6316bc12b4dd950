import type { ProviderRequest } from '../core/provider.ts'

/** A body's fields without those that nobody stated. */
export const stated = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  )

/** Null = the caller left it open. Calls of one job have seeds of their own, else they draw the same. */
export const callSeed = ({ request, seed }: ProviderRequest): number | null =>
  request.seed === null ? null : seed
