import { setTimeout } from 'node:timers/promises'
import type { Call } from './call.ts'
import type { Fault } from './faults.ts'
import type { BillableCall } from './ledger.ts'
import { latencyOf } from './pictures.ts'
import type { Picture } from './shapes.ts'

/** Part of a job's time that it is queued. */
const QUEUED_SHARE = 0.25

/** Accepted work that is done by the clock. Times in Unix ms. */
export interface Job {
  id: string
  /** Who may see it. */
  key: string | null
  createdAt: number
  startsAt: number
  doneAt: number
  cancelledAt: number | null
  pictures: Picture[]
  /** Why it fails; null = it will not. */
  failure: { code: string; message: string } | null
  /** Of the ledger; null when there is nothing to bill. */
  bill: BillableCall | null
}

export type Phase = 'queued' | 'running' | 'done' | 'failed' | 'cancelled'

interface Started {
  prompt: string
  pictures: Picture[]
  /** Given when the job is bound to fail without any work. */
  failure?: Job['failure']
}

const failureOf = (fault: Fault | null): Job['failure'] =>
  fault?.kind === 'job_failed'
    ? { code: fault.code ?? 'server_error', message: fault.message ?? 'The job failed.' }
    : null

/** A job whose pictures were drawn, and billed, in this call. */
export function startJob(call: Call, id: string, { prompt, pictures, failure }: Started): Job {
  const { settings, ledger } = call.world
  const latency = latencyOf(prompt, settings)
  const now = Date.now()
  return {
    id,
    key: call.key,
    createdAt: now,
    startsAt: now + latency * QUEUED_SHARE,
    doneAt: now + latency,
    cancelledAt: null,
    pictures,
    failure: failure ?? failureOf(call.fault),
    bill: pictures.length > 0 ? ledger.calls.at(-1)! : null,
  }
}

export function phaseOf(job: Job, now = Date.now()): Phase {
  if (job.cancelledAt !== null) return 'cancelled'
  if (now < job.startsAt) return 'queued'
  if (now < job.doneAt) return 'running'
  return job.failure ? 'failed' : 'done'
}

/** Ends a job that has not ended; one that has not begun is not billed. */
export function cancelJob(job: Job): void {
  const phase = phaseOf(job)
  if (phase !== 'queued' && phase !== 'running') return
  job.cancelledAt = Date.now()
  if (phase === 'queued' && job.bill) job.bill.cancelled = true
}

/** A job of the caller's key; undefined for others' as for unknown ids. */
export function findJob(call: Call, id: string): { job: Job } | undefined {
  const kept = call.world.jobs.get(`${call.api}:${id}`) as { job: Job } | undefined
  return kept?.job.key === call.key ? kept : undefined
}

export function keepJob(call: Call, kept: { job: Job }): void {
  call.world.jobs.set(`${call.api}:${kept.job.id}`, kept)
}

/** Unix seconds. */
export const seconds = (ms: number): number => Math.floor(ms / 1000)

/** How soon a wait notices that its job is cancelled, in ms. */
const NOTICE_MS = 25

/** Resolves at a time or after it, never before as a bare timer may; at once when cancelled. */
export async function until(job: Job, ms: number): Promise<void> {
  while (Date.now() < ms && job.cancelledAt === null) {
    await setTimeout(Math.min(NOTICE_MS, ms - Date.now()))
  }
}
