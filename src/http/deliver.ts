import { imageKey, imagePath, partialKey, partialPath, shortId } from '../core/ids.ts'
import { describeCause, log } from '../core/log.ts'
import { choose } from './conditional.ts'
import { fillEdgeCache, fitsEdgeCache, readEdgeCache } from './edge-cache.ts'
import { describeImage, type FoundImage, openImage } from './found-image.ts'
import { imageHeaders } from './image-headers.ts'
import type { Slice } from './range.ts'

export interface ImageAddress {
  tenant: string
  /** The job's UUID. */
  job: string
  n: number
  /** Which partial image on the way to image n; null = the image itself. */
  k: number | null
  /** Seconds that the answer may be kept: what is left of the link. */
  maxAgeSeconds: number
  download: boolean
}

/** One request for one image, and where that image lies. */
interface Visit {
  request: Request
  address: ImageAddress
  bucket: R2Bucket
  key: string
  /** Its name in the edge cache: own origin and path, the same for every link. */
  url: string
}

/**
 * Answers GET and HEAD with a stored image: whole, one range of it (206, 416), or 304. Null = it is
 * not in R2. Whether the caller may see it was checked before. Reads of R2: a whole GET costs one `get`
 * (and a second one behind the answer where it fills the edge cache), a range one more `head`, HEAD and
 * 304 one `head` alone.
 */
export async function deliver(
  request: Request,
  env: Env,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
  address: ImageAddress,
): Promise<Response | null> {
  const bucket = env.IMAGES_BUCKET
  const { key, path } = placeOf(address)
  const url = new URL(path, request.url).href
  const visit = { request, address, bucket, key, url }
  const cached = await readEdgeCache(url)
  const image = cached ?? (await readBucket(visit))
  if (!image) return null
  const choice = choose(request, image.etag, image.bytes)
  const takesWhole = choice.status === 200 && request.method === 'GET'
  if (takesWhole && !cached && fitsEdgeCache(url, image.bytes)) ctx.waitUntil(fill(visit))
  if (takesWhole) return answerWhole(visit, image)
  await image.body?.cancel()
  return choice.status === 206
    ? answerPart(visit, choice.slice)
    : answerEmpty(visit, image, choice.status)
}

function placeOf({ tenant, job, n, k }: ImageAddress): { key: string; path: string } {
  if (k === null) return { key: imageKey(tenant, job, n), path: imagePath(tenant, job, n) }
  const key = partialKey(tenant, job, n, k)
  return { key, path: partialPath(key) }
}

/** Opens the image at once where the request cannot but want all of it. */
function readBucket({ request, bucket, key }: Visit): Promise<FoundImage | null> {
  const { method, headers } = request
  const isPlain = method === 'GET' && !headers.has('if-none-match') && !headers.has('range')
  return isPlain ? openImage(bucket, key) : describeImage(bucket, key)
}

/** A read of its own instead of a tee of the answer, which would hold what a slow client has not taken. */
async function fill({ bucket, key, url }: Visit): Promise<void> {
  try {
    const image = await openImage(bucket, key)
    if (image) await fillEdgeCache(url, image)
  } catch (caught) {
    log('edge_cache_failed', { cause: describeCause(caught) })
  }
}

async function answerWhole(visit: Visit, image: FoundImage): Promise<Response | null> {
  const whole = image.body ? image : await openImage(visit.bucket, visit.key)
  if (!whole) return null
  const headers = headersFor(visit, whole)
  headers.set('content-length', `${whole.bytes}`)
  return new Response(whole.body, { headers })
}

async function answerPart(visit: Visit, slice: Slice): Promise<Response | null> {
  const part = await openImage(visit.bucket, visit.key, slice)
  if (!part) return null
  const { offset, length } = slice
  const headers = headersFor(visit, part)
  headers.set('content-length', `${length}`)
  headers.set('content-range', `bytes ${offset}-${offset + length - 1}/${part.bytes}`)
  return new Response(part.body, { status: 206, headers })
}

function answerEmpty(visit: Visit, image: FoundImage, status: 200 | 304 | 416): Response {
  const headers = headersFor(visit, image)
  if (status === 200) headers.set('content-length', `${image.bytes}`)
  if (status === 416) {
    headers.set('content-range', `bytes */${image.bytes}`)
    headers.set('cache-control', 'no-store')
    headers.delete('content-disposition')
    headers.delete('content-type')
  }
  return new Response(null, { status, headers })
}

function headersFor({ request, address }: Visit, { type, etag }: FoundImage): Headers {
  const { job, n, k, maxAgeSeconds, download } = address
  const name = `${shortId(job)}-${n}${k === null ? '' : `-${k}`}`
  const isPrivate = request.headers.has('authorization')
  return imageHeaders({ type, etag, name, download, maxAgeSeconds, isPrivate })
}
