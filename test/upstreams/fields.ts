import type { Form, Json } from './shapes.ts'

/** What a vendor's document says of one field. Lengths in characters. */
export type Rule =
  | { is: 'text'; max?: number; required?: true }
  | { is: 'integer' | 'number'; min?: number; max?: number; required?: true }
  | { is: 'choice'; of: readonly string[]; required?: true }
  | { is: 'boolean' }
  | { is: 'any' }

export type Rules = Record<string, Rule>

/** The first field at fault, and how. */
export interface Problem {
  field: string
  how: 'missing' | 'type' | 'choice' | 'low' | 'high' | 'long' | 'empty' | 'unknown'
  rule: Rule
  value: unknown
}

export const isAbsent = (value: unknown): boolean => value === undefined || value === null

function fault(rule: Rule, value: unknown): Problem['how'] | null {
  switch (rule.is) {
    case 'any':
      return null
    case 'boolean':
      return typeof value === 'boolean' ? null : 'type'
    case 'choice':
      if (typeof value !== 'string') return 'type'
      return rule.of.includes(value) ? null : 'choice'
    case 'text':
      if (typeof value !== 'string') return 'type'
      if (rule.required && value === '') return 'empty'
      return value.length > (rule.max ?? Infinity) ? 'long' : null
    default:
      if (typeof value !== 'number') return 'type'
      if (rule.is === 'integer' && !Number.isInteger(value)) return 'type'
      if (value < (rule.min ?? -Infinity)) return 'low'
      return value > (rule.max ?? Infinity) ? 'high' : null
  }
}

/** `null` counts as left out. Unknown fields are a problem only where the vendor refuses them. */
export function findProblem(body: Json, rules: Rules, unknown: 'refuse' | 'ignore') {
  for (const [field, rule] of Object.entries(rules)) {
    const value = body[field]
    if (isAbsent(value)) {
      if ('required' in rule && rule.required)
        return { field, how: 'missing', rule, value } as const
      continue
    }
    const how = fault(rule, value)
    if (how) return { field, how, rule, value }
  }
  const stranger = Object.keys(body).find(
    (field) => !Object.hasOwn(rules, field) && !isAbsent(body[field]),
  )
  if (unknown === 'ignore' || stranger === undefined) return null
  return { field: stranger, how: 'unknown', rule: { is: 'any' }, value: body[stranger] } as const
}

/** The text fields of a form as JSON would have them, by the rule of each. */
export function fromForm(form: Form, rules: Rules): Json {
  const body: Json = {}
  for (const { name, value } of form.fields) {
    const is = rules[name]?.is
    const number = Number(value)
    if ((is === 'integer' || is === 'number') && value !== '' && !Number.isNaN(number)) {
      body[name] = number
    } else if (is === 'boolean' && (value === 'true' || value === 'false')) {
      body[name] = value === 'true'
    } else body[name] = value
  }
  return body
}

/** Reads `WIDTHxHEIGHT`; null when it is not. */
export function readSize(text: string): { width: number; height: number } | null {
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(text)
  return match && { width: Number(match[1]), height: Number(match[2]) }
}

/** About `pixels` in all at a ratio such as `16:9`, both sides multiples of 16. */
export function sizeOf(ratio: string, pixels: number): { width: number; height: number } {
  const [across = 1, down = 1] = ratio.split(':').map(Number)
  const unit = Math.sqrt(pixels / (across * down)) / 16
  return { width: Math.round(across * unit) * 16, height: Math.round(down * unit) * 16 }
}

/** A text field; the fallback for anything else. */
export function textOf(body: Json, field: string, fallback: string): string {
  const value = body[field]
  return typeof value === 'string' ? value : fallback
}
