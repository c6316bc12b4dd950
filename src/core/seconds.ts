/** Unix seconds of a time in ms; null, a time that has not come, stays null. */
export function seconds(ms: number): number
export function seconds(ms: number | null): number | null
export function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1000)
}

/** When a day such as 2026-11-30 begins in UTC, ms; null = there is none of that name, such as a 31st of February. */
export function parseDay(text: string): number | null {
  const ms = Date.parse(text)
  return ms >= 0 && new Date(ms).toISOString().startsWith(`${text}T00`) ? ms : null
}
