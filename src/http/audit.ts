import type { Context } from 'hono'
import { seconds } from '../core/seconds.ts'
import type { AuditRow, By } from '../tenants/records.ts'
import type { App } from './context.ts'
import { answerList } from './page.ts'

/** Who changes something by this request. */
export const byOf = (c: Context<App>): By => ({
  who: c.var.route.access === 'admin' ? 'admin' : c.var.actor.keyId,
  request: c.var.requestId,
})

export function answerAudit(
  c: Context<App>,
  page: { data: AuditRow[]; hasMore: boolean },
): Promise<Response> {
  const data = page.data.map(({ seq, at, ...row }) => ({ id: seq, at: seconds(at), ...row }))
  return answerList(c, data, page.hasMore)
}
