import { generation, type BenchGateway } from './gateway.ts'
import { ratio } from './ratio.ts'
import { atMost, type Row } from './report.ts'
import { interleave } from './rounds.ts'
import type { Runtime } from './runtime.ts'

/** Requests of one round, by how many are under way at a time. */
const LOADS = [
  { concurrency: 1, requests: 120 },
  { concurrency: 16, requests: 320 },
]

/**
 * P4: a small image through the whole gateway, to the least that could keep it durably; beside it, to
 * the least that keeps the promise, and that one to the bar.
 */
export async function gatewayBars(
  gateway: BenchGateway,
  floors: { durable: Runtime; least: Runtime },
  rounds: number,
): Promise<Row[]> {
  const shot = generation(gateway, { prompt: 'b64 2000', n: 1 })
  const floor = (name: 'durable' | 'least') => ({
    name,
    runtime: floors[name],
    shot: { ...shot, url: `${floors[name].url}/images/generations` },
  })
  const contenders = [
    { name: 'gateway', runtime: gateway.runtime, shot },
    floor('durable'),
    floor('least'),
  ]
  const rows: Row[] = []
  for (const { concurrency, requests } of LOADS) {
    const all = await interleave(contenders, { rounds, requests, concurrency })
    for (const kind of ['p50', 'cpu'] as const)
      for (const [a, b, most] of PAIRS) {
        const { value, note } = ratio(all, a, b, kind)
        const what = `${kind}, 2 KB, c=${concurrency}, ${a} to ${b}`
        rows.push(atMost('P4', what, [value, most], 'x', note))
      }
  }
  return rows
}

const PAIRS = [
  ['gateway', 'durable', 1.8],
  ['gateway', 'least', null],
  ['least', 'durable', null],
] as const
