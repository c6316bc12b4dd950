import { readFileSync } from 'node:fs'

/** Of Linux's /proc: clock ticks are 1/100 s on every architecture that workerd runs on. */
const TICK_MS = 10

/** CPU time that a process has used, user and system, all threads, in ms; as fine as 10 ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // proc(5): 14 utime, 15 stime; the first two fields are cut off.
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Resident memory of a process, in bytes. */
export const residentBytes = (pid: number): number =>
  1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0)
