import { characters } from './characters.ts'

/** What a schema found wrong in a value; the issues of zod have this form. */
export interface Issue {
  code: string
  path: readonly PropertyKey[]
  message: string
  /** Which of these are there follows from the code. */
  expected?: string
  values?: readonly unknown[]
  origin?: string
  minimum?: number | bigint
  maximum?: number | bigint
  keys?: readonly string[]
  /** The issues of each branch of a union. */
  errors?: readonly (readonly Issue[])[]
}

/** Of a union, the branch that came furthest says most, then one that only the length does not fit. */
export function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const branches = (issue.errors ?? []).flatMap((branch) => branch.slice(0, 1))
  const best =
    branches.toSorted((a, b) => b.path.length - a.path.length).find((it) => it.path.length > 0) ??
    branches.find(({ code }) => code.startsWith('too_')) ??
    branches.find(({ message }) => isOwn(message))
  if (!best || (best.path.length === 0 && isOwn(issue.message))) return issue
  return deepest({ ...best, path: [...issue.path, ...best.path] })
}

/** The value at a path, undefined where there is none. */
export function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}

/** Whether the schema says itself what it expects. */
const isOwn = (message: string): boolean => message.startsWith('expected ')

/** What would have been accepted. */
export function expectation(issue: Issue): string {
  if (isOwn(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_value':
      return `expected one of ${showAll(issue.values)}`
    case 'invalid_type':
      return `expected ${issue.expected}`
    case 'too_big':
      return `expected at most ${issue.maximum} ${unit(issue.origin)}`.trimEnd()
    case 'too_small':
      return `expected at least ${issue.minimum} ${unit(issue.origin)}`.trimEnd()
    case 'unrecognized_keys':
      return `unknown key ${showAll(issue.keys?.slice(0, 5))}`
    default:
      return issue.message
  }
}

const unit = (origin: string | undefined): string =>
  origin === 'string' ? 'characters' : origin === 'array' ? 'entries' : ''

const showAll = (values: readonly unknown[] = []): string =>
  values.map((value) => show(value)).join(', ')

/** A received value, short enough for a message. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > 60 ? `a string of ${characters(value)} characters` : `'${value}'`
  }
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}
