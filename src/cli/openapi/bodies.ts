import type { Route } from '../../http/context.ts'
import type { Operation } from './operation.ts'
import { refTo } from './schemas.ts'

const MIB = 1024 * 1024

/** Undefined for a route that reads none. */
export function requestBody({ body: caps }: Route, { body, form, optional }: Operation) {
  if (!caps || body === undefined) return undefined
  const limits = `At most ${caps.json / MIB} MiB`
  const { multipart } = caps
  return {
    required: optional !== true,
    description: multipart === null ? limits : `${limits}, as a form ${multipart / MIB} MiB`,
    content: {
      'application/json': { schema: refTo(body) },
      ...(form !== undefined && { 'multipart/form-data': { schema: refTo(form) } }),
    },
  }
}

const WORDS: Record<string, string> = {
  200: 'Done',
  202: 'Taken, and it goes on',
  304: 'As it was, by If-None-Match',
}

/** Names of the dialects whose errors are not those of OpenAI. */
const ERRORS: Record<string, string> = {
  modelmax: 'ModelmaxError',
  aiml: 'AimlError',
  oxen: 'OxenError',
  oxen_queue: 'OxenError',
}

export function responses({ dialect }: Route, { answers }: Operation): Record<string, object> {
  const successes = Object.entries(answers).map(([status, types]) => {
    const content = Object.entries(types).map(([type, names]) => [type, { schema: anyOf(names) }])
    return [status, { description: WORDS[status], content: Object.fromEntries(content) }]
  })
  const schema = refTo(ERRORS[dialect.name] ?? 'OpenaiError')
  const refused = { description: 'Refused or failed', content: { 'application/json': { schema } } }
  return { ...Object.fromEntries(successes), default: refused }
}

function anyOf(names: string[] | null): object {
  if (names === null) return { type: 'string' }
  const refs = names.map(refTo)
  return refs.length === 1 ? refs[0]! : { anyOf: refs }
}
