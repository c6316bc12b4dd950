import { type ImageType } from '../core/image.ts'

const EXTENSIONS: Record<ImageType, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
}

/** One year in seconds, the longest that caches are told anything (RFC 9111 has no use for more). */
const LONGEST_AGE = 31_536_000

interface ImageAnswer {
  type: string
  etag: string
  /** File name without extension, in ASCII. */
  name: string
  download: boolean
  /** Seconds until the link expires: a cache hit skips the check of the link. */
  maxAgeSeconds: number
  /** Asked with credentials, so that no shared cache may keep the answer for others. */
  isPrivate: boolean
}

/** What every answer with an image carries (reliability.md section 4): it is shown, and never run. */
export function imageHeaders(answer: ImageAnswer): Headers {
  const { type, etag, name, download, maxAgeSeconds, isPrivate } = answer
  const known = isImageType(type)
  const file = known ? `${name}.${EXTENSIONS[type]}` : name
  const age = Math.max(0, Math.min(LONGEST_AGE, Math.floor(maxAgeSeconds)))
  return new Headers({
    'accept-ranges': 'bytes',
    'cache-control': `${isPrivate ? 'private' : 'public'}, max-age=${age}, immutable`,
    'content-disposition': `${download ? 'attachment' : 'inline'}; filename="${file}"`,
    'content-security-policy': "default-src 'none'; sandbox",
    'content-type': known ? type : 'application/octet-stream',
    'cross-origin-resource-policy': 'cross-origin',
    etag,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
}

const isImageType = (type: string): type is ImageType => Object.hasOwn(EXTENSIONS, type)
