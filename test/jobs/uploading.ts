import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { imageKey, parseJobId } from '../../src/core/ids.ts'
import type { JobState } from '../../src/core/job-state.ts'
import type { Job } from '../../src/jobs/job-object.ts'
import { makeImage } from '../core/support/job.ts'
import { account, ask, generate } from '../support/client.ts'
import { jobObject } from '../support/storage.ts'
import { envOf } from './env-of.ts'
import { intoCalls, rewrite } from './rewrite.ts'

const SLOW = { prompt: 'a red cube', size: '64x64', model: 'sketch-slow-priced', n: 3 }
const LATER = { prefer: 'respond-async' }

/** Something happens before each call of a method of one job's bucket. */
export const beforeCalls = (
  job: DurableObjectStub<Job>,
  method: 'list' | 'delete' | 'put',
  happen: () => void | Promise<void>,
) =>
  runInDurableObject(job, (instance) => {
    const { IMAGES_BUCKET } = envOf(instance)
    const real = IMAGES_BUCKET[method].bind(IMAGES_BUCKET) as (...args: unknown[]) => unknown
    Object.assign(envOf(instance), {
      IMAGES_BUCKET: new Proxy(IMAGES_BUCKET, {
        get: (bucket, name: keyof R2Bucket) =>
          name !== method
            ? bucket[name]
            : async (...args: unknown[]) => {
                await happen()
                return real(...args)
              },
      }),
    })
  })

/**
 * A job of three calls: the image of one is on its way to R2 until `end`, one is waited for, and the first
 * is waited for too unless its image is told of.
 *
 * @param change what its rows say beside that
 */
export async function uploading(isTold: boolean, change: (state: JobState) => void = () => {}) {
  const { tenant, key } = await account({ balance_usd: 1 })
  const { json } = await generate(key, SLOW, LATER)
  const job = jobObject(json.id)
  await vi.waitUntil(async () => (await ask(json.urls.get, { key })).json.status === 'running')
  const image = { ...makeImage(0), key: imageKey(tenant, parseJobId(json.id)!, 0) }
  if (isTold) await env.IMAGES_BUCKET.put(image.key, 'told of')
  await rewrite(job, (state) => {
    intoCalls(state, isTold ? image : null)
    change(state)
  })
  let begun = false
  const held = Promise.withResolvers<void>()
  await beforeCalls(job, 'put', () => {
    begun = true
    return held.promise
  })
  const run = runDurableObjectAlarm(job)
  await vi.waitUntil(() => begun)
  const balance = async () => (await ask('/v1/balance', { key })).json
  return { tenant, key, job, image, made: json, balance, end: () => (held.resolve(), run) }
}
