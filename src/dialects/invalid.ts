import { errors, GatewayError } from '../core/error.ts'
import { deepest, expectation, show, valueAt, type Issue } from '../core/issue.ts'

/** Longest field name repeated in an answer, characters. */
const MAX_SHOWN = 100

/** Turns a schema's first issue into a 400 that names the field, what came and what would be accepted. */
export function invalidBody(error: { issues: readonly Issue[] }, body: unknown): GatewayError {
  const issue = deepest(error.issues[0]!)
  const path = issue.path.map(String).join('.').slice(0, MAX_SHOWN)
  const param = path === '' ? null : path
  const received = valueAt(body, issue.path)
  if (received === undefined && param !== null) return new GatewayError(errors.missing(param))
  const message = `Invalid '${param ?? 'body'}': ${expectation(issue)}, received ${show(received)}.`
  return new GatewayError(errors.invalid(param, message, codeOf(issue)))
}

/** A 400 for one field: what is wrong with it, as the end of a sentence. */
export const invalid = (param: string, what: string, code?: string): GatewayError =>
  new GatewayError(errors.invalid(param, `Invalid '${param}': ${what}.`, code))

function codeOf({ code, origin }: Issue): string {
  if (code === 'invalid_type') return 'invalid_type'
  if (code === 'unrecognized_keys') return 'unknown_parameter'
  if (code !== 'too_big' && code !== 'too_small') return 'invalid_value'
  const isBig = code === 'too_big'
  if (origin === 'string') return isBig ? 'string_above_max_length' : 'string_below_min_length'
  if (origin === 'int' || origin === 'number')
    return isBig ? 'integer_above_max_value' : 'integer_below_min_value'
  if (origin === 'array') return isBig ? 'array_above_max_length' : 'empty_array'
  return 'invalid_value'
}
