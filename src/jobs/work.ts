import type { Labels, Work } from '../core/tenant.ts'
import type { JobRecord } from './rows.ts'

/** `user` is the end user, also where the metadata have a pair of that name. */
export function labelsOf({ facts }: JobRecord): Labels {
  const { request, gateway } = facts.submission
  return { ...gateway.metadata, user: request.endUser ?? '' }
}

/** What a job that has ended did. */
export const workOf = (record: JobRecord): Work => {
  const { usage, attempts } = record.state
  return {
    labels: labelsOf(record),
    inputTokens: usage?.inputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    possiblyBilled: attempts.filter(({ outcome }) => outcome === 'unknown').length,
  }
}
