import { errors, GatewayError } from '../core/error.ts'
import type { GatewayOptions, Warning } from '../core/request.ts'

/** Most fields that warnings are given for. */
const MAX_WARNINGS = 20

/**
 * A warning for each field of a body that nothing here reads.
 *
 * @param read has a key for each field that something reads
 * @throws GatewayError 400 for the first where the policy is strict
 */
export function unread(body: object, read: object, policy: GatewayOptions['params']): Warning[] {
  const left = Object.entries(body).filter(
    ([name, value]) => value != null && !Object.hasOwn(read, name),
  )
  if (policy === 'drop') return []
  const warnings = left.slice(0, MAX_WARNINGS).map(([name]) => {
    const param = name.slice(0, 100)
    return { param, message: `Left out: '${param}' is not understood.` }
  })
  const [first] = warnings
  if (policy === 'warn' || !first) return warnings
  const message = `Unsupported parameter: '${first.param}'.`
  throw new GatewayError(errors.invalid(first.param, message, 'unsupported_parameter'))
}
