import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { parseJobId } from '../../src/core/ids.ts'
import type { GenerationRequest } from '../../src/core/request.ts'
import { readJob } from '../../src/jobs/rows.ts'

/** All input images of a tenant in R2, by key. */
export async function stagedOf(tenant: string): Promise<Map<string, Uint8Array>> {
  const { objects } = await env.IMAGES_BUCKET.list({ prefix: `inputs/${tenant}/` })
  const staged = new Map<string, Uint8Array>()
  for (const { key } of objects) {
    const object = await env.IMAGES_BUCKET.get(key)
    if (object) staged.set(key, new Uint8Array(await object.arrayBuffer()))
  }
  return staged
}

/** The request as its job keeps it. */
export async function requestOf(job: string): Promise<GenerationRequest> {
  const stub = env.JOBS.getByName(parseJobId(job)!)
  return runInDurableObject(
    stub,
    (_, { storage }) => readJob(storage.sql)!.facts.submission.request,
  )
}
