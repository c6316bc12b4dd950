import { invalid } from '../dialects/invalid.ts'
import type { StagedInput } from '../core/staged-input.ts'
import type { InputBatch } from '../images/input-batch.ts'
import type { PartHead } from './multipart-head.ts'

/** A file field of a form on its way into R2. Throws a 400 that names it when it is no usable image. */
export function newImagePart({ name, type }: PartHead, batch: InputBatch) {
  const sink = batch.open(type)
  async function close(): Promise<StagedInput> {
    await sink.close()
    const { input } = sink.result()
    if (!('fault' in input)) return sink.result()
    throw invalid(name, input.fault)
  }
  return {
    /** What is refused already need not be read to its end. */
    async write(piece: Uint8Array): Promise<void> {
      if (!(await sink.write(piece))) await close()
    },
    close,
    abort: () => sink.abort(),
  }
}
