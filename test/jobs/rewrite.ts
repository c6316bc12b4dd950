import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import type { StoredImage } from '../../src/core/image.ts'
import type { JobState } from '../../src/core/job-state.ts'
import { readJob, updateJob } from '../../src/jobs/rows.ts'

/** Changes what a job's rows say, and makes the object read them again: time passes, a process dies. */
export async function rewrite(job: DurableObjectStub, change: (state: JobState) => void) {
  await runInDurableObject(job, (_, { storage }) => {
    const { state } = readJob(storage.sql)!
    const before = { ...state }
    change(state)
    updateJob(storage.sql, before, state)
  })
  await evictDurableObject(job)
}

/**
 * Makes a job of three images one of three calls, which wait for their answers: the second is polled when the
 * alarm rings, and the first is over where its image was told of.
 */
export function intoCalls(state: JobState, told: StoredImage | null): void {
  const [part] = state.parts
  const [attempt] = state.attempts
  state.parts = [0, 1, 2].map((n) => {
    const due = n === 1 ? 0 : Date.now() + 60_000
    return { ...part!, first: n, count: 1, attempt: n, due }
  })
  state.attempts = [0, 1, 2].map((n) => ({ ...attempt!, n, part: n }))
  if (!told) return
  state.images = [told]
  state.parts[0]!.step = 'done'
  state.attempts[0]!.outcome = 'succeeded'
}
