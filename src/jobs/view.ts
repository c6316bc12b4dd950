import { errors } from '../core/error.ts'
import { hasEnded, isReusable } from '../core/job-state.ts'
import { imagesOf, worstPrice } from '../core/plan.ts'
import type { Summary } from '../core/tenant.ts'
import { publicStatus, type JobView, type LinkState } from '../core/view.ts'
import type { JobFacts, JobRecord } from './rows.ts'

/** Upstream of the newest attempt. */
const providerOf = ({ facts, state }: JobRecord): string | null => {
  const last = state.attempts.at(-1)
  return last ? facts.plan.routes[last.route]!.upstream : null
}

/** In older rows, each claim of a request for one job holds its fingerprint, whatever it is claimed for. */
function hashOf({ hash, reuse: [claim] }: JobFacts): string | null {
  if (hash !== undefined || !claim) return hash ?? null
  return claim.kind === 'idempotency' ? claim.body : claim.lookup
}

/** The job as its object shows it to the Worker. */
export function viewOf(record: JobRecord): JobView {
  const { facts, state } = record
  const { actor, plan, submission } = facts
  const ended = hasEnded(state.status)
  const reused = facts.reuse.find((claim) => claim.kind === 'seed')
  return {
    id: facts.id,
    tenant: actor.tenant,
    livemode: actor.livemode,
    status: publicStatus(state),
    stage: state.progress?.stage ?? (state.status === 'admitting' ? 'queued' : state.status),
    fraction: state.progress?.fraction ?? null,
    queuePosition: state.position ?? state.progress?.queuePosition ?? null,
    createdAt: state.createdAt,
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    expiresAt: state.expiresAt,
    model: plan.model,
    provider: providerOf(record),
    dialect: submission.dialect,
    count: imagesOf(plan),
    images: state.status === 'succeeded' ? state.images : [],
    error: state.error,
    attempts: state.attempts.map((attempt) => ({
      ...attempt,
      upstream: plan.routes[attempt.route]!.upstream,
    })),
    usage: state.usage,
    charge: ended ? state.charge : null,
    reserved: ended ? 0 : worstPrice(plan),
    warnings: state.warnings,
    metadata: submission.gateway.metadata,
    echo: submission.echo,
    requestHash: hashOf(facts),
    origin: facts.origin,
    usualSeconds: plan.usualSeconds,
    reusableUntil: reused && isReusable(state) ? reused.until : null,
  }
}

/** What the reader of a link is told whose image is not there. */
export function linkStateOf({ error, status, usualSeconds }: JobView): LinkState {
  if (error) return { state: 'failed', error }
  if (status === 'succeeded')
    return { state: 'failed', error: errors.upstreamFailed('This image was not made.') }
  return { state: 'pending', retryAfterSeconds: Math.max(1, Math.round(usualSeconds)) }
}

/** The job's row in its tenant's index. */
export function summaryOf(record: JobRecord): Summary {
  const { facts, state } = record
  return {
    id: facts.id,
    status: publicStatus(state),
    model: facts.plan.model,
    provider: providerOf(record),
    dialect: facts.submission.dialect,
    livemode: facts.actor.livemode,
    count: imagesOf(facts.plan),
    createdAt: state.createdAt,
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    expiresAt: state.expiresAt,
    charge: hasEnded(state.status) ? state.charge : null,
    cost: state.cost,
    errorCode: state.error?.code ?? null,
    ...(facts.submission.filed && { filed: facts.submission.filed }),
  }
}
