import { env } from 'cloudflare:workers'
import { newJobId, type JobId } from '../../src/core/ids.ts'
import type {
  Reservation,
  Reserved,
  ReuseClaim,
  Settlement,
  Summary,
} from '../../src/core/tenant.ts'
import { newTenantId } from '../../src/tenants/key.ts'
import type { NewTenant } from '../../src/tenants/records.ts'

export const DAY_MS = 24 * 3600_000

/** A tenant with a live key; 10 USD unless told otherwise. */
export async function newTenant(settings: Partial<NewTenant> = {}) {
  const id = newTenantId()
  const tenant = env.TENANTS.getByName(id)
  await tenant.create({ id, name: 'Ada', balance: 10_000_000, ...settings })
  const key = await tenant.createKey({ name: 'laptop', livemode: true })
  return { id, tenant, key: key!, keyId: key!.id }
}

export const summaryOf = (job: JobId, over: Partial<Summary> = {}): Summary => ({
  id: job,
  status: 'queued',
  model: 'sketch-1',
  provider: null,
  dialect: 'openai',
  livemode: true,
  count: 1,
  createdAt: Date.now(),
  startedAt: null,
  endedAt: null,
  expiresAt: Date.now() + 7 * DAY_MS,
  charge: null,
  cost: null,
  errorCode: null,
  ...over,
})

export function reservationOf(
  keyId: string,
  { job = newJobId(), ...over }: Partial<Reservation> = {},
): Reservation {
  const summary = summaryOf(job, { livemode: over.livemode ?? true })
  return {
    job,
    keyId,
    livemode: true,
    amount: 1_000_000,
    images: 1,
    pixels: 4096,
    mayWait: false,
    usualSeconds: 3,
    reuse: [],
    acknowledged: false,
    summary,
    ...over,
  }
}

export function settlementOf(job: JobId, over: Partial<Settlement> = {}): Settlement {
  const { charge = 600_000 } = over
  const summary = summaryOf(job, { status: 'succeeded', endedAt: Date.now(), charge })
  return { job, charge, lines: [], reusable: true, repeatable: false, summary, ...over }
}

export const idempotency = (lookup: string, body = 'a body', keptMs = 7 * DAY_MS): ReuseClaim => ({
  kind: 'idempotency',
  lookup,
  body,
  until: Date.now() + keptMs,
})

export const seed = (lookup: string, keptMs = 7 * DAY_MS): ReuseClaim => ({
  kind: 'seed',
  lookup,
  until: Date.now() + keptMs,
})

export const repeat = (count: number, lookup = 'a request'): ReuseClaim => ({
  kind: 'repeat',
  lookup,
  count,
})

/** A tenant whose requests are told by their claims alone. */
export async function client() {
  const made = await newTenant()
  const { tenant } = made
  /** Asks for a job and says which one answers: its own, another, or a refusal's code. */
  const ask = async (claims: ReuseClaim[], over: Partial<Reservation> = {}) => {
    const r = reservationOf(over.keyId ?? made.keyId, { reuse: claims, ...over })
    return { job: r.job, answer: told(await tenant.reserve(r), r.job) }
  }
  const end = (job: string, over: { reusable?: boolean; repeatable?: boolean } = {}) =>
    tenant.settle(settlementOf(job, { charge: 0, ...over }))
  return { ...made, ask, end }
}

export function told(reserved: Reserved, own: string): string {
  if (reserved.ok) return own
  return 'join' in reserved ? `${reserved.how} ${reserved.join}` : reserved.refusal.code
}
