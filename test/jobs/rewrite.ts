import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
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
