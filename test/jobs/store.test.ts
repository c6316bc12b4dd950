import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, describe, it } from 'vitest'
import { imageKey } from '../../src/core/ids.ts'
import { stagedKeys } from '../../src/core/staged-input.ts'
import { storeImages } from '../../src/jobs/store.ts'
import { PNG } from '../images/samples.ts'
import { submitting } from './submitting.ts'

afterAll(reset)

const input = (r2: string) => ({ r2, type: 'image/png' as const, bytes: 1, sha256: '0' })

describe('inputs that are deleted with their job', () => {
  it('are not the images of another job, which older rows name as inputs', ({ expect }) => {
    const inputs = [input('inputs/t/batch/0'), input('images/t/job/0')]
    expect(stagedKeys({ inputs, mask: null })).toEqual(['inputs/t/batch/0'])
  })
})

describe('images on their way when their job ends', () => {
  it('are not stored, but the one that is being written', async ({ expect }) => {
    const record = submitting({ n: 3, model: 'sketch-priced' })
    const { id, actor } = record.facts
    const base64 = PNG.toBase64()
    const source = { from: { base64 }, seed: null, revisedPrompt: null }
    const wish = new AbortController()
    const bucket = env.IMAGES_BUCKET
    const ending = new Proxy(bucket, {
      get: (real, name: keyof R2Bucket) => {
        if (name === 'put') wish.abort()
        return real[name].bind(real)
      },
    })
    const stored = await storeImages(
      { ...env, IMAGES_BUCKET: ending },
      record,
      record.state.attempts[0]!,
      { sources: [source, source, source], found: [] },
      wish.signal,
    )
    expect(stored.images.map(({ n }) => n)).toEqual([0])
    const keys = [0, 1, 2].map((n) => imageKey(actor.tenant, id, n))
    const found = await Promise.all(keys.map((key) => env.IMAGES_BUCKET.head(key)))
    expect(found.map((object) => object !== null)).toEqual([true, false, false])
  })
})
