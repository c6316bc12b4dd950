import { newJobId, shortId, type TenantId } from '../core/ids.ts'
import { MAX_INPUTS } from '../core/request.ts'
import { describeCause, log } from '../core/log.ts'
import { openInputSink, type InputSink } from './input-sink.ts'

/** The images that came with one request, under a random place of their own in R2. */
export interface InputBatch {
  /** How many were opened. */
  readonly size: number
  /** How many may be. */
  readonly most: number
  /** @param declared media type that the sender stated; null = none */
  open(declared: string | null): InputSink
  /** Deletes what was stored under other keys than these. Never rejects: a lifecycle rule is the net. */
  keepOnly(keys: readonly string[]): Promise<void>
}

/** @param most 16 images and a mask, unless it is a conversation, most of which is not drawn from */
export function newInputBatch(
  bucket: R2Bucket,
  tenant: TenantId,
  most = MAX_INPUTS + 1,
): InputBatch {
  const place = `inputs/${tenant}/${shortId(newJobId())}`
  const opened: InputSink[] = []
  return {
    most,
    get size() {
      return opened.length
    },
    open(declared) {
      const sink = openInputSink(bucket, `${place}/${opened.length}`, declared)
      opened.push(sink)
      return sink
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
