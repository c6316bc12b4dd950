import { json, Refusal, type Reply } from './call.ts'
import { findProblem, readSize, type Problem, type Rules } from './fields.ts'
import { pngSize, sniff } from './inputs.ts'
import type { Form, Json } from './shapes.ts'

const WORDS: Record<Problem['how'], string> = {
  missing: 'Field required',
  type: 'Input should be of the right type',
  choice: 'Input is not one of the permitted values',
  low: 'Input should be greater than or equal to the minimum',
  high: 'Input should be less than or equal to the maximum',
  long: 'String is too long',
  empty: 'String is too short',
  unknown: 'Extra inputs are not permitted',
}

/** FastAPI's `detail`: a sentence, or a list of fields at fault for a 422 that has a `param`. */
export function refuse({ status, message, details }: Refusal): Reply {
  const { param, code, headers } = details
  const detail = param ? [{ type: code, loc: ['body', param], msg: message }] : message
  return json({ detail }, status, headers)
}

export const invalidField = (param: string, message: string, code = 'value_error'): Refusal =>
  new Refusal(422, message, { param, code })

/** Unknown fields are ignored. @throws Refusal 422. */
export function checkBody(body: Json, rules: Rules): void {
  const problem = findProblem(body, rules, 'ignore')
  if (!problem) return
  const { field, how } = problem
  throw invalidField(field, WORDS[how], how === 'missing' ? 'missing' : 'value_error')
}

/** Files under `image` or `image[]`. */
export const imagesOf = (form: Form): Buffer[] =>
  form.files.filter(({ name }) => name === 'image' || name === 'image[]').map(({ bytes }) => bytes)

/** Size of the first input as its header has it; null when it is no PNG. */
export function sizeOfFirst([first]: Buffer[]): { width: number; height: number } | null {
  return first && sniff(first) === 'png' ? readSize(pngSize(first)) : null
}
