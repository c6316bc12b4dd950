import type { Route } from '../../http/context.ts'
import { ROUTES } from '../../http/routes.ts'
import { requestBody, responses } from './bodies.ts'
import { OPERATIONS } from './operations.ts'

/** A part of the path; with `{.+}` it may hold slashes. */
const PARAMETER = /:(\w+)(\{\.\+\})?/g

/** @throws Error for a route that the tables of operations lack */
export function paths(): Record<string, Record<string, object>> {
  const all: Record<string, Record<string, object>> = {}
  for (const route of ROUTES) {
    const path = route.path.replaceAll(PARAMETER, '{$1}')
    all[path] = { ...all[path], [route.method.toLowerCase()]: describe(route) }
  }
  return all
}

function describe(route: Route) {
  const { method, path } = route
  const operation = OPERATIONS[`${method} ${path}`]
  if (!operation) throw new Error(`No operation describes ${method} ${path}.`)
  const { id, summary, parameters = [] } = operation
  const body = requestBody(route, operation)
  return {
    operationId: id,
    summary,
    tags: [tagOf(path)],
    security: securityOf(route),
    parameters: [
      ...[...path.matchAll(PARAMETER)].map(([, name = '', slashes]) => inPath(name, slashes)),
      ...parameters.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(body && { requestBody: body }),
    responses: responses(route, operation),
  }
}

const inPath = (name: string, slashes: string | undefined) => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string' },
  ...(slashes !== undefined && { description: 'May hold slashes, bare or as %2F' }),
})

/** Of the paths that are not named after what they serve. */
const TAGS: Record<string, string> = {
  api: 'oxen',
  i: 'links',
  in: 'links',
  watch: 'links',
  healthz: 'gateway',
  '.well-known': 'gateway',
}

function tagOf(path: string): string {
  const [, first = '', second = ''] = path.split('/')
  return first === 'v1' ? second : (TAGS[first] ?? first)
}

function securityOf({ access }: Route): Record<string, string[]>[] {
  if (access === 'open') return []
  if (access === 'admin' || access === 'link') return [{ [access]: [] }]
  return [{ key: [access] }]
}
