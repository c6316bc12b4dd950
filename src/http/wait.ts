import type { JobId } from '../core/ids.ts'
import type { Owner } from '../core/tenant.ts'
import type { JobView } from '../core/view.ts'
import { callObject } from '../outbound/object-call.ts'

/** The job as it ends within `ms`, or as it then stands. A wait that a deploy cut off goes on for what is left. */
export function waitFor(
  jobs: Env['JOBS'],
  id: JobId,
  owner: Owner,
  ms: number,
): Promise<JobView | null> {
  const until = Date.now() + ms
  return callObject(jobs, id, async (job) => {
    const left = until - Date.now()
    return left > 0 ? job.wait(owner, left) : job.view(owner)
  })
}
