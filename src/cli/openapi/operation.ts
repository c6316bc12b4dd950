import type { ANSWERS } from './answers.ts'
import type { PARAMETERS } from './parameters.ts'
import type { REQUESTS } from './requests.ts'

type AnswerName = keyof typeof ANSWERS
type RequestName = keyof typeof REQUESTS

/** Schemas of one answer by media type, any of the named; null = bytes or text. */
type Content = Record<string, AnswerName[] | null>

type ParameterName = keyof typeof PARAMETERS

interface Rest {
  parameters?: ParameterName[]
  body?: RequestName
  /** The same as `multipart/form-data`. */
  form?: RequestName
  /** The body may be left out. */
  optional?: boolean
}

/** What the route table does not say of a route. */
export interface Operation extends Rest {
  id: string
  summary: string
  /** Successes by status. */
  answers: Record<number, Content>
}

/** By method and path of the route table. */
export type Operations = Record<string, Operation>

export const op = (
  id: string,
  summary: string,
  answers: Operation['answers'],
  rest: Rest = {},
): Operation => ({ id, summary, answers, ...rest })

const json = (...names: AnswerName[]): Content => ({ 'application/json': names })

export const ok = (...names: AnswerName[]) => ({ 200: json(...names) })
/** Lists with an `ETag`. */
export const tagged = (name: AnswerName) => ({ ...ok(name), 304: {} })
export const accepted = (name: AnswerName) => ({ 202: json(name) })
export const events = { 200: { 'text/event-stream': null } }
export const file = (name: AnswerName) => ({ 200: { ...json(name), 'text/csv': null } })
export const image = { 200: { 'image/*': null } }

/** To a request for images: them, the plan of a dry run, or the job that goes on. */
export const images = (name: AnswerName) => ({ ...ok(name, 'Plan'), ...accepted('Job') })
export const streamed = (name: AnswerName) => ({
  200: { ...json(name, 'Plan'), 'text/event-stream': null },
  ...accepted('Job'),
})

export const ASKED: ParameterName[] = ['Prefer', 'IdempotencyKey']
export const PAGE: ParameterName[] = ['Limit', 'After']
