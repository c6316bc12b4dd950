/** One range of bytes as asked: both ends included, or the last bytes of the file. */
type AskedRange = { first: number; last: number | null } | { suffix: number }

/** Bytes of a file: `length` of them from `offset`. */
export interface Slice {
  offset: number
  length: number
}

/**
 * Reads a `Range` header (RFC 9110 section 14.2). Null = answer with the whole file: no header, several
 * ranges, another unit, or not well-formed.
 */
export function parseRange(header: string | null): AskedRange | null {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '')
  if (!match) return null
  const [first, last] = [toCount(match[1]), toCount(match[2])]
  if (first === null) return last === null ? null : { suffix: last }
  return last !== null && last < first ? null : { first, last }
}

/** What an asked range means for a file of this size in bytes; null = no byte of it exists (416). */
export function resolveRange(range: AskedRange, size: number): Slice | null {
  if ('suffix' in range) {
    const length = Math.min(range.suffix, size)
    return length > 0 ? { offset: size - length, length } : null
  }
  const end = Math.min(range.last ?? size - 1, size - 1)
  return range.first <= end ? { offset: range.first, length: end - range.first + 1 } : null
}

/** Digits as a number, cut to what is exact: far beyond any file. Null = no digits. */
const toCount = (digits: string | undefined): number | null =>
  digits ? Math.min(Number(digits), Number.MAX_SAFE_INTEGER) : null
