import type { PlanRoute } from '../core/plan.ts'
import { backoffMs } from '../core/retry.ts'
import { ingestUrl } from '../images/ingest-url.ts'
import { MAX_IMAGE_BYTES, type About, type Ingested } from '../images/intake.ts'
import { fetchTenantUrl } from '../outbound/fetch-tenant-url.ts'
import { isRedirect } from '../outbound/redirect.ts'
import { checkTenantUrl } from '../outbound/tenant-url.ts'
import { belongsTo } from '../outbound/upstream-url.ts'
import { callUpstream } from '../outbound/upstream.ts'
import { credentialOf } from './credential.ts'

/** Bounds of one download, ms. */
const DEADLINES = { headersMs: 30_000, bodyMs: 150_000, totalMs: 180_000 }

/** Tries of one download. */
const MAX_TRIES = 4
/** After this no further try begins, ms. */
const PATIENCE_MS = 60_000

interface Place {
  key: string
  about: About
  /** Nobody wants it any more. */
  signal: AbortSignal
}

/**
 * Brings an image that an upstream gave by URL into R2. It is paid for, so a download that breaks is
 * tried again: links of some upstreams work a moment later than they are given.
 */
export async function download(
  env: Env,
  route: PlanRoute,
  url: string,
  place: Place,
): Promise<Ingested> {
  const started = Date.now()
  for (let tries = 1; ; tries++) {
    const result = await downloadOnce(env, route, url, place)
    const isBroken = !result.ok && result.reason === 'broken_stream'
    const isOver = tries === MAX_TRIES || place.signal.aborted || Date.now() - started > PATIENCE_MS
    if (!isBroken || isOver) return result
    await sleep(backoffMs(tries))
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * On the upstream's own host its credential may be
 * needed; any other address passes the guard of tenants' URLs, because an upstream's answer is no proof.
 */
function downloadOnce(env: Env, route: PlanRoute, url: string, place: Place): Promise<Ingested> {
  return belongsTo(new URL(url), route)
    ? fromUpstream(env, route, url, place)
    : fromOther(env, url, place)
}

const BROKEN: Ingested = { ok: false, reason: 'broken_stream' }

async function fromUpstream(
  env: Env,
  route: PlanRoute,
  url: string,
  place: Place,
): Promise<Ingested> {
  const { upstream: id, baseUrl } = route
  const { key, about, signal } = place
  const called = await callUpstream({
    request: { method: 'GET', path: url, headers: { accept: 'image/*' }, body: null },
    body: null,
    upstream: { id, baseUrl, credential: credentialOf(env, route) },
    deadlines: DEADLINES,
    signal,
  })
  // Its own host may lead to a store elsewhere, which is an address as any other and gets no credential.
  if (!called.ok) return isRedirect(called.error.status ?? 0) ? fromOther(env, url, place) : BROKEN
  const { response } = called
  try {
    return response.status === 200
      ? await ingestUrl(env.IMAGES_BUCKET, key, response, about, signal)
      : BROKEN
  } finally {
    response.end()
  }
}

async function fromOther(env: Env, url: string, place: Place): Promise<Ingested> {
  const { key, about, signal } = place
  const allowPrivate = env.ALLOW_PRIVATE_URLS === 'true'
  if (!checkTenantUrl(url, { allowPrivate }).ok) return { ok: false, reason: 'not_an_image' }
  const options = { allowPrivate, deadlines: DEADLINES, maxBytes: MAX_IMAGE_BYTES, signal }
  const fetched = await fetchTenantUrl(url, options)
  if (!fetched.ok) return BROKEN
  const headers = new Headers(
    fetched.length === null ? {} : { 'content-length': String(fetched.length) },
  )
  try {
    return await ingestUrl(env.IMAGES_BUCKET, key, { body: fetched.body, headers }, about, signal)
  } finally {
    fetched.end()
  }
}
