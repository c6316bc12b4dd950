import { DONE, type Frame } from '../dialects/dialect.ts'
import type { FrameReader } from './event-stream.ts'

/** Frames that tell their place in the stream, from 0; those up to `after` are left out. */
export function numberFrames(frames: FrameReader, after = -1): FrameReader {
  let n = -1
  const numbered = (frame: Frame): Frame => ({
    ...frame,
    data: { ...(frame.data as object), sequence_number: n },
    ifGone: frame.ifGone && numbered(frame.ifGone),
  })
  return {
    async next() {
      for (;;) {
        const frame = await frames.next()
        if (frame === null || frame === 'quiet' || frame === DONE) return frame
        n += 1
        if (n > after) return numbered(frame)
      }
    },
    cancel: () => frames.cancel(),
  }
}
