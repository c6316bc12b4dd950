import type * as z from 'zod'
import { errors, GatewayError } from '../core/error.ts'

/** Longest field name repeated in an answer, characters. */
const MAX_SHOWN = 100

type Issue = z.core.$ZodIssue

/** Turns zod's first issue into a 400 that names the field, what came and what would be accepted. */
export function invalidBody(error: z.ZodError, body: unknown): GatewayError {
  const issue = deepest(error.issues[0]!)
  const path = issue.path.map(String).join('.').slice(0, MAX_SHOWN)
  const param = path === '' ? null : path
  const received = valueAt(body, issue.path)
  if (received === undefined && param !== null)
    return new GatewayError(
      errors.invalid(
        param,
        `Missing required parameter: '${param}'.`,
        'missing_required_parameter',
      ),
    )
  const message = `Invalid '${param ?? 'body'}': ${expectation(issue)}, received ${show(received)}.`
  return new GatewayError(errors.invalid(param, message, codeOf(issue)))
}

/** Of a union, the branch that came furthest says most. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const branches = issue.errors.flatMap((branch) => branch.slice(0, 1))
  const best = branches.toSorted((a, b) => b.path.length - a.path.length)[0]
  if (!best || best.path.length === 0) return issue
  return deepest({ ...best, path: [...issue.path, ...best.path] })
}

function valueAt(body: unknown, path: PropertyKey[]): unknown {
  let value = body
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}

function expectation(issue: Issue): string {
  if (issue.message.startsWith('expected ')) return issue.message
  switch (issue.code) {
    case 'invalid_value':
      return `expected one of ${issue.values.map((value) => show(value)).join(', ')}`
    case 'invalid_type':
      return `expected ${issue.expected}`
    case 'too_big':
      return `expected at most ${issue.maximum} ${unit(issue.origin)}`.trimEnd()
    case 'too_small':
      return `expected at least ${issue.minimum} ${unit(issue.origin)}`.trimEnd()
    case 'unrecognized_keys':
      return `unknown key ${issue.keys
        .slice(0, 5)
        .map((key) => show(key))
        .join(', ')}`
    default:
      return issue.message
  }
}

const unit = (origin: string): string =>
  origin === 'string' ? 'characters' : origin === 'array' ? 'entries' : ''

/** A received value, short enough for a message. */
function show(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > 60 ? `a string of ${value.length} characters` : `'${value}'`
  }
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

function codeOf(issue: Issue): string {
  if (issue.code === 'invalid_type') return 'invalid_type'
  if (issue.code === 'unrecognized_keys') return 'unknown_parameter'
  const origin = issue.code === 'too_big' || issue.code === 'too_small' ? issue.origin : null
  if (origin === 'string')
    return issue.code === 'too_big' ? 'string_above_max_length' : 'string_below_min_length'
  if (origin === 'int' || origin === 'number')
    return issue.code === 'too_big' ? 'integer_above_max_value' : 'integer_below_min_value'
  if (origin === 'array') return issue.code === 'too_big' ? 'array_above_max_length' : 'empty_array'
  return 'invalid_value'
}
