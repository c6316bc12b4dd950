import { seconds } from '../core/seconds.ts'
import { inTime } from '../outbound/gate-cache.ts'
import type { Handler } from './context.ts'
import { deploymentOf } from './deployment.ts'
import { answerList } from './page.ts'

/** `GET /admin/upstreams`: those that are configured. Null health = its gate did not tell. */
export const listUpstreams: Handler = async (c) => {
  const { upstreams, configured } = await deploymentOf(c.env)
  const data = [...configured].map(async (id) => {
    const view = await inTime(c.env.GATES.getByName(id).state())
    const health = view && {
      open_until: seconds(view.openUntil),
      pace_until: seconds(view.paceUntil),
      last_errors: view.lastErrors.map(({ at, kind }) => ({ at: seconds(at), kind })),
    }
    return { id, provider: upstreams.get(id)!.provider, health }
  })
  return answerList(c, await Promise.all(data), false)
}
