import { describe, it } from 'vitest'
import { openapi } from '../../src/cli/openapi/document.ts'
import { OPERATIONS } from '../../src/cli/openapi/operations.ts'
import { PARAMETERS } from '../../src/cli/openapi/parameters.ts'
import { ROUTES } from '../../src/http/routes.ts'

/** Its handler reads none: the delivery is named in the path. */
const UNREAD = 'POST /v1/webhook_endpoints/:id/deliveries/:event/redeliver'

interface Described {
  operationId: string
  requestBody?: { content: object }
  security: Record<string, string[]>[]
}

const { paths, components } = openapi()
const described = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    operation: operation as Described,
  })),
)
type Route = (typeof ROUTES)[number]
const nameOf = ({ method, path }: Route) => `${method} ${path}`
const templateOf = (route: Route) => nameOf(route).replaceAll(/:(\w+)(\{\.\+\})?/g, '{$1}')
const operationOf = (name: string) => described.find((one) => one.name === name)?.operation

describe('the OpenAPI description', () => {
  it('has every route of the table, and no other', ({ expect }) => {
    const names = described.map(({ name }) => name)
    expect(names.toSorted()).toEqual(ROUTES.map(templateOf).toSorted())
    expect(Object.keys(OPERATIONS).toSorted()).toEqual(ROUTES.map(nameOf).toSorted())
  })

  it('names each operation once', ({ expect }) => {
    const ids = described.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('has a body where a route reads one, as a form where it takes files', ({ expect }) => {
    for (const route of ROUTES) {
      const types = [
        ...(route.body ? ['application/json'] : []),
        ...(route.body?.multipart == null ? [] : ['multipart/form-data']),
      ]
      const { content = {} } = operationOf(templateOf(route))?.requestBody ?? {}
      const expected = nameOf(route) === UNREAD ? [] : types
      expect(Object.keys(content), nameOf(route)).toEqual(expected)
    }
  })

  it.for<[string, Described['security']]>([
    ['GET /healthz', []],
    ['POST /v1/images/generations', [{ key: ['images:create'] }]],
    ['DELETE /v1/jobs/{id}', [{ key: ['jobs:cancel'] }]],
    ['GET /i/{tenant}/{job}/{n}', [{ link: [] }]],
    ['POST /admin/tenants', [{ admin: [] }]],
  ])('asks at %s for what the gateway asks for', ([name, security], { expect }) => {
    expect(operationOf(name)?.security).toEqual(security)
  })

  it('holds nothing that no operation leads to', ({ expect }) => {
    const text = JSON.stringify({ paths, components })
    const isUsed = (kind: string) => (name: string) =>
      text.includes(`"#/components/${kind}/${name}"`)
    expect(Object.keys(components.schemas).filter((name) => !isUsed('schemas')(name))).toEqual([])
    expect(Object.keys(PARAMETERS).filter((name) => !isUsed('parameters')(name))).toEqual([])
  })
})
