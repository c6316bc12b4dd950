import { callObject } from '../core/object-call.ts'
import { worstPrice } from '../core/plan.ts'
import type { Reserved, Settlement } from '../core/tenant.ts'
import type { JobRecord } from './rows.ts'
import { summaryOf } from './view.ts'

/** Longest that a refused job's failure may be answered again by a repeat. */
const RETRYABLE_STATUS = [429, 503]

/** Asks the tenant to hold the worst price and to look for a job that answers already. Repeatable. */
export function reserve(tenants: Env['TENANTS'], record: JobRecord): Promise<Reserved> {
  const { actor, id, plan, reuse } = record.facts
  return callObject(tenants, actor.tenant, async (tenant) =>
    tenant.reserve({
      job: id,
      keyId: actor.keyId,
      livemode: actor.livemode,
      amount: actor.livemode ? worstPrice(plan) : 0,
      images: plan.parts.reduce((sum, count) => sum + count, 0),
      reuse,
      acknowledged: record.state.acknowledged,
      summary: summaryOf(record),
    }),
  )
}

/** Charges what was delivered and releases the rest. Repeatable. */
export async function settle(tenants: Env['TENANTS'], record: JobRecord): Promise<void> {
  const { facts, state } = record
  const settlement: Settlement = {
    job: facts.id,
    charge: state.charge ?? 0,
    reusable: state.status === 'succeeded',
    repeatable: state.error !== null && RETRYABLE_STATUS.includes(state.error.status),
    summary: summaryOf(record),
  }
  await callObject(tenants, facts.actor.tenant, async (tenant) => tenant.settle(settlement))
}

export async function forget(tenants: Env['TENANTS'], { facts }: JobRecord): Promise<void> {
  await callObject(tenants, facts.actor.tenant, async (tenant) => tenant.forget(facts.id))
}
