import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { newTenant, reservationOf } from './tenant.ts'
import type { Reservation, Reserved } from '../../src/core/tenant.ts'
import type { Limits, NewKey } from '../../src/tenants/records.ts'

/** A tenant and one key of it, with limits. */
export async function limited(tenant: Partial<Limits>, key: Partial<NewKey> = {}) {
  const made = await newTenant({ limits: tenant, balance: 1_000_000_000 })
  const keyOf = async (settings: Partial<NewKey>) =>
    (await made.tenant.createKey({ name: 'k', livemode: true, ...settings }))!.id
  const keyId = await keyOf(key)
  const ask = async (over: Partial<Reservation> = {}, by = keyId) =>
    made.tenant.reserve(reservationOf(by, { amount: 0, ...over }))
  return { ...made, keyId, keyOf, ask }
}

export const codeOf = (reserved: Reserved): string =>
  reserved.ok ? 'ok' : 'join' in reserved ? 'join' : reserved.refusal.code

/** Jobs that are woken from here on; some of the calls are lost, and some jobs not there. */
export function watchWakes(
  isLost: () => boolean = () => false,
  isThere: (job: string) => boolean = () => true,
): string[] {
  const woken: string[] = []
  const answer = (job: string) => ({
    wake: async () => {
      if (isLost()) throw new Error('lost')
      woken.push(job)
      return isThere(job)
    },
  })
  vi.spyOn(env.JOBS, 'getByName').mockImplementation(answer as unknown as typeof env.JOBS.getByName)
  return woken
}
