import { embedded } from '../providers/embedded.ts'
import { requestOf, type CallResult } from './calls.ts'
import type { UpstreamCallContext } from './calls.ts'

/** A call of an artist inside the gateway; null when the route leads outside. */
export function callEmbedded(
  { record, attempt, now }: UpstreamCallContext,
  kind: 'submit' | 'poll',
): CallResult | null {
  const provider = embedded.get(record.facts.plan.routes[attempt.route]!.provider)
  if (!provider) return null
  const order = requestOf(record, attempt, now)
  const outcome = kind === 'submit' ? provider.submit(order) : provider.poll(attempt.handle!, order)
  return { outcome, found: [], upstreamRequestId: null }
}
