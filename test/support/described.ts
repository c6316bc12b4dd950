import * as z from 'zod'
import text from '../../public/openapi.json?raw'

type JsonSchema = z.core.JSONSchema.JSONSchema
interface Operation {
  parameters: { in?: string; name?: string; description?: string }[]
  responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }>
}
interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, JsonSchema> }
}

// References as zod follows them.
const document = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as Document

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    pattern: patternOf(path, operation),
    operation,
  })),
)

/** A part of the path that may hold slashes says so. */
function patternOf(path: string, { parameters }: Operation): RegExp {
  const pattern = path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, (_, part: string) => {
    const { description } = parameters.find(
      ({ in: where, name }) => where === 'path' && name === part,
    )!
    return description?.includes('slashes') ? '.+' : '[^/]+'
  })
  return new RegExp(`^${pattern}/?$`)
}

const built = new Map<object, z.ZodType>()

/** What the OpenAPI document says of JSON of this route with this status; null = it knows no such answer. */
export function describedAs(method: string, path: string, status: number): z.ZodType | null {
  const found = operations.find((one) => one.method === method && one.pattern.test(path))
  const said = found?.operation.responses[status]?.content?.['application/json']
  if (!said) return null
  const known = built.get(said)
  if (known) return known
  const schema = z.fromJSONSchema({ ...said.schema, $defs: document.components.schemas })
  built.set(said, schema)
  return schema
}
