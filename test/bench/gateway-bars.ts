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

/** P4: a small image through the whole gateway, to the least that could keep it durably. */
export async function gatewayBars(
  gateway: BenchGateway,
  durable: Runtime,
  rounds: number,
): Promise<Row[]> {
  const shot = generation(gateway, { prompt: 'b64 2000', n: 1 })
  const floor = { ...shot, url: `${durable.url}/images/generations` }
  const contenders = [
    { name: 'gateway', runtime: gateway.runtime, shot },
    { name: 'durable', runtime: durable, shot: floor },
  ]
  const rows: Row[] = []
  for (const { concurrency, requests } of LOADS) {
    const all = await interleave(contenders, { rounds, requests, concurrency })
    for (const kind of ['p50', 'cpu'] as const) {
      const { value, note } = ratio(all, 'gateway', 'durable', kind)
      const what = `${kind}, 2 KB through the gateway, c=${concurrency}, to durable`
      rows.push(atMost('P4', what, [value, 1.8], 'x', note))
    }
  }
  return rows
}
