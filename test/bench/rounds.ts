import { setTimeout } from 'node:timers/promises'
import { load, type Shot } from './load.ts'
import { cpuMs } from './process.ts'
import type { Runtime } from './runtime.ts'

/** Work that follows an answer belongs to it: this long after the last one CPU is still counted, ms. */
const AFTER_MS = 250

/** One of several Workers under the same load. */
export interface Contender {
  name: string
  runtime: Runtime
  shot: Shot
}

export interface Figures {
  /** CPU of a request, ms: one figure for each round. */
  cpu: number[]
  /** Median time of a request, ms: one figure for each round. */
  p50: number[]
}

interface Plan {
  rounds: number
  requests: number
  concurrency: number
}

export const median = (values: number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Loads the contenders in turn, round by round: what else the machine does hits all alike. */
export async function interleave(
  contenders: Contender[],
  { rounds, requests, concurrency }: Plan,
): Promise<Map<string, Figures>> {
  const all = new Map<string, Figures>()
  for (const { name, shot } of contenders) {
    all.set(name, { cpu: [], p50: [] })
    await load(shot, Math.max(concurrency, Math.ceil(requests / 4)), concurrency)
  }
  for (let round = 0; round < rounds; round++)
    for (const { name, runtime, shot } of contenders) {
      await setTimeout(AFTER_MS)
      const before = cpuMs(runtime.pid)
      const times = await load(shot, requests, concurrency)
      await setTimeout(AFTER_MS)
      const { cpu, p50 } = all.get(name)!
      cpu.push((cpuMs(runtime.pid) - before) / requests)
      p50.push(median(times))
    }
  return all
}
