import { errors } from '../core/error.ts'
import type { PublicError } from '../core/error.ts'
import type { GenerationRequest, Warning } from '../core/request.ts'

/** What a look at one parameter found; nothing found = the model takes it as it is. */
export type Finding =
  /** Cosmetic and not understood: `gateway.params` decides whether that is refused, said or silent. */
  | { kind: 'left_out'; overrides: Partial<GenerationRequest>; warning: Warning }
  /** Put into the model's own terms. */
  | { kind: 'changed'; overrides: Partial<GenerationRequest>; warning: Warning | null }
  | { kind: 'refused'; error: PublicError }

/** `a, b or c`. */
export const anyOf = (values: readonly (string | number)[]): string =>
  values.length < 2
    ? values.join('')
    : `${values.slice(0, -1).join(', ')} or ${values[values.length - 1]}`

/** 400 for a value that a model does not take, in the form of all others. */
export const notTaken = (
  param: string,
  expected: string,
  model: string,
  received: string | number,
  code?: string,
): PublicError =>
  errors.invalid(
    param,
    `Invalid '${param}': expected ${expected} with ${model}, received ${received}.`,
    code,
  )

/** What a caller wrote, short enough to be repeated to them. */
export const shown = (text: string): string =>
  text.length > 80 ? `"${text.slice(0, 80)}..."` : `"${text}"`
