import * as z from 'zod/mini'
import { Reference } from '../../dialects/image-reference.ts'
import { ANSWERS } from './answers.ts'
import { REQUESTS } from './requests.ts'

const BASE = '#/components/schemas/'

export const refTo = (name: string) => ({ $ref: BASE + name })

/** Of a file that the gateway has read, nothing is sent. */
const REFERENCE = {
  type: 'string',
  minLength: 1,
  description: 'An https:// URL, or a data URL with base64',
}

/** JSON Schemas of all bodies, those of requests as they are sent. */
export function schemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries({ ...REQUESTS, ...ANSWERS }))
    registry.add(schema, { id })
  const made = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    uri: (id) => BASE + id,
    override({ zodSchema, jsonSchema }) {
      if (zodSchema !== Reference) return
      delete jsonSchema.anyOf
      Object.assign(jsonSchema, REFERENCE)
    },
  })
  for (const schema of Object.values(made.schemas)) {
    delete schema.$schema
    delete schema.$id
  }
  return made.schemas
}
