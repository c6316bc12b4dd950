import { partialKey, shortId } from '../core/ids.ts'
import { describeCause, log } from '../core/log.ts'
import type { Outcome } from '../core/provider.ts'
import { seconds } from '../core/seconds.ts'
import { ingest } from '../images/ingest.ts'
import { embedded } from '../providers/embedded.ts'
import { requestOf } from './calls.ts'
import type { UpstreamCallContext } from './calls.ts'

/**
 * Draws and stores the partial images of a call that an artist inside the gateway has taken. What cannot
 * be stored is left out: the image is what counts.
 */
export async function drawPartials(context: UpstreamCallContext, outcome: Outcome): Promise<void> {
  const { env, record, attempt, now } = context
  if (outcome.kind !== 'pending' && outcome.kind !== 'done') return
  const { facts, state } = record
  const { provider, upstream } = facts.plan.routes[attempt.route]!
  const request = requestOf(record, attempt, now)
  const pictures = embedded.get(provider)?.partials?.(request) ?? []
  const about = {
    job: shortId(facts.id),
    model: facts.plan.model,
    provider: upstream,
    seed: request.seed,
    created: seconds(now),
  }
  try {
    for (const [k, picture] of pictures.entries()) {
      const key = partialKey(facts.actor.tenant, facts.id, state.parts[attempt.part]!.first, k)
      const stored = await ingest(env.IMAGES_BUCKET, key, picture, about)
      if (!stored.ok) return
      const { type, bytes } = stored.image
      context.onPartial(0, k, { key, type, bytes })
    }
  } catch (caught) {
    log('partial_failed', { job: facts.id, cause: describeCause(caught) })
  }
}
