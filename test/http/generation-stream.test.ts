import { describe, it } from 'vitest'
import { errors, GatewayError } from '../../src/core/error.ts'
import type { EventRow } from '../../src/core/event.ts'
import type { Frame } from '../../src/dialects/dialect.ts'
import { framesOf } from '../../src/http/generation-stream.ts'
import { numberFrames } from '../../src/http/number-frames.ts'
import type { EventReader } from '../../src/http/watch-job.ts'

const row: EventRow = { seq: 1, at: 1, type: 'running' }
const render = (): Frame[] => [{ event: 'a', id: null, data: {}, ifGone: null }]

/** One row, then the end of the watch, or what breaks it. */
function newReader(end: 'late' | 'broken'): EventReader {
  const rows = [row]
  return {
    async next() {
      const next = rows.shift()
      if (!next && end === 'broken') throw new GatewayError(errors.overloaded())
      return next ?? null
    },
    cancel: () => {},
  }
}

async function all(frames: ReturnType<typeof framesOf>): Promise<unknown[]> {
  const seen: unknown[] = []
  for (let frame = await frames.next(); frame; frame = await frames.next())
    if (frame !== 'quiet') seen.push(frame.data)
  return seen
}

describe.for(['late', 'broken'] as const)('a stream that ends before its job (%s)', (end) => {
  it('says so, and names no header that it does not have', async ({ expect }) => {
    const [, last] = await all(framesOf(newReader(end), render, false))
    expect(last).toMatchObject({ type: 'error', error: { message: expect.any(String) } })
    expect(JSON.stringify(last)).not.toContain('Location')
  })

  it('takes no number of a later event: who comes again behind the last one misses none', async ({
    expect,
  }) => {
    const frames = numberFrames(framesOf(newReader(end), render, true))
    expect(await all(frames)).toEqual([{ sequence_number: 0 }])
  })
})
