import { parseRange, resolveRange, type Slice } from './range.ts'

/** What a request gets of a file, by its method and its conditional headers. */
export type Choice =
  | { status: 200 }
  | { status: 206; slice: Slice }
  | { status: 304 }
  /** No byte of the range exists. */
  | { status: 416 }

/**
 * The order of RFC 9110 section 13.2.2: `If-None-Match` decides first, then `Range` under `If-Range`,
 * which only GET knows.
 */
export function choose(
  { method, headers }: Pick<Request, 'method' | 'headers'>,
  etag: string,
  bytes: number,
): Choice {
  if (isUnchanged(headers.get('if-none-match'), etag)) return { status: 304 }
  const range = method === 'GET' ? parseRange(headers.get('range')) : null
  if (range === null || !isSameFile(headers.get('if-range'), etag)) return { status: 200 }
  const slice = resolveRange(range, bytes)
  return slice === null ? { status: 416 } : { status: 206, slice }
}

/** Entity tags of a list without the mark of weak ones (RFC 9110 section 8.8.3). */
const TAGS = /"[!\x23-\x7e\x80-\xff]*"/g

/**
 * Whether the caller already has the file with this entity tag: weak comparison, where `W/` makes no
 * difference (RFC 9110 section 13.1.2).
 */
export function isUnchanged(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false
  return ifNoneMatch.trim() === '*' || (ifNoneMatch.match(TAGS)?.includes(etag) ?? false)
}

/**
 * Whether a range may be served: strong comparison (RFC 9110 section 13.1.5). A date never holds,
 * because no modification date is given out.
 */
const isSameFile = (ifRange: string | null, etag: string): boolean =>
  ifRange === null || ifRange.trim() === etag
