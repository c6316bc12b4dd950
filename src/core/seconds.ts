/** Unix seconds of a time in ms; null, a time that has not come, stays null. */
export function seconds(ms: number): number
export function seconds(ms: number | null): number | null
export function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1000)
}
