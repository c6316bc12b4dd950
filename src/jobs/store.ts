import { imageKey, shortId } from '../core/ids.ts'
import type { StoredImage } from '../core/image.ts'
import { stagedKeys } from '../core/staged-input.ts'
import type { Attempt } from '../core/job-state.ts'
import { imagesOf } from '../core/plan.ts'
import type { ImageSource } from '../core/provider.ts'
import { seconds } from '../core/seconds.ts'
import { ingest } from '../images/ingest.ts'
import type { About, Ingested } from '../images/intake.ts'
import { download } from './download.ts'
import type { JobFacts, JobRecord } from './rows.ts'

/** Images of an answer, and those of them that came into R2 with it. */
export interface Delivered {
  sources: ImageSource[]
  found: Ingested[]
}

export interface Stored {
  images: StoredImage[]
  /** Some image is missing because its link could not be downloaded. */
  isUnread: boolean
}

/**
 * Puts the images of one attempt into R2, one after the other, each under its job's key. What is no
 * usable image is left out, and what is stored already; never more than the attempt was asked for, and
 * none after the signal: then nobody wants them any more.
 */
export async function storeImages(
  env: Env,
  record: JobRecord,
  attempt: Attempt,
  { sources, found }: Delivered,
  signal: AbortSignal,
): Promise<Stored> {
  const { first, count } = record.state.parts[attempt.part]!
  const stored: Stored = { images: [], isUnread: false }
  for (const [i, source] of sources.slice(0, count).entries()) {
    const at = 'found' in source.from ? source.from.found : i
    const n = first + at
    if (at >= count || signal.aborted || record.state.images.some((image) => image.n === n))
      continue
    const image = await storeImage(env, record.facts, attempt, source, found, n, signal)
    if (image === 'unread') stored.isUnread = true
    else if (image) stored.images.push(image)
  }
  return stored
}

async function storeImage(
  env: Env,
  facts: JobFacts,
  attempt: Attempt,
  { from, seed, revisedPrompt }: ImageSource,
  found: Ingested[],
  n: number,
  signal: AbortSignal,
): Promise<StoredImage | 'unread' | null> {
  const key = imageKey(facts.actor.tenant, facts.id, n)
  const route = facts.plan.routes[attempt.route]!
  const about: About = {
    job: shortId(facts.id),
    model: facts.plan.model,
    provider: route.upstream,
    seed,
    created: seconds(attempt.startedAt),
  }
  const result =
    'found' in from
      ? found[from.found]
      : 'url' in from
        ? await download(env, route, from.url, { key, about, signal })
        : await ingest(env.IMAGES_BUCKET, key, bodyOf(from), about)
  if (result?.ok) return { ...result.image, n, key, seed, revisedPrompt }
  return 'url' in from && result?.reason === 'broken_stream' ? 'unread' : null
}

function bodyOf(from: { base64: string } | { body: ReadableStream<Uint8Array> }) {
  if ('body' in from) return from.body
  return new Blob([decoded(from.base64)]).stream()
}

/** Nothing, where it is no base64: then it is no image. */
function decoded(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(base64)
  } catch {
    return new Uint8Array()
  }
}

/** Deletes images that a first, broken try has left beside those of the job. */
export async function deleteUnrecorded(
  bucket: R2Bucket,
  { id, actor, plan }: JobFacts,
  images: StoredImage[],
): Promise<void> {
  const keys = Array.from({ length: imagesOf(plan) }, (_, n) => imageKey(actor.tenant, id, n))
  const left = keys.filter((key) => !images.some((image) => image.key === key))
  if (left.length > 0) await bucket.delete(left)
}

/** Deletes all images that a job has in R2, partial ones and its inputs too. */
export async function deleteImages(bucket: R2Bucket, facts: JobFacts): Promise<void> {
  const place = `${facts.actor.tenant}/${shortId(facts.id)}/`
  for (const kind of ['images', 'partials', 'inputs']) {
    let page: R2Objects
    do {
      page = await bucket.list({ prefix: `${kind}/${place}`, limit: 1000 })
      if (page.objects.length > 0) await bucket.delete(page.objects.map(({ key }) => key))
    } while (page.truncated)
  }
  await bucket.delete(stagedKeys(facts.submission.request))
}
