import { invalid } from '../dialects/invalid.ts'
import { RETENTION } from '../core/retention.ts'

/**
 * How long this request's job and images are kept, seconds: as asked, else as the tenant says, else as the
 * deployment does. `MAX_RETENTION_SECONDS` refuses longer requests and shortens what others say.
 */
export function retentionOf(env: Env, asked: number | null, tenants: number | null): number {
  const most = read(env, 'MAX_RETENTION_SECONDS') ?? RETENTION.most
  if (asked === null)
    return Math.min(tenants ?? read(env, 'RETENTION_SECONDS') ?? RETENTION.usual, most)
  if (asked <= most) return asked
  const param = 'gateway.retention_seconds'
  throw invalid(param, `this gateway keeps images for at most ${most} seconds`)
}

/** @throws Error for an operator's typing error: nobody's images are kept for a time that nobody meant. */
function read(env: Env, name: 'RETENTION_SECONDS' | 'MAX_RETENTION_SECONDS'): number | null {
  const text = env[name]
  if (!text) return null
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds >= RETENTION.least && seconds <= RETENTION.most)
    return seconds
  throw new Error(`${name}: expected ${RETENTION.least} to ${RETENTION.most} seconds.`)
}
