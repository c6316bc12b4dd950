import { describe, it } from 'vitest'
import type { EventRow } from '../../src/core/event.ts'
import { watchJob } from '../../src/http/watch-job.ts'

const row = (seq: number): EventRow => ({ seq, at: seq, type: 'running' })

/** A stream that gives these lines, then says that it ends, or breaks off as an object does that dies. */
const streamOf = (lines: string[], isBroken: boolean): ReadableStream<Uint8Array> =>
  new ReadableStream({
    pull(controller) {
      const line = lines.shift()
      if (line !== undefined) controller.enqueue(new TextEncoder().encode(`${line}\n`))
      else if (isBroken) controller.error(new Error('The object was reset.'))
      else controller.close()
    },
  })

/** A job whose object dies after each event, `deaths` times. */
function dyingJob(deaths: number) {
  const asked: number[] = []
  const watch = (_tenant: string, after: number) => {
    asked.push(after)
    const isBroken = asked.length <= deaths
    const lines = isBroken
      ? [JSON.stringify(row(after + 1))]
      : [JSON.stringify(row(after + 1)), '.']
    return Promise.resolve(streamOf(lines, isBroken))
  }
  const jobs = { getByName: () => ({ watch }) } as unknown as Env['JOBS']
  return { asked, jobs }
}

async function readAll(jobs: Env['JOBS']): Promise<number[]> {
  const reader = (await watchJob(jobs, 'job', 'tenant', 0))!
  const seen: number[] = []
  for (let next = await reader.next(); next; next = await reader.next())
    if (next !== 'quiet') seen.push(next.seq)
  return seen
}

describe('a stream of events whose job dies under it', () => {
  it('goes on behind the last event, three times', async ({ expect }) => {
    const { asked, jobs } = dyingJob(3)
    expect(await readAll(jobs)).toEqual([1, 2, 3, 4])
    expect(asked).toEqual([0, 1, 2, 3])
  })

  it('is given up at the fourth, and says so', async ({ expect }) => {
    const { asked, jobs } = dyingJob(4)
    await expect(readAll(jobs)).rejects.toMatchObject({ shown: { code: 'overloaded' } })
    expect(asked).toEqual([0, 1, 2, 3])
  })
})
