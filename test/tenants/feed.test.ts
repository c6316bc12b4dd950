import { afterEach, describe, it, vi } from 'vitest'
import { newJobId } from '../../src/core/ids.ts'
import { Feed, type FeedRow } from '../../src/tenants/feed.ts'
import { summaryOf } from './tenant.ts'

afterEach(() => {
  vi.useRealTimers()
})

const rowOf = (status: string, id = newJobId()) => summaryOf(id, { status })

/** Reads the rows of the next piece; `quiet` for a comment. */
async function read(stream: ReadableStream<Uint8Array>, pieces = 1): Promise<FeedRow[]> {
  const reader = stream.getReader()
  const rows: FeedRow[] = []
  for (let n = 0; n < pieces; n++) {
    const text = new TextDecoder().decode((await reader.read()).value)
    rows.push(...text.split('\n').flatMap((line) => (line ? [JSON.parse(line) as FeedRow] : [])))
  }
  reader.releaseLock()
  return rows
}

const open = (feed: Feed, after = 0) => feed.open(after) as ReadableStream<Uint8Array>

describe('the feed of a tenant', () => {
  it('tells what happens from now on, and each state of a job once', async ({ expect }) => {
    const feed = new Feed()
    feed.tell(rowOf('succeeded'))
    const stream = open(feed)
    const id = newJobId()
    for (const status of ['queued', 'running', 'running', 'succeeded', 'succeeded'])
      feed.tell(rowOf(status, id))
    const rows = await read(stream)
    expect(rows.map(({ status }) => status)).toEqual(['queued', 'running', 'succeeded'])
    await stream.cancel()
  })

  it('goes on behind the row that a reader names, also in an instance after it', async ({
    expect,
  }) => {
    const feed = new Feed()
    const [first, second] = [rowOf('queued'), rowOf('queued')]
    const stream = open(feed)
    feed.tell(first)
    const [seen] = await read(stream)
    feed.tell(second)
    expect(await read(open(feed, seen!.seq))).toMatchObject([{ id: second.id }])
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1000 })
    const next = new Feed()
    const resumed = open(next, seen!.seq)
    next.tell(second)
    expect(await read(resumed)).toMatchObject([{ id: second.id }])
  })

  it('has a comment every 15 seconds while nothing happens', async ({ expect }) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const reader = open(new Feed()).getReader()
    for (let times = 0; times < 3; times++) {
      const quiet = reader.read()
      await vi.advanceTimersByTimeAsync(15_000)
      expect(new TextDecoder().decode((await quiet).value)).toBe(':\n')
    }
    await reader.cancel()
  })

  it('holds for a reader who does not read no more than 100 rows, whatever happens', async ({
    expect,
  }) => {
    const feed = new Feed()
    const streams = Array.from({ length: 64 }, () => open(feed))
    const rows = Array.from({ length: 1000 }, () => rowOf('succeeded'))
    for (const row of rows) {
      feed.tell(row)
      await Promise.resolve()
    }
    const seen = await read(streams[0]!, 2)
    expect(seen.length).toBeLessThanOrEqual(200)
    expect(seen.at(-1)!.id).toBe(rows.at(-1)!.id)
    expect(feed.open(0)).toBe('full')
    await Promise.all(streams.map((stream) => stream.cancel()))
    expect(feed.open(0)).not.toBe('full')
  })
})
