import { NO_LIMITS, type KeyChange, type TenantChange, type TenantSettings } from './records.ts'

/** As a row keeps them. What is missing or undefined in the change stays as it is; null is a value. */
export function settingsText(
  settings: Partial<TenantSettings>,
  change: TenantChange | KeyChange,
): string {
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  // Older rows lack them.
  const limits = { ...NO_LIMITS, ...settings.limits, ...change.limits }
  return JSON.stringify({ v: 1, settings: { ...settings, ...Object.fromEntries(given), limits } })
}
