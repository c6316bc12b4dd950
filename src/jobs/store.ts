import { imageKey, shortId } from '../core/ids.ts'
import type { StoredImage } from '../core/image.ts'
import type { Attempt } from '../core/job-state.ts'
import { imagesOf } from '../core/plan.ts'
import type { ImageSource } from '../core/provider.ts'
import { ingest } from '../images/ingest.ts'
import type { JobFacts, JobRecord } from './rows.ts'

/**
 * Puts the images of one attempt into R2, one after the other, each under its job's key. What is no
 * usable image is left out; never more than the attempt was asked for.
 */
export async function storeImages(
  bucket: R2Bucket,
  { facts, state }: JobRecord,
  attempt: Attempt,
  sources: ImageSource[],
): Promise<StoredImage[]> {
  const part = state.parts[attempt.part]!
  const stored: StoredImage[] = []
  for (const source of sources.slice(0, part.count)) {
    const n = part.first + stored.length
    const image = await storeImage(bucket, facts, attempt, source, n)
    if (image) stored.push(image)
  }
  return stored
}

async function storeImage(
  bucket: R2Bucket,
  facts: JobFacts,
  attempt: Attempt,
  source: ImageSource,
  n: number,
): Promise<StoredImage | null> {
  if ('url' in source.from) throw new Error('images by URL have no reader yet')
  const key = imageKey(facts.actor.tenant, facts.id, n)
  const result = await ingest(bucket, key, source.from.body, {
    job: shortId(facts.id),
    model: facts.plan.model,
    provider: facts.plan.routes[attempt.route]!.upstream,
    seed: source.seed,
    created: Math.floor(attempt.startedAt / 1000),
  })
  if (!result.ok) return null
  return { ...result.image, n, key, seed: source.seed, revisedPrompt: source.revisedPrompt }
}

/** Deletes images that a first, broken try has left beside those of the job. */
export async function deleteUnrecorded(
  bucket: R2Bucket,
  { id, actor, plan }: JobFacts,
  images: StoredImage[],
): Promise<void> {
  const asked = imagesOf(plan)
  const keys = Array.from({ length: asked }, (_, n) => imageKey(actor.tenant, id, n))
  const left = keys.filter((key) => !images.some((image) => image.key === key))
  if (left.length > 0) await bucket.delete(left)
}

/** Deletes all that a job has in R2. */
export async function deleteImages(bucket: R2Bucket, { id, actor }: JobFacts): Promise<void> {
  const place = `${actor.tenant}/${shortId(id)}/`
  for (const prefix of [`images/${place}`, `partials/${place}`]) {
    let page: R2Objects
    do {
      page = await bucket.list({ prefix, limit: 1000 })
      if (page.objects.length > 0) await bucket.delete(page.objects.map(({ key }) => key))
    } while (page.truncated)
  }
}
