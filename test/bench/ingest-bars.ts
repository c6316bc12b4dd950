import type { Shot } from './load.ts'
import { ratio } from './ratio.ts'
import { atMost, type Row } from './report.ts'
import { interleave, type Contender } from './rounds.ts'
import type { Runtime } from './runtime.ts'

/** Images in bytes and requests of one round. */
const SMALL = { bytes: 1_500_000, requests: 100 }
const LARGE = { bytes: 15_000_000, requests: 12 }

type Named = Record<string, Runtime>

const order = (bytes: number, form = 'b64') =>
  JSON.stringify({ model: 'bench/image', prompt: `${form} ${bytes}`, n: 1 })

const contender = (name: string, runtimes: Named, shot: Omit<Shot, 'url'>, path: string) => {
  const runtime = runtimes[name]!
  return { name, runtime, shot: { ...shot, url: `${runtime.url}${path}` } } satisfies Contender
}

const base64 = (name: string, runtimes: Named, bytes: number): Contender =>
  contender(name, runtimes, { body: order(bytes) }, '/images/generations')

/** P2: CPU of taking in one base64 image, without the job around it. */
export async function base64Bars(runtimes: Named, rounds: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const { bytes, requests } of [SMALL, LARGE]) {
    const all = ['ingest', 'floor', 'plain'].map((name) => base64(name, runtimes, bytes))
    const figures = await interleave(all, { rounds, requests, concurrency: 1 })
    const isSmall = bytes === SMALL.bytes
    const size = `${bytes / 1e6} MB as base64`
    const floor = ratio(figures, 'ingest', 'floor', 'cpu')
    const plain = ratio(figures, 'ingest', 'plain', 'cpu')
    rows.push(
      atMost('P2', `CPU, ${size}, to floor`, [floor.value, isSmall ? 5 : null], 'x', floor.note),
      atMost('P2', `CPU, ${size}, to plain`, [plain.value, isSmall ? 1.25 : 1], 'x', plain.note),
    )
  }
  return rows
}

/** P3: CPU of taking in one large image by its URL, to a proxy of the same file. */
export async function urlBars(runtimes: Named, rounds: number): Promise<Row[]> {
  const path = `/file/${LARGE.bytes}/0`
  const all = ['ingest', 'floor'].map((name) => contender(name, runtimes, {}, path))
  const plan = { rounds, requests: LARGE.requests, concurrency: 1 }
  const { value, note } = ratio(await interleave(all, plan), 'ingest', 'floor', 'cpu')
  return [atMost('P3', 'CPU, 15 MB by URL, to floor', [value, 2.5], 'x', note)]
}
