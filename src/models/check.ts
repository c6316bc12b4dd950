import { errors } from '../core/error.ts'
import type { PublicError } from '../core/error.ts'
import type { Capabilities } from '../core/model.ts'
import type { GatewayOptions, GenerationRequest, Warning } from '../core/request.ts'
import { checkCosmetic } from './check-cosmetic.ts'
import { checkSemantic } from './check-semantic.ts'
import { checkSize } from './check-size.ts'

type Checked =
  | { ok: true; overrides: Partial<GenerationRequest>; warnings: Warning[] }
  | { ok: false; error: PublicError }

/**
 * A request against what a model can do. Cosmetic parameters that the model lacks are left out with
 * a warning (`warn`), without one (`drop`), or refused (`strict`); all others are met or refused.
 * The request with `overrides` laid over it passes again, with nothing left to change or to say.
 */
export function checkRequest(
  request: GenerationRequest,
  capabilities: Capabilities,
  policy: GatewayOptions['params'],
): Checked {
  const overrides: Partial<GenerationRequest> = {}
  const warnings: Warning[] = []
  for (const finding of [
    ...checkSemantic(request, capabilities),
    ...checkSize(request, capabilities),
    ...checkCosmetic(request, capabilities),
  ]) {
    if (finding.kind === 'refused') return { ok: false, error: finding.error }
    const { warning } = finding
    if (finding.kind === 'left_out' && policy === 'strict' && warning)
      return {
        ok: false,
        error: errors.invalid(warning.param, warning.message, 'unsupported_parameter'),
      }
    Object.assign(overrides, finding.overrides)
    const silent = finding.kind === 'left_out' && policy === 'drop'
    if (warning && !silent)
      warnings.push(
        finding.kind === 'left_out'
          ? { ...warning, message: `Left out: ${warning.message}` }
          : warning,
      )
  }
  return { ok: true, overrides: changed(overrides, request), warnings }
}

/** Only what differs from the request: sizes and ratios compare by value. */
function changed(
  overrides: Partial<GenerationRequest>,
  request: GenerationRequest,
): Partial<GenerationRequest> {
  const before = new Map(Object.entries(request))
  return Object.fromEntries(
    Object.entries(overrides).filter(
      ([key, value]) => JSON.stringify(before.get(key)) !== JSON.stringify(value),
    ),
  )
}
