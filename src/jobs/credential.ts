import type { PlanRoute } from '../core/plan.ts'

/** The value of the variable that a route names; null = none is sent. Names come from configuration, so no type knows them. */
export function credentialOf(env: Env, { secret }: PlanRoute): string | null {
  const value: unknown = secret === null ? null : Reflect.get(env, secret)
  return typeof value === 'string' ? value : null
}
