import type { Delivery, Known } from '../core/delivery.ts'
import { sumOf } from '../core/money.ts'
import { eventId, eventTypesOf } from '../core/event-type.ts'
import { isReusable, type Told } from '../core/job-state.ts'
import { imagesOf, worstPrice } from '../core/plan.ts'
import type { Submission } from '../core/request.ts'
import type { Reserved, Settlement } from '../core/tenant.ts'
import { callObject } from '../outbound/object-call.ts'
import type { JobRecord } from './rows.ts'
import { summaryOf } from './view.ts'
import { labelsOf, workOf } from './work.ts'

/** Failures after which the same request may be sent again and must not find this job. */
const REPEATABLE_STATUS = [429, 503]

/** Asks the tenant to hold the worst price and to look for a job that answers already. Repeatable. */
export function reserve(
  tenants: Env['TENANTS'],
  record: JobRecord,
  tried: { times: number; again: boolean },
): Promise<Reserved> {
  const { actor, id, plan, reuse, group, submission } = record.facts
  const { status, acknowledged } = record.state
  return callObject(tenants, actor.tenant, async (tenant) => {
    tried.times += 1
    return tenant.reserve({
      job: id,
      keyId: actor.keyId,
      livemode: actor.livemode,
      amount: actor.livemode ? worstPrice(plan) : 0,
      images: imagesOf(plan),
      pixels: plan.pixels ?? 0,
      mayWait: mayWait(submission),
      usualSeconds: plan.usualSeconds,
      reuse,
      acknowledged: acknowledged || status !== 'admitting',
      ...((tried.again || tried.times > 1) && { again: true }),
      summary: summaryOf(record),
      labels: labelsOf(record),
      ...(group && { group }),
    })
  })
}

/** Its caller takes it for an answer that the job waits. */
const mayWait = ({ delivery: { mode, waitMs } }: Submission): boolean =>
  mode === 'async' || waitMs !== null

/** Charges what was delivered and releases the rest. Repeatable. Answers who is told of the job's end. */
export async function settle(tenants: Env['TENANTS'], record: JobRecord): Promise<Told> {
  const { facts, state } = record
  const settlement: Settlement = {
    job: facts.id,
    charge: state.charge ?? 0,
    lines: state.lines,
    images: state.status === 'succeeded' ? state.images.length : 0,
    reusable: isReusable(state),
    repeatable: state.error !== null && REPEATABLE_STATUS.includes(state.error.status),
    summary: summaryOf(record),
    work: workOf(record),
  }
  const settled = await callObject(tenants, facts.actor.tenant, async (tenant) =>
    tenant.settle(settlement),
  )
  const [event] = eventTypesOf(settlement.summary.dialect, state.status)
  return { endpoints: settled.hooks ?? [], event: event! }
}

const rankOf = ({ outcome }: Delivery): number => ['dead', null, 'delivered'].indexOf(outcome)

/** Tells the tenant how a delivery stands. Repeatable. Answers what it knows now. */
export async function tell(
  tenants: Env['TENANTS'],
  { facts, state }: JobRecord,
  n: number,
): Promise<Known> {
  const { id, actor } = facts
  const { endpoint, type, outcome, tries, step } = state.deliveries[n]!
  // Addresses of requests are several, in one row.
  const all = state.deliveries
    .filter((it) => it.endpoint === endpoint && it.type === type)
    .toSorted((a, b) => rankOf(a) - rankOf(b))
  const { status, due, outcome: worst } = all[0]!
  const told = { endpoint, event: eventId(id, type), type, outcome: worst, step, status, due }
  const { livemode } = actor
  const sum = sumOf(all.map((it) => it.tries))
  await callObject(tenants, actor.tenant, async (tenant) =>
    tenant.noteDelivery({ ...told, tries: sum, livemode }),
  )
  return { delivery: n, tries, step, outcome }
}

/** Tells the tenant's index that the job runs. Best effort: a list that is a step behind does no harm. */
export async function note(tenants: Env['TENANTS'], record: JobRecord): Promise<void> {
  const { id, actor } = record.facts
  await tenants.getByName(actor.tenant).note(id, summaryOf(record))
}

export async function forget(tenants: Env['TENANTS'], { facts, state }: JobRecord): Promise<void> {
  const images = state.status === 'succeeded' ? state.images : []
  const had = { images: images.length, bytes: sumOf(images.map(({ bytes }) => bytes)) }
  await callObject(tenants, facts.actor.tenant, async (tenant) => tenant.forget(facts.id, had))
}
