/**
 * How long an upstream asks to wait, ms: `retry-after-ms`, else `retry-after` in seconds or as a date,
 * which counts from the answer's own `date`; null = it does not say.
 */
export function retryAfterOf(headers: Headers): number | null {
  const ms = readNumber(headers.get('retry-after-ms'))
  if (ms !== null) return ms
  const text = headers.get('retry-after')
  const seconds = readNumber(text)
  if (seconds !== null) return seconds * 1000
  const wait = Date.parse(text ?? '') - Date.parse(headers.get('date') ?? '')
  return Number.isNaN(wait) ? null : Math.max(0, wait)
}

const readNumber = (text: string | null): number | null =>
  text !== null && /^\s*\d{1,9}(\.\d+)?\s*$/.test(text) ? Number(text) : null
