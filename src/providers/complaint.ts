import * as z from 'zod/mini'
import { orElse } from './or-else.ts'

/** What an upstream's error says, whichever of the known shapes it has. Empty = not said. */
export interface Complaint {
  message: string
  type: string
  code: string
  param: string | null
}

const text = orElse(z.string(), '')

const Fields = z.object({
  message: text,
  title: text,
  detail: text,
  type: text,
  code: text,
  param: orElse(z.nullable(z.string()), null),
})

/** FastAPI's validation errors. */
const Details = z.array(z.object({ msg: text })).check(z.minLength(1))

const Body = z.looseObject({ error: z.optional(z.unknown()), detail: z.optional(z.unknown()) })

/**
 * Reads `{error: {message, type, param, code}}` (OpenAI and most), `{error: {type, title, detail}}`
 * (Oxen), `{error: "text"}`, FastAPI's `{detail: "text" | [{msg}]}` and flat `{message}` (AI/ML API).
 */
export function complaintOf(json: unknown): Complaint {
  const body = Body.safeParse(json)
  if (!body.success) return { message: '', type: '', code: '', param: null }
  const { error, detail } = body.data
  if (typeof error === 'string') return { message: error, type: '', code: '', param: null }
  const fields = Fields.safeParse(error ?? body.data)
  const details = Details.safeParse(detail)
  const { message, title, detail: said, type, code, param } = fields.data ?? Fields.parse({})
  const first = details.success ? details.data[0]?.msg : undefined
  return { message: message || said || title || first || '', type, code, param }
}
