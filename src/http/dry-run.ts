import type { Context } from 'hono'
import { toUsd } from '../core/money.ts'
import { callObject } from '../outbound/object-call.ts'
import { showJobId } from '../core/ids.ts'
import { imagesOf, worstPrice, type Plan } from '../core/plan.ts'
import type { ReuseClaim } from '../core/tenant.ts'
import type { App } from './context.ts'

/** The answer to `gateway.dry_run`: what so many jobs of this plan would do. Nothing is stored. */
export async function renderPlan(c: Context<App>, plan: Plan, claims: ReuseClaim[], jobs = 1) {
  const { tenant, keyId, livemode } = c.var.actor
  const found = await callObject(c.env.TENANTS, tenant, async (stub) =>
    stub.findReusable({ keyId, livemode }, claims),
  )
  const reuse = found && { job: showJobId(found.join), how: found.how }
  return { ...showPlan(plan, jobs), would_reuse: reuse }
}

/** What they would do and at most be charged. */
export function showPlan(plan: Plan, jobs: number) {
  const worst = worstPrice(plan, jobs)
  return {
    object: 'gateway.plan',
    model: plan.model,
    routes: plan.routes.map(({ upstream, model, stamp }) => ({
      upstream,
      model,
      stands_in: stamp !== null,
    })),
    n: imagesOf(plan) * jobs,
    upstream_calls: plan.parts.length * jobs,
    worst_cost_usd: worst === null ? null : toUsd(worst),
    usual_seconds: plan.usualSeconds,
    warnings: plan.warnings,
  }
}
