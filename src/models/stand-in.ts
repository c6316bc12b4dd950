import { errors } from '../core/error.ts'
import type { PublicError } from '../core/error.ts'
import type { Capabilities, Model } from '../core/model.ts'
import type { GenerationRequest, OutputFormat, Warning } from '../core/request.ts'
import { formatSize, ratioOf } from '../core/size.ts'
import type { Size } from '../core/size.ts'
import { checkRequest } from './check.ts'
import { deriveSize } from './derive-size.ts'
import { drawnSize } from './drawn-size.ts'
import { area, isLegal } from './size-rule.ts'

type StandIn =
  | { ok: true; overrides: Partial<GenerationRequest>; warnings: Warning[] }
  | { ok: false; error: PublicError }

/**
 * A request that was accepted for `model`, put into what `sketch` draws: the size and format that
 * the model would give, as far as `sketch` can. What is lost on the way is a warning, whatever
 * `gateway.params` says; what it cannot do at all is refused.
 *
 * @param request after the overrides of the model's own check
 */
export function standIn(
  request: GenerationRequest,
  model: Model,
  sketch: Capabilities,
  why: string,
): StandIn {
  const warnings: Warning[] = []
  const lost = (param: string, message: string) => warnings.push({ param, message })
  const format = drawnFormat(request, model.capabilities, sketch)
  if (request.format && format !== request.format)
    lost('output_format', `sketch draws no ${request.format}: the image is a ${format}.`)
  if (request.background === 'transparent')
    lost('background', 'sketch draws no transparent background: the image is opaque.')
  const wanted = drawnSize(request, model.capabilities)
  const size = fit(wanted, sketch)
  if (formatSize(size) !== formatSize(wanted))
    lost('size', `sketch draws ${formatSize(size)} in place of ${formatSize(wanted)}.`)
  const overrides = { size, aspect: null, resolution: null, format, background: null }
  const checked = checkRequest({ ...request, ...overrides }, sketch, 'drop')
  if (!checked.ok) return { ok: false, error: refusal(model, why, checked.error) }
  return { ok: true, overrides: { ...overrides, ...checked.overrides }, warnings }
}

function drawnFormat(
  { format }: GenerationRequest,
  { formats }: Capabilities,
  sketch: Capabilities,
): OutputFormat {
  const wanted = format ?? formats[0] ?? 'png'
  return sketch.formats.includes(wanted) ? wanted : (sketch.formats[0] ?? 'png')
}

function fit(size: Size, { size: rule }: Capabilities): Size {
  if (rule.mode !== 'free' || isLegal(size, rule)) return size
  return deriveSize(ratioOf(size), area(size), rule) ?? size
}

const refusal = (model: Model, why: string, { param, message }: PublicError): PublicError =>
  errors.invalid(
    param,
    `${model.id} is drawn by sketch here (${why}), and sketch cannot do this: ${message}`,
    'unsupported_parameter',
  )
