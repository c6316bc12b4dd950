import type { FoundImage } from './found-image.ts'

/** Largest image kept in the edge cache, in bytes. */
const CACHED_BYTES = 8 * 1024 * 1024

/** How long the cache keeps an image: so long may a deleted one still be served there. */
const KEPT = 'public, max-age=3600'

/** Finds an image in the cache of this data centre. On `workers.dev` hosts nothing is ever found. */
export async function readEdgeCache(url: string): Promise<FoundImage | null> {
  const kept = await caches.default.match(url)
  if (!kept) return null
  const { headers, body } = kept
  return {
    type: headers.get('content-type') ?? '',
    etag: headers.get('etag') ?? '',
    bytes: Number(headers.get('content-length')),
    body,
  }
}

export const fitsEdgeCache = (url: string, bytes: number): boolean =>
  bytes <= CACHED_BYTES && !new URL(url).hostname.endsWith('.workers.dev')

export async function fillEdgeCache(url: string, image: FoundImage): Promise<void> {
  const headers = {
    'cache-control': KEPT,
    'content-length': `${image.bytes}`,
    'content-type': image.type,
    etag: image.etag,
  }
  await caches.default.put(url, new Response(image.body, { headers }))
}
