import { newJobId } from '../../src/core/ids.ts'
import { newJob } from '../../src/core/job-state.ts'
import { openAttempt } from '../../src/core/part.ts'
import type { JobRecord } from '../../src/jobs/rows.ts'
import { resolved } from './resolved.ts'

/** A job whose first call is live, as its object would hold it. */
export function submitting(fields: Record<string, unknown>): JobRecord {
  const id = newJobId()
  const [submission, plan] = resolved(fields, id)
  const key = { tenant: '0123456789', keyId: '0123456789012345', livemode: true }
  const actor = { ...key, retentionSeconds: null }
  const arrival = { origin: 'https://darkroom.test', reuse: [], hash: 'a' }
  const made = newJob(plan, submission.gateway, 86_400_000, Date.now())
  return {
    facts: { v: 1, id, submission, plan, actor, ...arrival },
    state: openAttempt(made, 0, Date.now()),
  }
}
