import { startHeldUpstream, type HeldUpstream } from '../upstreams/held-upstream.ts'
import { generation, type BenchGateway } from './gateway.ts'
import { shoot } from './load.ts'
import { watchMemory } from './memory.ts'
import { atMost, type Row } from './report.ts'

const MB = 1e6
const CALLERS = 5000
/** Callers at a time: many more than may be held. */
const AT_ONCE = 150
/** Most growth of live memory, MB. Seen: 3 and 5; with 5,000 held, 21 for a link and 32 for events. */
const MOST_MB = 16
/** Readers of a link, and watchers, that one job holds. */
const HELD = 64
/** After this the upstream answers anyway, so that too many who are held fail a bar and not the run, ms. */
const PATIENCE_MS = 30_000

interface Job {
  urls: { watch: string; images: string[] }
}

/** A job whose upstream has been asked and answers when it is let. */
async function begin(gateway: BenchGateway, upstream: HeldUpstream): Promise<Job> {
  const shot = generation(gateway, { prompt: 'crowd' })
  const { body } = await shoot({ ...shot, headers: { ...shot.headers, prefer: 'respond-async' } })
  await upstream.untilCalled()
  return JSON.parse(body.toString()) as Job
}

/** All ask before the image exists; the upstream answers when all but those that may be held are through. */
async function crowd(url: string, upstream: HeldUpstream): Promise<number> {
  const through = Promise.withResolvers<void>()
  const late = setTimeout(through.resolve, PATIENCE_MS)
  let next = 0
  let held = 0
  let answered = 0
  const call = async () => {
    while (next < CALLERS) {
      // Eight callers from each address.
      const headers = { 'cf-connecting-ip': `2001:db8::${(next++ >> 3).toString(16)}` }
      const answer = await fetch(url, { headers })
      await answer.arrayBuffer()
      if (answer.status !== 202 && answer.status !== 429) held += 1
      answered += 1
      if (answered >= CALLERS - HELD) through.resolve()
    }
  }
  const all = Promise.all(Array.from({ length: AT_ONCE }, call))
  await through.promise
  clearTimeout(late)
  upstream.release()
  await all
  return held
}

/** Growth of live memory while a crowd asks for one job before its image exists. */
async function crowded(
  gateway: BenchGateway,
  upstream: HeldUpstream,
  what: 'link' | 'events',
): Promise<Row[]> {
  const calls = upstream.calls()
  const { urls } = await begin(gateway, upstream)
  const url = what === 'link' ? urls.images[0]! : urls.watch
  let held = 0
  const { live, resident, looks } = await watchMemory(gateway.runtime, async () => {
    held = await crowd(url, upstream)
  })
  const of = `${CALLERS} callers, ${what}`
  const note = ` (resident ${(resident / MB).toFixed(0)} MB; ${looks} looks)`
  return [
    atMost('many', `${of}: live memory`, [live / MB, MOST_MB], 'MB', note),
    atMost('many', `${of}: made to wait`, [held, HELD], ''),
    atMost('many', `${of}: upstream calls`, [upstream.calls() - calls, 1], ''),
  ]
}

/** @param start a gateway whose only server is the upstream at this address */
export async function crowdBars(
  start: (upstream: string) => Promise<BenchGateway>,
): Promise<Row[]> {
  const upstream = await startHeldUpstream()
  try {
    const gateway = await start(upstream.url)
    const link = await crowded(gateway, upstream, 'link')
    return [...link, ...(await crowded(gateway, upstream, 'events'))]
  } finally {
    await upstream.stop()
  }
}
