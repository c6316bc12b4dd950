import { newJobId, shortId, type TenantId } from '../core/ids.ts'
import type { StoredImage } from '../core/image.ts'
import { describeCause, log } from '../core/log.ts'
import { StagedInput, type StoredInput } from '../core/staged-input.ts'
import { openInputSink, type InputSink } from './input-sink.ts'

/** The images that came with one request, under a random place of their own in R2. */
export interface InputBatch {
  /** How many were opened. */
  readonly size: number
  /** @param declared media type that the sender stated; null = none */
  open(declared: string | null): InputSink
  /** Copies an image of a job, byte for byte. Null = it is gone. Rejects when R2 fails. */
  copy(image: StoredImage): Promise<StoredInput | null>
  /** Deletes what was stored under other keys than these. Never rejects: a lifecycle rule is the net. */
  keepOnly(keys: readonly string[]): Promise<void>
}

export function newInputBatch(bucket: R2Bucket, tenant: TenantId): InputBatch {
  const place = `inputs/${tenant}/${shortId(newJobId())}`
  const opened: Pick<InputSink, 'result'>[] = []
  const nextKey = () => `${place}/${opened.length}`
  return {
    get size() {
      return opened.length
    },
    open(declared) {
      const sink = openInputSink(bucket, nextKey(), declared)
      opened.push(sink)
      return sink
    },
    async copy({ key, type, bytes, sha256 }) {
      const input = { r2: nextKey(), type, bytes, sha256 }
      opened.push({ result: () => new StagedInput(input) })
      const object = await bucket.get(key)
      if (!object) return null
      const labels = { httpMetadata: { contentType: type }, customMetadata: { sha256 } }
      await bucket.put(input.r2, object.body, { sha256, ...labels })
      return input
    },
    async keepOnly(keys) {
      const stored = opened.flatMap((image) => {
        const { input } = image.result()
        return 'r2' in input ? [input.r2] : []
      })
      const dropped = stored.filter((key) => !keys.includes(key))
      if (dropped.length === 0) return
      await bucket.delete(dropped).catch((caught: unknown) => {
        log('inputs_left', { keys: dropped.length, cause: describeCause(caught) })
      })
    },
  }
}
