import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import type { EventRow } from '../../src/core/event.ts'
import { Watchers } from '../../src/core/watchers.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const row = (seq: number): EventRow => ({ seq, at: seq, type: 'running' })
const end = (seq: number): EventRow => ({
  seq,
  at: seq,
  type: 'succeeded',
  error: null,
  images: [],
  usage: null,
})

/** A job of which rows are told one by one. */
function newJob() {
  const watchers = new Watchers()
  const rows: EventRow[] = []
  let reads = 0
  return {
    rows,
    reads: () => reads,
    tell(more: EventRow) {
      rows.push(more)
      watchers.notify()
    },
    watch: (after = 0) =>
      watchers.open(after, (last) => {
        reads += 1
        return { rows: rows.slice(last), isOver: rows.at(-1)?.type === 'succeeded' }
      }),
  }
}

const textOf = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> =>
  new TextDecoder().decode((await reader.read()).value)

describe('a stream of rows', () => {
  it('has old rows first, then each new one, and says that it ends', async ({ expect }) => {
    const job = newJob()
    job.tell(row(1))
    job.tell(row(2))
    const reader = job.watch(1)!.getReader()
    expect(JSON.parse(await textOf(reader))).toEqual(row(2))
    const next = textOf(reader)
    job.tell(end(3))
    expect(JSON.parse(await next)).toEqual(end(3))
    expect(await textOf(reader)).toBe('.\n')
    expect((await reader.read()).done).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that nobody reads asks for no rows, and hands out all of them later', async ({ expect }) => {
    const job = newJob()
    const stream = job.watch()!
    for (let seq = 1; seq < 100; seq++) {
      job.tell(row(seq))
      await Promise.resolve()
    }
    job.tell(end(100))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(job.reads()).toBeLessThan(6)
    const text = await new Response(stream).text()
    const seen = text.trimEnd().split('\n').slice(0, -1)
    expect(seen.map((line) => (JSON.parse(line) as EventRow).seq)).toEqual(
      job.rows.map(({ seq }) => seq),
    )
  })

  it('says every 15 s that it lives, and ends after 15 min', async ({ expect }) => {
    const job = newJob()
    const reader = job.watch()!.getReader()
    let comments = 0
    for (;;) {
      const next = textOf(reader)
      await vi.advanceTimersByTimeAsync(15_000)
      const text = await next
      if (text !== ':\n') {
        expect(text).toBe('.\n')
        break
      }
      comments += 1
    }
    expect(comments).toBe(59)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that nobody reads ends after 15 min, too, and makes room for another', async ({ expect }) => {
    const job = newJob()
    job.tell(row(1))
    const streams = Array.from({ length: 64 }, () => job.watch()!)
    await vi.advanceTimersByTimeAsync(15 * 60_000 - 1)
    expect(job.watch()).toBeNull()
    await vi.advanceTimersByTimeAsync(1)
    expect(vi.getTimerCount()).toBe(0)
    expect(job.watch()).not.toBeNull()
    job.tell(end(2))
    // What had been handed out is followed by the mark that there may be more.
    expect(await new Response(streams[0]).text()).toBe(`${JSON.stringify(row(1))}\n.\n`)
  })

  it('is given to 64 at a time; who goes makes room and leaves no timer', async ({ expect }) => {
    const job = newJob()
    const streams = Array.from({ length: 64 }, () => job.watch()!)
    expect(job.watch()).toBeNull()
    await streams[0]!.cancel()
    const last = job.watch()
    expect(last).not.toBeNull()
    expect(job.watch()).toBeNull()
    for (const stream of [...streams.slice(1), last!]) await stream.cancel()
    expect(vi.getTimerCount()).toBe(0)
    expect(job.watch()).not.toBeNull()
  })
})
